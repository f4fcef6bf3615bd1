package booking_test

import (
	"bytes"
	"encoding/base64"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	ics "github.com/arran4/golang-ical"
	goical "github.com/emersion/go-ical"

	"greenroom/hooks/testkit"
)

// letter is a mail as its reader has it.
type letter struct {
	to, subject, text string
	calendar          string // the part that programs act on
	method            string
	file              string // the attachment
}

// letters waits for so many mails, and gives them by recipient and subject.
func letters(t testing.TB, s *testkit.Studio, n int) (out []letter) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		names, err := filepath.Glob(filepath.Join(s.App.DataDir(), "outbox", "*.eml"))
		if err != nil {
			t.Fatal(err)
		}
		if len(names) >= n {
			for _, name := range names {
				out = append(out, read(t, name))
			}
			slices.SortFunc(out, func(a, b letter) int { return strings.Compare(a.to+a.subject, b.to+b.subject) })
			if len(out) != n {
				t.Fatalf("%d mails, want %d: %+v", len(out), n, out)
			}
			return out
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d mails came, want %d", len(names), n)
		}
	}
}

func read(t testing.TB, name string) (l letter) {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	message, err := mail.ReadMessage(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	l.to = message.Header.Get("To")
	l.subject, _ = new(mime.WordDecoder).DecodeHeader(message.Header.Get("Subject"))
	l.part(t, message.Header.Get("Content-Type"), message.Header.Get("Content-Transfer-Encoding"), message.Body)
	return l
}

func (l *letter) part(t testing.TB, contentType, encoding string, body io.Reader) {
	t.Helper()
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasPrefix(kind, "multipart/") {
		parts := multipart.NewReader(body, params["boundary"])
		for {
			p, err := parts.NextRawPart()
			if err == io.EOF {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			l.part(t, p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p)
		}
	}
	switch encoding {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	content, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	switch kind {
	case "text/plain":
		l.text = string(content)
	case "text/calendar":
		l.calendar, l.method = string(content), params["method"]
	case "application/ics":
		l.file = string(content)
	}
}

// event reads an invitation by two libraries, which have to agree.
func event(t testing.TB, text string) map[string]string {
	t.Helper()
	one, err := ics.ParseCalendar(strings.NewReader(text))
	if err != nil || len(one.Events()) != 1 {
		t.Fatalf("%v: %s", err, text)
	}
	other, err := goical.NewDecoder(strings.NewReader(text)).Decode()
	if err != nil || len(other.Events()) != 1 {
		t.Fatalf("%v: %s", err, text)
	}
	out := map[string]string{}
	for _, name := range []string{"UID", "DTSTART", "DTEND", "SEQUENCE", "STATUS", "SUMMARY", "ORGANIZER", "ATTENDEE", "DTSTAMP"} {
		first := one.Events()[0].GetProperty(ics.ComponentProperty(name))
		second := other.Events()[0].Props.Get(name)
		if first == nil || second == nil || first.Value != second.Value {
			t.Errorf("%s: %v and %v", name, first, second)
			continue
		}
		out[name] = first.Value
	}
	return out
}

// TestMails: both are told once of what is booked, moved and cancelled, whoever does it; where Google invites nobody,
// the client's mail carries the meeting for their calendar.
func TestMails(t *testing.T) {
	for name, account := range map[string]bool{"by consent of a person": false, "by a service account": true} {
		t.Run(name, func(t *testing.T) {
			f := testkit.NewGoogle(t)
			more := map[string]string{}
			if account {
				maps.Copy(more, f.ServiceAccount())
			}
			s := studio(t, f, more)
			client, ana := s.Client("ana")
			for field, value := range map[string]any{"name": "Ana \"A\" Lima", "notices": "none", "timezone": "Asia/Kathmandu"} {
				client.Set(field, value)
			}
			if err := s.App.Save(client); err != nil {
				t.Fatal(err)
			}
			at := in(72).Truncate(24 * time.Hour).Add(12 * time.Hour)
			made := mustBook(t, s, ana, at, 60, "note", "The mix")
			book(s, ana, at, 60)
			syncNow(t, s, false)
			syncNow(t, s, true)
			got := letters(t, s, 2)
			theirs, owners := got[0], got[1]
			if strings.Contains(theirs.to, "james") {
				theirs, owners = owners, theirs
			}
			if !strings.Contains(theirs.to, "ana@example.com") || theirs.subject != "Our meeting on "+at.In(zone(t, "Asia/Kathmandu")).Format("Monday 2 January, 15:04") ||
				!strings.Contains(theirs.text, "17:45 to 18:45 (Kathmandu), which is "+at.Format("Monday 2 January, 15:04")+" to 13:00 (UTC).") || !strings.Contains(theirs.text, "/bookings") ||
				!strings.Contains(theirs.text, "“The mix”") || !strings.Contains(theirs.text, "24 hours") {
				t.Errorf("%+v", theirs)
			}
			if !strings.Contains(owners.to, "james@studio.example") || owners.subject != `Ana "A" Lima booked `+at.Format("Monday 2 January, 15:04") || !strings.Contains(owners.text, "“The mix”") || owners.file != "" {
				t.Errorf("%+v", owners)
			}
			if !account {
				if theirs.file != "" || theirs.calendar != "" || !strings.Contains(theirs.text, "Google sends you an invitation") {
					t.Errorf("%+v", theirs)
				}
			} else {
				e := event(t, theirs.calendar)
				if theirs.method != "REQUEST" || theirs.file != theirs.calendar || e["UID"] != made["id"].(string)+"@greenroom" || e["DTSTART"] != at.Format("20060102T150405Z") ||
					e["STATUS"] != "CONFIRMED" || e["ATTENDEE"] != "mailto:ana@example.com" || e["ORGANIZER"] != "mailto:james@studio.example" {
					t.Errorf("%+v\n%s", e, theirs.calendar)
				}
			}

			wants(t, "move", s.Do("PATCH", one(made), ana, map[string]any{"start": wire(at.Add(2 * time.Hour)), "duration": 60}), 200)
			letters(t, s, 4)
			wants(t, "cancel", s.Do("DELETE", one(made), ana, map[string]any{"note": "I am ill"}), 204)
			s.Do("DELETE", one(made), ana, nil)
			syncNow(t, s, true)
			var sequences []string
			for _, l := range letters(t, s, 6) {
				switch {
				case strings.HasPrefix(l.subject, "Cancelled: our meeting"):
					if account {
						e := event(t, l.calendar)
						sequences = append(sequences, e["SEQUENCE"])
						if l.method != "CANCEL" || e["STATUS"] != "CANCELLED" || e["UID"] != made["id"].(string)+"@greenroom" {
							t.Errorf("%+v", l)
						}
					}
				case strings.HasSuffix(l.subject, "is cancelled"):
					if !strings.Contains(l.text, "“I am ill”") {
						t.Errorf("%+v", l)
					}
				case strings.HasPrefix(l.subject, "Our meeting moves") && account:
					sequences = append(sequences, event(t, l.calendar)["SEQUENCE"])
				}
			}
			if account && strings.Join(sequences, " ") != "2 1" {
				t.Errorf("the sequence of cancellation and move: %v", sequences)
			}
		})
	}
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// TestTheOwnerChanges a meeting in the calendar: both are told by the sync, once, and of no meeting that was not booked
// here.
func TestTheOwnerChanges(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f, f.ServiceAccount())
	_, ana := s.Client("ana")
	at := in(72)
	f.Put("other", map[string]any{"summary": "Other", "start": map[string]any{"dateTime": at.Add(5 * time.Hour).Format(time.RFC3339)}, "end": map[string]any{"dateTime": at.Add(6 * time.Hour).Format(time.RFC3339)},
		"attendees": []any{map[string]any{"email": "ana@example.com"}}})
	made := mustBook(t, s, ana, at, 60)
	letters(t, s, 2)
	id := made["calendarEventId"].(string)
	f.Put(id, map[string]any{"start": map[string]any{"dateTime": at.Add(2 * time.Hour).Format(time.RFC3339)}, "end": map[string]any{"dateTime": at.Add(3 * time.Hour).Format(time.RFC3339)}})
	syncNow(t, s, false)
	letters(t, s, 4)
	f.Remove(id)
	syncNow(t, s, false)
	syncNow(t, s, true)
	cancelled := 0
	for _, l := range letters(t, s, 6) {
		if l.method == "CANCEL" {
			cancelled++
		}
	}
	if cancelled != 1 {
		t.Errorf("%d cancellations", cancelled)
	}
}
