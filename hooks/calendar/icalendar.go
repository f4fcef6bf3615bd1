package calendar

import (
	"bytes"
	"net/mail"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/people"
)

// The feed and invitations in RFC 5545 (iCalendar), with the extensions that Apple's, Google's and Microsoft's
// calendars use.

const (
	utcForm  = "20060102T150405Z"
	dayForm  = "20060102"
	maxOctet = 75 // octets in a line, without its CRLF
)

// iCalendar returns the bookings as one calendar. Times are in UTC; a booking from midnight to midnight in the studio's
// zone is written as whole days. Cancelled bookings are included, since subscribed programs delete a meeting only when
// they see it cancelled.
func iCalendar(studio string, zone *time.Location, bookings []feedBooking) []byte {
	var c calendarText
	c.line("BEGIN:VCALENDAR")
	c.line("VERSION:2.0")
	c.line("PRODID:-//Greenroom//Bookings//EN")
	c.line("CALSCALE:GREGORIAN")
	c.line("METHOD:PUBLISH")
	c.text("X-WR-CALNAME", studio)
	c.line("REFRESH-INTERVAL;VALUE=DURATION:PT1H")
	c.line("X-PUBLISHED-TTL:PT1H")
	for _, b := range bookings {
		c.event(b, zone)
	}
	c.line("END:VCALENDAR")
	return c.Bytes()
}

// Invitation returns one booking as an iTIP message for a mail (RFC 5546): method REQUEST, or CANCEL for a cancelled
// booking. The UID is the one in the feed, so that a program that has both shows the meeting once.
func Invitation(booking *core.Record, organizer, guest mail.Address, zone *time.Location) (method string, text []byte) {
	b := feedBooking{Id: booking.Id, Title: booking.GetString("title"), Start: booking.GetDateTime("startTime"), End: booking.GetDateTime("endTime"),
		MeetURL: booking.GetString("meetUrl"), CancelledAt: booking.GetDateTime("cancelledAt"), Sequence: booking.GetInt("sequence"),
		Created: booking.GetDateTime("created"), Updated: booking.GetDateTime("updated")}
	method = "REQUEST"
	if !b.CancelledAt.IsZero() {
		method = "CANCEL"
	}
	var c calendarText
	c.line("BEGIN:VCALENDAR")
	c.line("VERSION:2.0")
	c.line("PRODID:-//Greenroom//Bookings//EN")
	c.line("CALSCALE:GREGORIAN")
	c.line("METHOD:" + method)
	c.event(b, zone, "ORGANIZER"+commonName(organizer)+":mailto:"+organizer.Address,
		"ATTENDEE"+commonName(guest)+";ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=FALSE:mailto:"+guest.Address)
	c.line("END:VCALENDAR")
	return method, c.Bytes()
}

// commonName returns the CN parameter for a name, or "". A parameter's value cannot contain double quotes.
func commonName(a mail.Address) string {
	name := strings.ReplaceAll(people.OneLine(a.Name, people.MaxNameChars), `"`, "'")
	if name == "" {
		return ""
	}
	return `;CN="` + name + `"`
}

type calendarText struct{ bytes.Buffer }

// event writes a VEVENT of one booking, with further lines at its end.
func (c *calendarText) event(b feedBooking, zone *time.Location, more ...string) {
	c.line("BEGIN:VEVENT")
	c.line("UID:" + b.Id + "@greenroom")
	c.line("DTSTAMP:" + b.Updated.Time().UTC().Format(utcForm))
	c.line("CREATED:" + b.Created.Time().UTC().Format(utcForm))
	c.line("LAST-MODIFIED:" + b.Updated.Time().UTC().Format(utcForm))
	c.line("SEQUENCE:" + strconv.Itoa(b.Sequence))
	c.span(b.Start.Time(), b.End.Time(), zone)
	c.text("SUMMARY", b.Title)
	if b.MeetURL != "" {
		c.text("LOCATION", b.MeetURL)
		c.line("URL:" + b.MeetURL)
		c.text("DESCRIPTION", "Join: "+b.MeetURL)
	}
	if b.CancelledAt.IsZero() {
		c.line("STATUS:CONFIRMED")
	} else {
		c.line("STATUS:CANCELLED")
	}
	for _, line := range more {
		c.line(line)
	}
	c.line("END:VEVENT")
}

func (c *calendarText) span(start, end time.Time, zone *time.Location) {
	if from, to := start.In(zone), end.In(zone); isMidnight(from) && isMidnight(to) && to.After(from) {
		c.line("DTSTART;VALUE=DATE:" + from.Format(dayForm))
		c.line("DTEND;VALUE=DATE:" + to.Format(dayForm))
		return
	}
	c.line("DTSTART:" + start.UTC().Format(utcForm))
	if end.After(start) { // DTEND must be later than DTSTART; without it the event has no duration
		c.line("DTEND:" + end.UTC().Format(utcForm))
	}
}

func isMidnight(t time.Time) bool { return t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0 }

var escapes = strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\n", `\n`, "\r", `\n`)

// text writes a property whose value is TEXT, escaped (RFC 5545, 3.3.11).
func (c *calendarText) text(name, value string) { c.line(name + ":" + escapes.Replace(value)) }

// line writes a content line, folded into lines of at most 75 octets without splitting a character (RFC 5545, 3.1).
func (c *calendarText) line(content string) {
	room := maxOctet
	for len(content) > room {
		cut := room
		for !utf8.RuneStart(content[cut]) {
			cut--
		}
		c.WriteString(content[:cut] + "\r\n ")
		content, room = content[cut:], maxOctet-1 // less the space at the beginning of a continuation
	}
	c.WriteString(content + "\r\n")
}
