package billing

import (
	"cmp"
	"context"
	"fmt"
	"net/mail"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/mailer"
	"github.com/stripe/stripe-go/v76"

	"greenroom/hooks/database"
	"greenroom/hooks/people"
	"greenroom/hooks/phrases"
	"greenroom/pb_migrations"
)

// The mails about a payment contain what was bought, the buyer's own words, and what happens next.

const (
	maxBought       = 5   // lines of an invoice that a mail lists
	maxMessageChars = 500 // characters of the buyer's own words
)

// messageNames are the metadata keys under which shops store the buyer's own words.
var messageNames = []string{"message", "buyer_message", "buyerMessage", "note"}

// bought describes a payment in the words of a mail.
type bought struct {
	payment *stripe.PaymentIntent
	sum     string   // such as "£640.00 for invoice INV-0042"
	what    []string // the purpose of the payment
	message string   // the buyer's own words; empty if there are none
}

func (s *service) readBought(ctx context.Context, payment *stripe.PaymentIntent) bought {
	b := bought{payment: payment, sum: money(cmp.Or(payment.AmountReceived, payment.Amount), string(payment.Currency)), message: messageIn(payment.Metadata)}
	invoice := payment.Invoice
	if invoice == nil {
		if payment.Description != "" {
			b.what = []string{people.OneLine(payment.Description, maxLineChars)}
		}
		if b.message == "" {
			b.message = s.checkoutMessage(ctx, payment.ID)
		}
		return b
	}
	if invoice.Number != "" {
		b.sum += " for invoice " + invoice.Number
	}
	if invoice.Lines != nil {
		for _, line := range invoice.Lines.Data {
			if words := people.OneLine(line.Description, maxLineChars); words != "" {
				b.what = append(b.what, words)
			}
		}
	}
	if more := len(b.what) - maxBought; more > 0 {
		b.what = append(b.what[:maxBought], fmt.Sprintf("and %d more", more))
	}
	if len(b.what) == 0 && invoice.Description != "" {
		b.what = []string{people.OneLine(invoice.Description, maxLineChars)}
	}
	return b
}

func messageIn(metadata map[string]string) string {
	for _, name := range messageNames {
		if words := people.OneLine(metadata[name], maxMessageChars); people.Visible(words) {
			return words
		}
	}
	return ""
}

// checkoutMessage returns what the buyer wrote at the checkout of a payment. An error is logged and the mail goes
// without.
func (s *service) checkoutMessage(ctx context.Context, paymentId string) string {
	params := &stripe.CheckoutSessionListParams{PaymentIntent: stripe.String(paymentId)}
	params.Context, params.Limit = ctx, stripe.Int64(1)
	it := s.stripe.api.CheckoutSessions.List(params)
	for it.Next() {
		return messageIn(it.CheckoutSession().Metadata)
	}
	if err := failed("find the checkout of "+paymentId, it.Err()); err != nil {
		s.app.Logger().Warn("The words of a checkout could not be read.", "error", err)
	}
	return ""
}

// lines returns sentences that say what was bought and what the buyer wrote, as far as it is known.
func (b bought) lines() (out []string) {
	switch len(b.what) {
	case 0:
	case 1:
		out = append(out, "It was for: "+b.what[0])
	default:
		out = append(out, "It was for:\n- "+strings.Join(b.what, "\n- "))
	}
	if b.message != "" {
		out = append(out, "“"+b.message+"”")
	}
	return out
}

// opened returns the client's deliverables whose files the payment's invoice has unlocked.
func (s *service) opened(b bought, client *core.Record) ([]*core.Record, error) {
	if b.payment.Invoice == nil || b.payment.Invoice.ID == "" {
		return nil, nil
	}
	id := b.payment.Invoice.ID
	return s.app.FindAllRecords("deliverables", dbx.HashExp{"invoice": id, "invoicePaid": id, "client": client.Id})
}

