package notify

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/mailer"

	"greenroom/hooks/calendar"
	"greenroom/hooks/people"
	"greenroom/hooks/phrases"
	"greenroom/hooks/records"
)

// Mails about meetings that clients book in the portal. Each is sent at once and on its own, to the client or person
// who booked, and to the owner. They are caused by changes of the booking's row, whether the portal makes them, or a
// sync that completes an interrupted booking or follows the owner's change in the calendar. Therefore each is sent
// once.
const (
	bookingMade      = "bookingMade"
	bookingMoved     = "bookingMoved"
	bookingCancelled = "bookingCancelled"
)

// bookingNotice returns the notice that a write of a booking causes, or "". A meeting that is over causes none.
func bookingNotice(w records.Write, now time.Time) string {
	booking := w.Record
	live := booking.GetDateTime("cancelledAt").IsZero()
	wasLive := w.Was != nil && w.Was.GetDateTime("cancelledAt").IsZero()
	moved := w.Was != nil && (!booking.GetDateTime("startTime").Equal(w.Was.GetDateTime("startTime")) || !booking.GetDateTime("endTime").Equal(w.Was.GetDateTime("endTime")))
	switch {
	case !booking.GetBool("madeInPortal") || !booking.GetDateTime("endTime").Time().After(now):
		return ""
	case live && !wasLive:
		return bookingMade
	case live && moved:
		return bookingMoved
	}
	return when(!live && wasLive, bookingCancelled)
}

func isBooking(notice string) bool {
	return notice == bookingMade || notice == bookingMoved || notice == bookingCancelled
}

// bindBookings writes the notices to the outbox in the transaction of the booking's change, and wakes the outbox after
// the commit.
func (o *outbox) bindBookings() {
	records.AfterWrite(o.app, "bookings", func(w records.Write) error {
		notice := bookingNotice(w, o.now())
		if notice == "" {
			return nil
		}
		for _, to := range []string{toClient, toOwner} {
			if err := o.enqueueBooking(w.App, to, notice, w.Record); err != nil {
				w.App.Logger().Error("A notice of a meeting could not be written to the outbox.", "notice", notice, "id", w.Record.Id, "error", err)
			}
		}
		return nil
	})
	wake := func(e *core.RecordEvent) error {
		o.wakeUp()
		return e.Next()
	}
	o.app.OnRecordAfterCreateSuccess("bookings").BindFunc(wake)
	o.app.OnRecordAfterUpdateSuccess("bookings").BindFunc(wake)
}

func (o *outbox) enqueueBooking(tx core.App, to, notice string, booking *core.Record) error {
	clientId, person := booking.GetString("client"), booking.GetString("bookedBy")
	r, err := o.recipient(tx, to, clientId, person)
	if errors.Is(err, errNoPerson) || errors.Is(err, sql.ErrNoRows) { // the person who booked was removed
		person = ""
		r, err = o.recipient(tx, to, clientId, person)
	}
	if err != nil {
		return err
	}
	if r.forBooking().unreachable() != "" {
		return nil
	}
	outbox, err := tx.FindCachedCollectionByNameOrId(outboxName)
	if err != nil {
		return err
	}
	row := core.NewRecord(outbox)
	row.Load(map[string]any{"notice": notice, "recipient": to, "client": clientId, "person": person, "about": booking.Id,
		"state": waiting, "happenedAt": o.now(), "nextAttemptAt": o.now()})
	return tx.Save(row)
}

// forBooking marks the recipient of a mail about a meeting. For a client it answers what they did themselves, so it is
// sent whatever they chose for notices.
func (r recipient) forBooking() recipient {
	r.asked = r.to == toClient
	return r
}

// deliverBooking sends the mail of one row, unless the booking has changed so that the mail would no longer be true.
func (o *outbox) deliverBooking(r recipient, row *core.Record) (serverFails bool, err error) {
	r, rows := r.forBooking(), []*core.Record{row}
	whyNot := r.unreachable()
	booking, err := o.app.FindRecordById("bookings", row.GetString("about"))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		whyNot = "It was deleted before its mail left."
	case err != nil:
		return false, err
	case booking.GetString("client") != row.GetString("client"):
		whyNot = "It went to another client before its mail left."
	case booking.GetDateTime("cancelledAt").IsZero() == (row.GetString("notice") == bookingCancelled):
		whyNot = "It was no longer so when its mail was due."
	}
	if whyNot != "" {
		return false, o.set(o.app, rows, waiting, dbx.Params{"state": dropped, "lastError": whyNot})
	}
	message, err := o.bookingMail(r, row, booking)
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

