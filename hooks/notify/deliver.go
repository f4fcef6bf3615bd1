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

// A mail is the server's with the dot that ends it, and the studio's again only by an answer. In between, a crash or a
// lost connection leaves nobody knowing, and one of two things must happen: the mail is sent again and some arrive
// twice, or it is not and some never arrive. Notices are never doubled here, for a client who gets everything twice
// stops reading, while what a lost mail was about stands in the portal all the same. So its rows are sending just
// before the dot, in the database, and whatever stays so has failed, where the owner sees it. Everything before the dot
// is certain and tried again. A mail's Message-ID is that of its first row for ever: who does send one anew, by setting
// its row to waiting, sends the same one, and mail programs that have it already show it once.

const unknown = "It is not known whether the mail server took this mail. It is not sent again, so that nobody gets it twice; to send it again, set its state to waiting."

// errChanged means that what a mail is about or for changed while it was on its way: the next round looks at it anew.
var errChanged = errors.New("they changed in the meantime")

// The tries of a mail: after a minute, then each after twice the time of the one before, for about a day.
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

// deliver writes one mail about the rows and sends it.
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

// markSending makes the rows sending, where they may still be sent, on every machine that might go on with them.
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

// sift drops the rows about which there is nothing to say any more and gives the others, with what they say: each thing
// once.
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

// compose is the mail about all the news; the first of its rows gives it its name.
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

// answersTo is who gets a reply: the owner, or the client whom the owner hears of. A day's mail about several is
// nobody's.
func (o *outbox) answersTo(r recipient) string {
	switch {
	case r.to == toClient && o.config.OwnerEmail != "":
		return (&mail.Address{Name: o.config.Owner, Address: string(o.config.OwnerEmail)}).String()
	case r.to == toOwner && r.choice == choiceEach:
		return (&mail.Address{Name: cleanName(r.person.GetString("name")), Address: r.person.Email()}).String()
	}
	return ""
}

// messageId makes the id of a mail, or of the thread that mails refer to, unique in the world.
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

// send carries a mail as every other mail goes, so that an automation of the owner's sees it too.
func (o *outbox) send(ctx context.Context, message *mailer.Message, irrevocable func() error) error {
	event := &core.MailerEvent{Message: message, Mailer: carrier(ctx, o.app, irrevocable)}
	event.App = o.app
	return o.app.OnMailerSend().Trigger(event, func(e *core.MailerEvent) error { return e.Mailer.Send(e.Message) })
}

// recordOutcome writes down how sending ended.
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
		return false, errors.Join(err, integrations.Drop(o.app, integration+":"+rows[0].Id)) // it had failed, and was set to be tried again
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

// attempts is how often the first of the rows, which is the oldest, has been tried.
func attempts(rows []*core.Record) int { return rows[0].GetInt("attempts") }

// fail ends a mail that does not go, and tells the owner so.
func (o *outbox) fail(rows []*core.Record, from, reason string) error {
	o.app.Logger().Warn("A notice was not delivered.", "outbox", rows[0].Id, "reason", reason)
	return o.app.RunInTransaction(func(tx core.App) error {
		if err := o.set(tx, rows, from, dbx.Params{"state": failed, "attempts": attempts(rows) + 1, "lastError": reason}); err != nil {
			return err
		}
		return integrations.Set(tx, integration+":"+rows[0].Id, failed, "", reason)
	})
}
