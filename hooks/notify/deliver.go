package notify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/mailer"

	"greenroom/hooks/durable"
	"greenroom/hooks/integrations"
)

// In SMTP a mail is handed over by the line with a dot that ends its content, and only the server's reply to it says
// whether that succeeded. If a crash or a broken connection comes in between, nobody knows whether the mail was sent:
// sending it again doubles some mails, and not sending it loses some. Here a notice is never doubled, because people
// stop reading mail that comes twice, whereas the content of a lost mail is still in the portal. Therefore the rows get
// the state "sending" just before the dot, and rows that stay in it are reported to the owner as failed. Failures
// before the dot are certain, and are tried again. The Message-ID is always that of the mail's first row: if the owner
// sends a mail again, by setting its row to "waiting", a mail program that has it already shows it once.

const unknown = "It is not known whether the mail server took this mail. It is not sent again, so that nobody gets it twice; to send it again, set its state to waiting."

// errChanged means that a mail's rows, subject or recipient changed while it was being sent. The next round evaluates
// them again.
var errChanged = errors.New("they changed in the meantime")

// A mail is tried again after a minute, then after twice the previous pause up to longestWait, for about a day.
const (
	firstPause  = time.Minute
	longestWait = 3 * time.Hour
	maxAttempts = 16
)

func pause(attempts int) time.Duration {
	wait := firstPause
	for range attempts - 1 {
		wait = min(2*wait, longestWait)
	}
	return wait
}

// deliver sends one mail about the rows. serverFails reports that other mails would fail in the same way.
func (o *outbox) deliver(r recipient, rows []*core.Record) (serverFails bool, err error) {
	rows, all, err := o.sift(r, rows)
	if err != nil || len(rows) == 0 {
		return false, err
	}
	message, err := o.compose(r, rows[0], all)
	if err != nil {
		return false, err
	}
	marked := false
	err = o.send(o.ctx, message, func() error {
		err := o.markSending(r, rows)
		marked = err == nil
		return err
	})
	return o.recordOutcome(rows, marked, err)
}

// markSending sets the rows to "sending", if they may still be sent, and waits until the replica has that, so that no
// other machine sends the mail again.
func (o *outbox) markSending(r recipient, rows []*core.Record) error {
	if o.ctx.Err() != nil {
		return o.ctx.Err()
	}
	now, err := o.recipient(o.app, r.to, r.client.Id, r.person.Id)
	if err != nil {
		return err
	}
	now.asked = r.asked
	if reason := now.unreachable(); reason != "" {
		return fmt.Errorf("%s %w", reason, errChanged)
	}
	if err := o.set(o.app, rows, waiting, dbx.Params{"state": sending}); err != nil {
		return err
	}
	if err := durable.Confirm(o.ctx, o.app); err != nil {
		return errors.Join(err, o.set(o.app, rows, sending, dbx.Params{"state": waiting}))
	}
	return nil
}

// sift drops the rows that are no longer news, and returns the others with their news, each record and notice once.
func (o *outbox) sift(r recipient, rows []*core.Record) (left []*core.Record, all []news, err error) {
	gone, seen := map[string][]*core.Record{}, map[string]string{}
	for _, row := range rows {
		key := row.GetString("notice") + " " + row.GetString("about")
		whyNot, before := seen[key]
		if !before {
			var n news
			if n, whyNot, err = o.read(row); err != nil {
				return nil, nil, err
			}
			if whyNot == "" && r.looksAt(o.app, n.projectId) {
				whyNot = "The recipient was looking at the project."
			}
			if seen[key] = whyNot; whyNot == "" {
				all = append(all, n)
			}
		}
		if whyNot != "" {
			gone[whyNot] = append(gone[whyNot], row)
			continue
		}
		left = append(left, row)
	}
	for whyNot, rows := range gone {
		if err := o.set(o.app, rows, waiting, dbx.Params{"state": dropped, "lastError": whyNot}); err != nil {
			return nil, nil, err
		}
	}
	return left, all, nil
}

// compose makes the mail about all news. Its Message-ID comes from the first row.
func (o *outbox) compose(r recipient, first *core.Record, all []news) (*mailer.Message, error) {
	l, err := o.write(r, all)
	if err != nil {
		return nil, fmt.Errorf("notify: word %s: %w", first.Id, err)
	}
	text, err := l.body()
	if err != nil {
		return nil, fmt.Errorf("notify: word %s: %w", first.Id, err)
	}
	meta := o.app.Settings().Meta
	headers := map[string]string{"Message-ID": o.messageId(first.Id), "Auto-Submitted": "auto-generated"}
	if l.thread != "" {
		headers["In-Reply-To"] = o.messageId(l.thread)
		headers["References"] = headers["In-Reply-To"]
	}
	if r.to == toClient {
		headers["List-Unsubscribe"] = "<" + o.unsubscribeURL(r.person) + ">"
		headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
	}
	if answers := o.answersTo(r); answers != "" {
		headers["Reply-To"] = answers
	}
	return &mailer.Message{From: mail.Address{Name: meta.SenderName, Address: meta.SenderAddress}, To: []mail.Address{r.address},
		Subject: l.Subject, Text: text, Headers: headers}, nil
}

