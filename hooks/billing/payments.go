package billing

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/mailer"
	"github.com/pocketbase/pocketbase/tools/security"
	"github.com/stripe/stripe-go/v76"

	"greenroom/hooks/integrations"
	"greenroom/hooks/people"
)

// markName is the key in a PaymentIntent's metadata that says that the mails about it are taken care of.
const markName = "greenroom_mailed"

// oldMarkName is the key by which the system before Greenroom said that its own mail about a payment had left.
const oldMarkName = "emailSent"

const markChars = 20

// The states of a payment's row, which is there from before the mark until after the last mail: whatever stops the studio
// in between, the owner sees it.
const (
	statePromising = "promising" // the mark is on its way to Stripe, and nothing has been sent
	stateMailing   = "mailing"   // the mark is there, and the mails may have left
	stateFailed    = "failed"
)

// paid writes to the client and to the owner that a payment has arrived: at most once, however often and from however many
// sides it is said. The mark at Stripe comes before the first mail.
func (s *service) paid(ctx context.Context, paymentId string) error {
	defer s.payments.Lock(paymentId)()
	payment, err := s.stripe.payment(ctx, paymentId)
	if err != nil || payment == nil || payment.Status != stripe.PaymentIntentStatusSucceeded || payment.Customer == nil {
		return err
	}
	if payment.Metadata[oldMarkName] != "" {
		return nil
	}
	clients, err := clientsOf(s.app, payment.Customer.ID)
	if err != nil {
		return err
	}
	letters := s.letters(payment, clients)
	if len(letters) == 0 {
		return nil
	}
	if ours, err := s.promise(ctx, payment); !ours || err != nil {
		return err
	}
	return s.mail(payment.ID, letters)
}

// promise marks a payment, and tells whether the mails are ours to send. A mark whose arrival we did not hear of is known by
// what the row holds.
func (s *service) promise(ctx context.Context, payment *stripe.PaymentIntent) (ours bool, err error) {
	name := integration + ":" + payment.ID
	row, err := integrations.Row(s.app, name)
	if err != nil {
		return false, fmt.Errorf("billing: read %s: %w", name, err)
	}
	var mark string
	if row != nil {
		mark = row.GetString("cursor")
	}
	switch marked := payment.Metadata[markName]; {
	case row != nil && row.GetString("state") != statePromising: // sent or not, nobody but the owner can tell
		return false, nil
	case marked != "":
		ours = marked == mark
	default:
		if mark == "" {
			mark = security.RandomString(markChars)
			if err := s.keep(payment.ID, statePromising, mark); err != nil {
				return false, err
			}
		}
		if ours, err = s.stripe.markPayment(ctx, payment.ID, markName, mark); err != nil {
			return false, err
		}
	}
	if !ours {
		return false, integrations.Drop(s.app, name)
	}
	return true, s.keep(payment.ID, stateMailing, mark)
}

// keep writes a payment's row.
func (s *service) keep(paymentId, state, mark string) error {
	trouble := fmt.Sprintf("The mails about the payment %s may not have left: look whether its client knows, then remove this row.", paymentId)
	return integrations.Set(s.app, integration+":"+paymentId, state, mark, trouble)
}

// mail sends the letters, each once. What could not be sent is for the owner: a second try could send it twice.
func (s *service) mail(paymentId string, letters []*mailer.Message) error {
	var failures []error
	for _, letter := range letters {
		failures = append(failures, s.app.NewMailClient().Send(letter))
	}
	if err := errors.Join(failures...); err != nil {
		s.app.Logger().Error("A mail about a payment could not be sent.", "payment", paymentId, "error", err)
		return s.keep(paymentId, stateFailed, "")
	}
	return integrations.Drop(s.app, integration+":"+paymentId)
}

// letters are the mails about a payment: to each client whose it is, once they have joined, and to the owner.
func (s *service) letters(payment *stripe.PaymentIntent, clients []*core.Record) (letters []*mailer.Message) {
	what := money(cmp.Or(payment.AmountReceived, payment.Amount), string(payment.Currency))
	if payment.Invoice != nil && payment.Invoice.Number != "" {
		what += " for invoice " + payment.Invoice.Number
	}
	portal := strings.TrimSuffix(s.app.Settings().Meta.AppURL, "/") + "/invoices"
	for _, client := range clients {
		if !people.Joined(client) || client.GetString("archivedAt") != "" {
			continue
		}
		letters = append(letters, s.letter(client.Email(), people.FirstName(client), "Payment received: "+what,
			fmt.Sprintf("Thank you. Your payment of %s has arrived.\nYour invoices and receipts: %s", what, portal)))
	}
	if len(clients) > 0 && s.config.OwnerEmail != "" {
		letters = append(letters, s.letter(string(s.config.OwnerEmail), s.config.Owner, fmt.Sprintf("%s paid %s", people.DisplayName(clients[0]), what),
			fmt.Sprintf("%s has paid %s.\nThe payment at Stripe: %s", people.DisplayName(clients[0]), what, dashboard(payment))))
	}
	return letters
}

// dashboard is where the owner sees a payment.
func dashboard(payment *stripe.PaymentIntent) string {
	mode := ""
	if !payment.Livemode {
		mode = "test/"
	}
	return "https://dashboard.stripe.com/" + mode + "payments/" + payment.ID
}

// letter is one mail as the studio writes them.
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