// meetingNews is a meeting in the words that the templates need.
type meetingNews struct {
	Client, Owner, When, Short, Note, CancelNote, Join, Notice string
	ByGoogle                                                   bool // Google sends the client an invitation itself
	Attached                                                   bool
}

func (o *outbox) bookingMail(r recipient, row, booking *core.Record) (*mailer.Message, error) {
	byGoogle := o.config.GoogleCredentials.RefreshToken != ""
	notice, start := row.GetString("notice"), booking.GetDateTime("startTime").Time()
	n := meetingNews{Client: cleanName(people.DisplayName(r.person)), Owner: o.config.Owner, When: o.spanIn(r, booking), Short: start.In(r.zone).Format("Monday 2 January, 15:04"),
		Note: booking.GetString("note"), CancelNote: booking.GetString("cancelNote"), Join: booking.GetString("meetUrl"), Notice: inWords(o.config.BookingNotice),
		ByGoogle: byGoogle, Attached: r.to == toClient && !byGoogle}
	base := strings.TrimSuffix(o.app.Settings().Meta.AppURL, "/")
	l := letter{FirstName: r.firstName, Signature: o.config.Owner, Link: base + "/bookings"}
	if r.to == toOwner {
		l.Signature, l.Link = o.config.Studio, base+"/_/#/collections?collection=bookings&record="+booking.Id
	}
	var err error
	if l.Subject, err = words(notice+" "+r.to+" subject", n); err == nil {
		l.Text, err = words(notice+" "+r.to+" text", n)
	}
	if err != nil {
		return nil, fmt.Errorf("notify: word %s: %w", row.Id, err)
	}
	l.thread = rootOf(booking)
	text, err := l.body()
	if err != nil {
		return nil, fmt.Errorf("notify: word %s: %w", row.Id, err)
	}
	meta := o.app.Settings().Meta
	message := &mailer.Message{From: mail.Address{Name: meta.SenderName, Address: meta.SenderAddress}, To: []mail.Address{r.address}, Subject: l.Subject, Text: text,
		Headers: map[string]string{"Message-ID": o.messageId(row.Id), "Auto-Submitted": "auto-generated", "In-Reply-To": o.messageId(l.thread), "References": o.messageId(l.thread)}}
	r.choice = choiceEach // so that Reply-To names the client, which a daily mail's does not
	if answers := o.answersTo(r); answers != "" {
		message.Headers["Reply-To"] = answers
	}
	if n.Attached {
		organizer := message.From
		if o.config.OwnerEmail != "" {
			organizer = mail.Address{Name: o.config.Owner, Address: string(o.config.OwnerEmail)}
		}
		_, invitation := calendar.Invitation(booking, inASCII([]mail.Address{organizer})[0], inASCII([]mail.Address{r.address})[0], o.config.Timezone)
		message.Attachments = map[string]io.Reader{invitationName: bytes.NewReader(invitation)}
	}
	return message, nil
}

// spanIn returns the time of a meeting in the recipient's zone and, if its clock differs, in the studio's as well.
func (o *outbox) spanIn(r recipient, booking *core.Record) string {
	start, end := booking.GetDateTime("startTime").Time(), booking.GetDateTime("endTime").Time()
	span := func(zone *time.Location) string {
		return start.In(zone).Format("Monday 2 January, 15:04") + " to " + end.In(zone).Format("15:04") + " (" + phrases.City(zone) + ")"
	}
	if start.In(r.zone).Format(time.DateTime) == start.In(o.config.Timezone).Format(time.DateTime) {
		return span(o.config.Timezone)
	}
	return span(r.zone) + ", which is " + span(o.config.Timezone)
}

// inWords returns a duration of whole minutes in words, such as "24 hours".
func inWords(d time.Duration) string {
	if d%time.Hour == 0 {
		return phrases.Count(int(d/time.Hour), "hour")
	}
	return phrases.Count(int(d/time.Minute), "minute")
}
