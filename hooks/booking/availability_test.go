package booking_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"greenroom/hooks/testkit"
)

// TestOfferedTimes: offered are the hours without what Google's calendars and the studio's bookings take, and
// without the buffer on both sides.
func TestOfferedTimes(t *testing.T) {
	f := testkit.NewGoogle(t)
	f.PutIn("band@example.com", "other", map[string]any{})
	s := studio(t, f, map[string]string{"GOOGLE_CALENDAR_ID": testkit.GoogleCalendar + ",band@example.com"})
	_, ana := s.Client("ana")
	ben, _ := s.Client("ben")
	at := in(72).Truncate(24 * time.Hour).Add(12 * time.Hour)
	event := func(from, to time.Time, more map[string]any) map[string]any {
		fields := map[string]any{"start": map[string]any{"dateTime": from.Format(time.RFC3339)}, "end": map[string]any{"dateTime": to.Format(time.RFC3339)}}
		for k, v := range more {
			fields[k] = v
		}
		return fields
	}
	f.Put("own", event(at, at.Add(time.Hour), nil))
	f.Put("free", event(at.Add(-4*time.Hour), at.Add(-3*time.Hour), map[string]any{"transparency": "transparent"}))
	f.PutIn("band@example.com", "theirs", event(at.Add(3*time.Hour), at.Add(4*time.Hour), nil))
	s.Make("bookings", map[string]any{"client": ben.Id, "calendarEventId": "ours", "title": "Ours", "startTime": at.Add(6 * time.Hour), "endTime": at.Add(7 * time.Hour)})
	s.Make("bookings", map[string]any{"client": ben.Id, "calendarEventId": "off", "title": "Off", "startTime": at.Add(9 * time.Hour), "endTime": at.Add(10 * time.Hour), "cancelledAt": time.Now()})

	got := strings.Join(starts(t, s, ana, at, 60), " ")
	for minutes, want := range map[int]bool{-4 * 60: true, -75: true, -60: false, 0: false, 60: false, 75: true, 105: true, 120: false, 4*60 + 15: true, 4*60 + 45: true, 5 * 60: false, 7 * 60: false, 7*60 + 15: true, 9 * 60: true} {
		start := at.Add(time.Duration(minutes) * time.Minute)
		if strings.Contains(got, wire(start)) != want {
			t.Errorf("%s is offered: %t", start.Format("15:04"), !want)
		}
	}
	answer := s.Do("GET", ask(day(at), 2, 30), ana, nil).JSON()
	days := answer["days"].([]any)
	if answer["timezone"] != "UTC" || answer["duration"] != 30.0 || len(days) != 2 || days[1].(map[string]any)["date"] != day(at.AddDate(0, 0, 1)) {
		t.Errorf("%v", answer)
	}
	if first := days[1].(map[string]any)["slots"].([]any)[0].(map[string]any); first["start"] != day(at.AddDate(0, 0, 1))+"T00:00:00.000Z" || first["end"] != day(at.AddDate(0, 0, 1))+"T00:30:00.000Z" {
		t.Errorf("%v", first)
	}
}

// TestNotice: nothing is offered sooner than the notice, and a day without a free time is an empty list.
func TestNotice(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f, map[string]string{"GREENROOM_BOOKING_NOTICE": "48h"})
	_, ana := s.Client("ana")
	raw := string(s.Do("GET", ask(day(time.Now().UTC()), 31, 15), ana, nil).Raw)
	if !strings.Contains(raw, `"date":"`+day(time.Now().UTC())+`","slots":[]`) {
		t.Errorf("today: %.200s", raw)
	}
	if soon := time.Now().UTC().Add(47 * time.Hour).Truncate(15 * time.Minute); strings.Contains(raw, wire(soon)) {
		t.Errorf("%s is offered", wire(soon))
	}
	if later := time.Now().UTC().Add(49 * time.Hour).Truncate(15 * time.Minute); !strings.Contains(raw, wire(later)) {
		t.Errorf("%s is not offered", wire(later))
	}
}

// TestQuestionsThatAreRefused: a wrong query is refused before Google is asked.
func TestQuestionsThatAreRefused(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	_, ana := s.Client("ana")
	ben, _ := s.Client("ben")
	today := time.Now().UTC()
	theirs := s.Make("bookings", map[string]any{"client": ben.Id, "calendarEventId": "x", "title": "X", "startTime": in(48), "endTime": in(49)})
	f.Asked()
	for name, c := range map[string]struct {
		path, token string
		status      int
		says        string
	}{
		"no date":               {ask("", 1, 30), ana, 400, "from=YYYY-MM-DD"},
		"no such day":           {ask("2027-02-30", 1, 30), ana, 400, "from=YYYY-MM-DD"},
		"a date with a time":    {ask(today.Format(time.RFC3339), 1, 30), ana, 400, "from=YYYY-MM-DD"},
		"no days":               {ask(day(today), 0, 30), ana, 400, "days=1 to 31"},
		"too many days":         {ask(day(today), 32, 30), ana, 400, "days=1 to 31"},
		"days in words":         {ask(day(today), "two", 30), ana, 400, "days=1 to 31"},
		"an odd duration":       {ask(day(today), 1, 20), ana, 400, "15, 30, 45, 60, 90 or 120"},
		"no duration":           {ask(day(today), 1, ""), ana, 400, "15, 30, 45, 60, 90 or 120"},
		"yesterday":             {ask(day(today.AddDate(0, 0, -2)), 1, 30), ana, 400, "over"},
		"day 31":                {ask(day(today.AddDate(0, 0, 32)), 1, 30), ana, 400, "30 days ahead"},
		"until day 31":          {ask(day(today.AddDate(0, 0, 10)), 31, 30), ana, 400, "30 days ahead"},
		"somebody else's":       {ask(day(today), 1, 30, "moving", theirs.Id), ana, 404, "does not exist"},
		"nobody's":              {ask(day(today), 1, 30, "moving", "nosuchbooking00"), ana, 404, "does not exist"},
		"a guest":               {ask(day(today), 1, 30), "", 401, "Sign in"},
		"the owner, as nobody":  {ask(day(today), 1, 30), s.Owner, 400, "?as="},
		"a client as a client":  {ask(day(today), 1, 30, "as", ben.Id), ana, 403, "Only the owner"},
		"the owner as a client": {ask(day(today), 1, 30, "as", ben.Id), s.Owner, 200, ""},
		"day 30":                {ask(day(today.AddDate(0, 0, 29)), 1, 30), ana, 200, ""},
	} {
		wants(t, name, s.Do("GET", c.path, c.token, nil), c.status, c.says)
		if asked := count(f.Asked(), "freeBusy"); c.status != 200 && asked != 0 {
			t.Errorf("%s: Google was asked", name)
		}
	}
}

