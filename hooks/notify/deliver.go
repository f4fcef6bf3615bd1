package notify

import (
	"cmp"
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

// A mail is the server's with the dot that ends it, and the studio's again only by an answer. In between, a crash or a lost
// connection leaves nobody knowing, and one of two things must happen: the mail is sent again and some arrive twice, or it
// is not and some never arrive. Notices are never doubled here, for a client who gets everything twice stops reading, while
// what a lost mail was about stands in the portal all the same. So its rows are sending just before the dot, in the
// database, and whatever stays so has failed, where the owner sees it. Everything before the dot is certain and tried again.
// A mail's Message-ID is that of its first row for ever: who does send one anew, by setting its row to waiting, sends the
// same one, and mail programs that have it already show it once.

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
func (d *desk) deliver(r recipient, rows []*core.Record) (serverFails bool, err error) {
	rows, all, err := d.sift(r, rows)
	if err != nil || len(rows) == 0 {
		return false, err
	}
	message, err := d.compose(r, rows[0], all)
	if err != nil {
		return false, err
	}
	marked := false
	err = d.send(message, func() error {
		err := d.mark(r, rows)
		marked = err == nil
		return err
	})
	return d.settle(rows, marked, err)
}

// mark makes the rows sending, where they may still be sent, on every machine that might go on with them.
func (d *desk) mark(r recipient, rows []*core.Record) error {
	if d.ctx.Err() != nil {
		return d.ctx.Err()
	}
	now, err := d.recipient(d.app, r.to, r.client.Id)
	if err != nil {
		return err
	}
	if reason := now.unreachable(); reason != "" {
		return fmt.Errorf("%s %w", reason, errChanged)
	}
	if err := d.set(d.app, rows, waiting, dbx.Params{"state": sending}); err != nil {
		return err
	}
	if err := durable.Confirm(d.ctx, d.app); err != nil {
		return errors.Join(err, d.set(d.app, rows, sending, dbx.Params{"state": waiting}))
	}
	return nil
}

// sift drops the rows about which there is nothing to say any more and gives the others, with what they say: each thing once.
func (d *desk) sift(r recipient, rows []*core.Record) (left []*core.Record, all []news, err error) {
	gone, seen := map[string][]*core.Record{}, map[string]string{}
	for _, row := range rows {
		key := row.GetString("notice") + " " + row.GetString("about")
		whyNot, before := seen[key]
		if !before {
			var n news
			if n, whyNot, err = d.read(row); err != nil {
				return nil, nil, err
			}
			if whyNot == "" && r.looksAt(d.app, n.projectId) {
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
		if err := d.set(d.app, rows, waiting, dbx.Params{"state": dropped, "lastError": whyNot}); err != nil {
			return nil, nil, err
		}
	}
	return left, all, nil
}

// compose is the mail about all the news; the first of its rows gives it its name.
func (d *desk) compose(r recipient, first *core.Record, all []news) (*mailer.Message, error) {
	l, err := d.write(r, all)
	if err != nil {
		return nil, fmt.Errorf("notify: word %s: %w", first.Id, err)
	}
	text, err := l.body()
	if err != nil {
		return nil, fmt.Errorf("notify: word %s: %w", first.Id, err)
	}
	meta := d.app.Settings().Meta
	headers := map[string]string{"Message-ID": d.messageId(first.Id), "Auto-Submitted": "auto-generated"}
	if l.thread != "" {
		headers["In-Reply-To"] = d.messageId(l.thread)
		headers["References"] = headers["In-Reply-To"]
	}
	if r.to == toClient {
		headers["List-Unsubscribe"] = "<" + d.unsubscribeURL(r.client) + ">"
		headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
	}
	if answers := d.answersTo(r); answers != "" {
		headers["Reply-To"] = answers
	}
	return &mailer.Message{From: mail.Address{Name: meta.SenderName, Address: meta.SenderAddress}, To: []mail.Address{r.address},
		Subject: l.Subject, Text: text, Headers: headers}, nil
}

// answersTo is who gets a reply: the owner, or the client whom the owner hears of. A day's mail about several is nobody's.
func (d *desk) answersTo(r recipient) string {
	switch {
	case r.to == toClient && d.config.OwnerEmail != "":
		return (&mail.Address{Name: d.config.Owner, Address: string(d.config.OwnerEmail)}).String()
	case r.to == toOwner && r.choice == choiceEach:
		return (&mail.Address{Name: r.client.GetString("name"), Address: r.client.Email()}).String()
	}
	return ""
}

// messageId makes the id of a mail, or of the thread that mails refer to, unique in the world.
func (d *desk) messageId(id string) string {
	_, domain, _ := strings.Cut(d.app.Settings().Meta.SenderAddress, "@")
	if d.config.URL != nil {
		domain = d.config.URL.Hostname()
	}
	return "<" + id + "@" + cmp.Or(domain, "localhost") + ">"
}

func (d *desk) unsubscribeURL(client *core.Record) string {
	query := url.Values{"key": {client.GetString("unsubscribeKey")}}
	return strings.TrimSuffix(d.app.Settings().Meta.AppURL, "/") + unsubscribePath + "?" + query.Encode()
}

// send carries a mail as every other mail goes, so that an automation of the owner's sees it too.
func (d *desk) send(message *mailer.Message, irrevocable func() error) error {
	event := &core.MailerEvent{Message: message, Mailer: carrier(d.ctx, d.app, irrevocable)}
	event.App = d.app
	return d.app.OnMailerSend().Trigger(event, func(e *core.MailerEvent) error { return e.Mailer.Send(e.Message) })
}

// settle writes down how sending ended.
func (d *desk) settle(rows []*core.Record, marked bool, failure error) (serverFails bool, err error) {
	from := waiting
	if marked {
		from = sending
	}
	no := (*refusal)(nil)
	switch {
	case failure == nil:
		err = d.set(d.app, rows, from, dbx.Params{"state": sent, "sentAt": d.moment(0), "attempts": attempts(rows) + 1, "lastError": ""})
		d.note("")
		return false, errors.Join(err, integrations.Drop(d.app, integration+":"+rows[0].Id)) // it had failed, and was set to be tried again
	case d.ctx.Err() != nil && !marked, errors.Is(failure, errChanged):
		return false, nil
	case errors.As(failure, &no) && no.permanent:
		return false, d.fail(rows, from, "Not delivered: "+no.said)
	case no == nil && marked:
		return false, d.fail(rows, from, unknown)
	}
	reason := "Not delivered yet: " + failure.Error()
	if no != nil && no.ofServer {
		d.note(failure.Error())
	}
	tries := attempts(rows) + 1
	if tries >= maxAttempts {
		return no != nil && no.ofServer, d.fail(rows, from, "Given up: "+failure.Error())
	}
	err = d.set(d.app, rows, from, dbx.Params{"state": waiting, "attempts": tries, "nextAttemptAt": d.moment(d.vary(pause(tries))), "lastError": reason})
	return no != nil && no.ofServer, err
}

// attempts is how often the first of the rows, which is the oldest, has been tried.
func attempts(rows []*core.Record) int { return rows[0].GetInt("attempts") }

// fail ends a mail that does not go, and tells the owner so.
func (d *desk) fail(rows []*core.Record, from, reason string) error {
	d.app.Logger().Warn("A notice was not delivered.", "outbox", rows[0].Id, "reason", reason)
	return d.app.RunInTransaction(func(tx core.App) error {
		if err := d.set(tx, rows, from, dbx.Params{"state": failed, "attempts": attempts(rows) + 1, "lastError": reason}); err != nil {
			return err
		}
		return integrations.Set(tx, integration+":"+rows[0].Id, failed, "", reason)
	})
}

// quiet is how long a server that works says nothing new.
const quiet = time.Hour

// note writes down how the mail server fares, when that is news.
func (d *desk) note(trouble string) {
	row, err := integrations.Row(d.app, integration)
	state := integrations.OK
	if trouble != "" {
		state, trouble = "down", "Mail waits and is tried again by itself: "+trouble
	}
	if err == nil && row != nil && row.GetString("state") == state && row.GetString("lastError") == trouble &&
		(trouble != "" || d.now().Sub(row.GetDateTime("lastSuccessAt").Time()) < quiet) {
		return
	}
	if err == nil {
		err = integrations.Set(d.app, integration, state, "", trouble)
	}
	if err != nil {
		d.app.Logger().Error("The state of mail could not be written.", "error", err)
	}
}