// letters returns the mails about a payment: one to each linked client who has joined and is not archived, and one to
// the owner.
func (s *service) letters(b bought, clients []*core.Record, now time.Time) (letters []*mailer.Message, err error) {
	url := strings.TrimSuffix(s.app.Settings().Meta.AppURL, "/")
	for _, client := range clients {
		if !people.Joined(client) || client.GetString("archivedAt") != "" {
			continue
		}
		lines := append([]string{"Thank you. Your payment of " + b.sum + " has arrived."}, b.lines()...)
		opened, err := s.opened(b, client)
		if err != nil {
			return nil, err
		}
		for _, deliverable := range opened {
			lines = append(lines, fmt.Sprintf("The files of “%s” are open: %s/projects/%s#deliverable-%s", deliverable.GetString("title"), url,
				deliverable.GetString("project"), deliverable.Id))
		}
		next, err := s.nextMeeting(client, now)
		if err != nil {
			return nil, err
		}
		if next != "" {
			lines = append(lines, "We meet next on "+next+".")
		}
		lines = append(lines, "Your invoices and receipts: "+url+"/invoices")
		letters = append(letters, s.letter(client.Email(), people.FirstName(client), "Payment received: "+b.sum, strings.Join(lines, "\n")))
	}
	if len(clients) > 0 && s.config.OwnerEmail != "" {
		name := people.DisplayName(clients[0])
		lines := append([]string{fmt.Sprintf("%s has paid %s.", name, b.sum)}, b.lines()...)
		lines = append(lines, "The payment at Stripe: "+dashboard(b.payment))
		letters = append(letters, s.letter(string(s.config.OwnerEmail), s.config.Owner, name+" paid "+b.sum, strings.Join(lines, "\n")))
	}
	return letters, nil
}

// nextMeeting describes a client's next meeting in the client's own time zone; empty if there is none.
func (s *service) nextMeeting(client *core.Record, now time.Time) (string, error) {
	var next []*core.Record
	err := s.app.RecordQuery("bookings").AndWhere(dbx.HashExp{"client": client.Id, "cancelledAt": ""}).
		AndWhere(dbx.NewExp("startTime > {:now}", dbx.Params{"now": database.Stored(now)})).OrderBy("startTime", "id").Limit(1).All(&next)
	if len(next) == 0 || err != nil {
		return "", err
	}
	zone := s.config.Timezone
	if own, err := time.LoadLocation(client.GetString("timezone")); err == nil && client.GetString("timezone") != "" {
		zone = own
	}
	return next[0].GetDateTime("startTime").Time().In(zone).Format("Monday 2 January, 15:04") + " (" + phrases.City(zone) + "): " + people.OneLine(next[0].GetString("title"), maxLineChars), nil
}

// saidAlready drops the waiting notices "the files are open" to clients, because the mail about the payment said so.
func (s *service) saidAlready(b bought, clients []*core.Record) error {
	for _, client := range clients {
		opened, err := s.opened(b, client)
		if err != nil {
			return err
		}
		for _, deliverable := range opened {
			_, err := s.app.DB().Update("outbox", dbx.Params{"state": "dropped", "lastError": "The mail about the payment said so."},
				dbx.HashExp{"notice": pb_migrations.FilesOpen, "client": client.Id, "person": "", "about": deliverable.Id, "state": "waiting"}).Execute()
			if err != nil {
				return fmt.Errorf("billing: drop the notice about %s: %w", deliverable.Id, err)
			}
		}
	}
	return nil
}

// dashboard returns the address of a payment in Stripe's dashboard.
func dashboard(payment *stripe.PaymentIntent) string {
	mode := ""
	if !payment.Livemode {
		mode = "test/"
	}
	return "https://dashboard.stripe.com/" + mode + "payments/" + payment.ID
}

// letter builds one mail, with the greeting, the signature and the reply address of the studio.
func (s *service) letter(to, firstName, subject, body string) *mailer.Message {
	greeting := "Hi"
	if firstName != "" {
		greeting += " " + firstName
	}
	meta := s.app.Settings().Meta
	letter := &mailer.Message{
		From:    mail.Address{Name: meta.SenderName, Address: meta.SenderAddress},
		To:      []mail.Address{{Address: to}},
		Subject: subject,
		Text:    greeting + ",\n\n" + body + "\n\n" + s.config.Owner + "\n",
	}
	if s.config.OwnerEmail != "" {
		letter.Headers = map[string]string{"Reply-To": string(s.config.OwnerEmail)}
	}
	return letter
}