// TestNobodyBooksWithoutHoursOrCalendar: the answer is a sentence that says whom to write to.
func TestNobodyBooksWithoutHoursOrCalendar(t *testing.T) {
	f := testkit.NewGoogle(t)
	for name, environment := range map[string]map[string]string{"no hours": f.Environment(), "no calendar": always} {
		s := testkit.New(t, environment)
		_, ana := s.Client("ana")
		wants(t, name, s.Do("GET", ask(day(time.Now().UTC()), 1, 30), ana, nil), 400, "Write to James")
		wants(t, name, book(s, ana, in(48), 30), 400, "Write to James")
		wants(t, name, s.Do("DELETE", bookingsPath+"/x", ana, nil), 400, "Write to James")
	}
}

// TestGoogleIsAskedOnce: an answer of Google's serves all clients and lengths for half a minute, until Google reports a
// change or somebody books. Clients who ask at the same time share one request.
func TestGoogleIsAskedOnce(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	_, ana := s.Client("ana")
	_, ben := s.Client("ben")
	f.Asked()
	at := in(72)
	var together sync.WaitGroup
	for _, token := range []string{ana, ben, ana, ben, ana, ben, ana, ben} {
		together.Go(func() { s.Do("GET", ask(day(at), 1, 30), token, nil) })
	}
	together.Wait()
	offers(t, s, ben, at, 120)
	if n := count(f.Asked(), "freeBusy"); n != 1 {
		t.Errorf("Google was asked %d times", n)
	}
	f.Put("new", map[string]any{"start": map[string]any{"dateTime": at.Format(time.RFC3339)}, "end": map[string]any{"dateTime": at.Add(time.Hour).Format(time.RFC3339)}})
	if !offers(t, s, ana, at, 30) {
		t.Error("an answer is kept for no time")
	}
	syncNow(t, s, false) // as a notification of Google's starts it
	if offers(t, s, ana, at, 30) {
		t.Error("what changed in the calendar is still offered")
	}
}

// TestNoEmptyDayForWantOfAnAnswer: if Google does not answer, nothing is offered, and the client is told why.
func TestNoEmptyDayForWantOfAnAnswer(t *testing.T) {
	for name, breaks := range map[string]func(f *testkit.Google){
		"an error":        func(f *testkit.Google) { f.Fail("freeBusy", 99, testkit.Says(503, "")) },
		"no line":         func(f *testkit.Google) { f.Fail("freeBusy", 99, testkit.BreaksOff) },
		"errors inside":   func(f *testkit.Google) { f.BusyFault = "internalError" },
		"a calendar less": func(f *testkit.Google) { f.Fail("freeBusy", 99, testkit.Says(200, `{"calendars":{}}`)) },
		"no JSON":         func(f *testkit.Google) { f.Fail("freeBusy", 99, testkit.Says(200, `<html>`)) },
		"no right to know": func(f *testkit.Google) {
			f.Fail("freeBusy", 99, testkit.Says(403, `{"error":{"errors":[{"reason":"insufficientPermissions"}]}}`))
		},
		"no token": func(f *testkit.Google) {
			f.Revoke()
			f.Fail("token", 99, testkit.Says(400, `{"error":"invalid_grant"}`))
		},
	} {
		f := testkit.NewGoogle(t)
		s := studio(t, f)
		_, ana := s.Client("ana")
		breaks(f)
		wants(t, name, s.Do("GET", ask(day(in(72)), 1, 30), ana, nil), 503, "cannot be reached", "James")
		wants(t, name, book(s, ana, in(72), 30), 503, "James")
		if len(all(t, s)) != 0 || len(f.Live()) != 0 {
			t.Errorf("%s: something was booked", name)
		}
		f.Heal()
		f.BusyFault = ""
		wants(t, name+", healed", s.Do("GET", ask(day(in(72)), 1, 30), ana, nil), 200)
	}
}

// TestASlowGoogle: a client who leaves does not cancel the request that others wait for.
func TestASlowGoogle(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	_, ana := s.Client("ana")
	came, goOn := make(chan struct{}), make(chan struct{})
	f.Fail("freeBusy", 1, func(w http.ResponseWriter, r *http.Request) {
		close(came)
		<-goOn
		testkit.Says(503, "")(w, r)
	})
	first := make(chan testkit.Answer)
	go func() { first <- s.Do("GET", ask(day(in(72)), 1, 30), ana, nil) }()
	<-came
	close(goOn)
	if answer := <-first; answer.Status != 200 { // Google is asked again
		t.Errorf("%d %s", answer.Status, answer.Raw)
	}
}
