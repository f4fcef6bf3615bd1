package booking_test

import (
	"fmt"
	"maps"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/testkit"
)

const (
	availabilityPath = "/api/portal/availability"
	bookingsPath     = "/api/portal/bookings"
)

// always are settings with hours at all times, so that tests do not depend on the time of day.
var always = map[string]string{"GREENROOM_HOURS": "Mon-Sun 00:00-24:00", "GREENROOM_TIMEZONE": "UTC"}

// studio starts a studio with the fake calendar in which clients can book, and waits for the sync that the server does
// at its start. Later it would cancel bookings that the fake does not know, and complete those that a test needs half
// made.
func studio(t testing.TB, f *testkit.Google, more ...map[string]string) *testkit.Studio {
	t.Helper()
	s := testkit.New(t, environment(f, more...))
	syncNow(t, s, false)
	return s
}

func environment(f *testkit.Google, more ...map[string]string) map[string]string {
	out := f.Environment()
	maps.Copy(out, always)
	for _, m := range more {
		maps.Copy(out, m)
	}
	return out
}

// in returns the full hour that lies so many hours ahead.
func in(hours int) time.Time {
	return time.Now().UTC().Truncate(time.Hour).Add(time.Duration(hours) * time.Hour)
}

func wire(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func day(t time.Time) string { return t.Format(time.DateOnly) }

// ask returns the query of one day.
func ask(date string, days, duration any, more ...string) string {
	query := url.Values{"from": {date}, "days": {fmt.Sprint(days)}, "duration": {fmt.Sprint(duration)}}
	for i := 0; i+1 < len(more); i += 2 {
		query.Set(more[i], more[i+1])
	}
	return availabilityPath + "?" + query.Encode()
}

// starts returns the times that are offered on a day.
func starts(t testing.TB, s *testkit.Studio, token string, at time.Time, minutes int, more ...string) (out []string) {
	t.Helper()
	answer := s.Do("GET", ask(day(at), 1, minutes, more...), token, nil)
	if answer.Status != 200 {
		t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	for _, d := range answer.JSON()["days"].([]any) {
		for _, slot := range d.(map[string]any)["slots"].([]any) {
			out = append(out, slot.(map[string]any)["start"].(string))
		}
	}
	return out
}

func offers(t testing.TB, s *testkit.Studio, token string, at time.Time, minutes int, more ...string) bool {
	t.Helper()
	for _, start := range starts(t, s, token, at, minutes, more...) {
		if start == wire(at) {
			return true
		}
	}
	return false
}

// book sends a request to book.
func book(s *testkit.Studio, token string, at time.Time, minutes int, more ...string) testkit.Answer {
	body := map[string]any{"start": at.Format(time.RFC3339), "duration": minutes}
	for i := 0; i+1 < len(more); i += 2 {
		body[more[i]] = more[i+1]
	}
	return s.Do("POST", bookingsPath, token, body)
}

// mustBook books a meeting and returns the booking.
func mustBook(t testing.TB, s *testkit.Studio, token string, at time.Time, minutes int, more ...string) map[string]any {
	t.Helper()
	answer := book(s, token, at, minutes, more...)
	if answer.Status != 201 {
		t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	return answer.JSON()
}

func one(booking map[string]any) string { return bookingsPath + "/" + booking["id"].(string) }

func all(t testing.TB, s *testkit.Studio) []*core.Record {
	t.Helper()
	found, err := s.App.FindAllRecords("bookings")
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// wants checks the status of an answer and that its message contains the words.
func wants(t testing.TB, what string, answer testkit.Answer, status int, words ...string) {
	t.Helper()
	if answer.Status != status {
		t.Errorf("%s: %d %s, want %d", what, answer.Status, answer.Raw, status)
		return
	}
	for _, w := range words {
		if !strings.Contains(answer.Message(), w) {
			t.Errorf("%s: %q says nothing of %q", what, answer.Message(), w)
		}
	}
}

func count(kinds []string, kind string) (n int) {
	for _, k := range kinds {
		if k == kind {
			n++
		}
	}
	return n
}

func syncNow(t testing.TB, s *testkit.Studio, full bool) {
	t.Helper()
	path := "/api/portal/calendar/sync"
	if full {
		path += "?full=1"
	}
	if answer := s.Do("POST", path, s.Owner, nil); answer.Status != 200 {
		t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
}