// answersTo returns the Reply-To address: the owner's for a mail to a client, and the client's for a mail to the owner
// about a single client. A daily mail to the owner, which may be about several clients, has none.
func (o *outbox) answersTo(r recipient) string {
	switch {
	case r.to == toClient && o.config.OwnerEmail != "":
		return (&mail.Address{Name: o.config.Owner, Address: string(o.config.OwnerEmail)}).String()
	case r.to == toOwner && r.choice == choiceEach:
		return (&mail.Address{Name: cleanName(r.person.GetString("name")), Address: r.person.Email()}).String()
	}
	return ""
}

// messageId returns a globally unique Message-ID for a row or a thread's root.
func (o *outbox) messageId(id string) string {
	_, domain, _ := strings.Cut(o.app.Settings().Meta.SenderAddress, "@")
	if o.config.URL != nil {
		domain = o.config.URL.Hostname()
	}
	return "<" + id + "@" + cmp.Or(asciiHost(domain), "localhost") + ">"
}

func (o *outbox) unsubscribeURL(client *core.Record) string {
	query := url.Values{"key": {client.GetString("unsubscribeKey")}}
	return strings.TrimSuffix(o.app.Settings().Meta.AppURL, "/") + unsubscribePath + "?" + query.Encode()
}

// send passes a mail through PocketBase's OnMailerSend, so that the owner's automations see it as they see all mails.
func (o *outbox) send(ctx context.Context, message *mailer.Message, irrevocable func() error) error {
	event := &core.MailerEvent{Message: message, Mailer: newMailer(ctx, o.app, irrevocable)}
	event.App = o.app
	return o.app.OnMailerSend().Trigger(event, func(e *core.MailerEvent) error { return e.Mailer.Send(e.Message) })
}

// recordOutcome stores the result of sending in the rows. marked says that they had been set to "sending".
func (o *outbox) recordOutcome(rows []*core.Record, marked bool, failure error) (serverFails bool, err error) {
	from := waiting
	if marked {
		from = sending
	}
	no := (*refusal)(nil)
	switch {
	case failure == nil:
		err = o.set(o.app, rows, from, dbx.Params{"state": sent, "sentAt": o.moment(0), "attempts": attempts(rows) + 1, "lastError": ""})
		o.noteServer("")
		return false, errors.Join(err, integrations.Drop(o.app, integration+":"+rows[0].Id)) // an earlier failure of this mail is over
	case o.ctx.Err() != nil && !marked, errors.Is(failure, errChanged):
		return false, nil
	case errors.As(failure, &no) && no.permanent:
		return false, o.fail(rows, from, "Not delivered: "+no.said)
	case no == nil && marked:
		return false, o.fail(rows, from, unknown)
	}
	reason := "Not delivered yet: " + failure.Error()
	if no != nil && no.ofServer {
		o.noteServer(failure.Error())
	}
	tries := attempts(rows) + 1
	if tries >= maxAttempts {
		return no != nil && no.ofServer, o.fail(rows, from, "Given up: "+failure.Error())
	}
	err = o.set(o.app, rows, from, dbx.Params{"state": waiting, "attempts": tries, "nextAttemptAt": o.moment(o.vary(pause(tries))), "lastError": reason})
	return no != nil && no.ofServer, err
}

// attempts returns how often the mail was tried, as counted in its oldest row.
func attempts(rows []*core.Record) int { return rows[0].GetInt("attempts") }

// fail marks the rows as failed, and tells the owner by a row of integrations.
func (o *outbox) fail(rows []*core.Record, from, reason string) error {
	o.app.Logger().Warn("A notice was not delivered.", "outbox", rows[0].Id, "reason", reason)
	return o.app.RunInTransaction(func(tx core.App) error {
		if err := o.set(tx, rows, from, dbx.Params{"state": failed, "attempts": attempts(rows) + 1, "lastError": reason}); err != nil {
			return err
		}
		return integrations.Set(tx, integration+":"+rows[0].Id, failed, "", reason)
	})
}
