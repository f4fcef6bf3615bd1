package booking_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"greenroom/hooks/testkit"
)

// TestBooking: the event is in the calendar and the booking in the studio, the sync recognises it, and the time is no
// longer offered.
func TestBooking(t *testing.T) {
	for name, account := range map[string]bool{"by consent of a person": false, "by a service account": true} {
		t.Run(name, func(t *testing.T) {
			f := testkit.NewGoogle(t)
			more := map[string]string{}
			if account {
				more = f.ServiceAccount()
			}
			s := studio(t, f, more)
			client, ana := s.Client("ana")
			_, ben := s.Client("ben")
			at := in(72)
			made := mustBook(t, s, ana, at, 60, "note", " About the\nmix\u202e ")
			if made["startTime"] != wire(at) || made["endTime"] != wire(at.Add(time.Hour)) || made["title"] != "ana and James" || made["note"] != "About the mix" || made["madeInPortal"] != true || made["client"] != client.Id {
				t.Errorf("%v", made)
			}
			if _, shown := made["bookedBy"]; shown {
				t.Errorf("a hidden field is shown: %v", made)
			}
			events := f.Live()
			if len(events) != 1 {
				t.Fatalf("%v", events)
			}
			for _, e := range events {
				private := e["extendedProperties"].(map[string]any)["private"].(map[string]any)
				if private["greenroomClient"] != client.Id {
					t.Errorf("the event does not name the client: %v", e)
				}
				if invited := strings.Contains(fmt.Sprint(e["attendees"]), "ana@example.com"); invited == account {
					t.Errorf("invited by Google: %t", invited)
				}
			}
			if hasLink := made["meetUrl"] != ""; hasLink == account {
				t.Errorf("a link for a video call: %v", made["meetUrl"])
			}
			for _, full := range []bool{false, true} {
				before := fmt.Sprint(s.Reload(all(t, s)[0]).FieldsData())
				syncNow(t, s, full)
				if after := all(t, s); len(after) != 1 || fmt.Sprint(after[0].FieldsData()) != before {
					t.Errorf("after a sync: %v, before: %s", after[0].FieldsData(), before)
				}
			}
			if offers(t, s, ben, at, 30) || offers(t, s, ben, at.Add(-45*time.Minute), 45) || !offers(t, s, ben, at.Add(-time.Hour), 45) {
				t.Error("what is offered does not go round the meeting with its buffer")
			}
			wants(t, "somebody else", book(s, ben, at, 60), 409, at.Format("15:04")+" has just been taken. Choose another time.")
			wants(t, "within the buffer", book(s, ben, at.Add(70*time.Minute).Truncate(15*time.Minute), 30), 409)
			if len(f.Live()) != 1 || len(all(t, s)) != 1 {
				t.Errorf("%d events, %d bookings", len(f.Live()), len(all(t, s)))
			}
		})
	}
}

// TestPace: wrong requests are not limited, and requests about which Google is asked are limited to thirty a minute.
func TestPace(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	_, ana := s.Client("ana")
	_, ben := s.Client("ben")
	syncNow(t, s, false)
	at := in(72)
	mustBook(t, s, ben, at, 30)
	s.App.Settings().RateLimits.Enabled = true
	for range 40 {
		wants(t, "no such length", book(s, ana, at, 31), 400)
	}
	for range 30 {
		wants(t, "taken", book(s, ana, at, 30), 409)
	}
	last := book(s, ana, at, 30)
	wants(t, "once more", last, 429, "You have changed a lot in a short time.")
	if last.Header.Get("Retry-After") == "" {
		t.Error("it does not say when")
	}
	wants(t, "somebody else", book(s, ben, at, 30), 200)
}

// TestASecondPress: a repeated request returns the same meeting, even if it is late or the client has as many meetings
// as are allowed.
func TestASecondPress(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	client, ana := s.Client("ana")
	person := s.Make("clients", map[string]any{"account": client.Id, "access": "work", "email": "kim@example.com", "name": "Kim"})
	at := in(72)
	made := mustBook(t, s, ana, at, 30)
	for i := 1; i < 3; i++ {
		mustBook(t, s, ana, at.Add(time.Duration(i)*2*time.Hour), 30)
	}
	for _, token := range []string{ana, testkit.Token(t, person)} {
		again := book(s, token, at, 30)
		if again.Status != 200 || again.JSON()["id"] != made["id"] {
			t.Errorf("%d %s", again.Status, again.Raw)
		}
	}
	wants(t, "a fourth", book(s, ana, at.Add(10*time.Hour), 30), 400, "3 meetings", "James")
	if len(f.Live()) != 3 {
		t.Errorf("%d events", len(f.Live()))
	}
}

// TestAPersonBooks: a meeting that a person books belongs to the client, and Google invites the person.
func TestAPersonBooks(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	client, ana := s.Client("ana")
	person := s.Make("clients", map[string]any{"account": client.Id, "access": "work", "email": "kim@example.com", "name": "Kim"})
	made := mustBook(t, s, testkit.Token(t, person), in(72), 30)
	syncNow(t, s, true)
	kept := all(t, s)
	if made["client"] != client.Id || len(kept) != 1 || kept[0].GetString("bookedBy") != person.Id || kept[0].GetString("cancelledAt") != "" {
		t.Errorf("%v, kept %v", made, kept[0].FieldsData())
	}
	for _, e := range f.Live() {
		if !strings.Contains(fmt.Sprint(e["attendees"]), "kim@example.com") || e["summary"] != "Kim and James" {
			t.Errorf("%v", e)
		}
	}
	wants(t, "the client cancels it", s.Do("DELETE", one(made), ana, nil), 204)
}

// TestTwentyAtOnce: of twenty clients who book the same time together, one gets it.
func TestTwentyAtOnce(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	at := in(72)
	var tokens []string
	for i := range 20 {
		_, token := s.Client(fmt.Sprintf("client%d", i))
		tokens = append(tokens, token)
	}
	statuses, together := make([]int, len(tokens)), sync.WaitGroup{}
	for i, token := range tokens {
		together.Go(func() { statuses[i] = book(s, token, at, 60).Status })
	}
	together.Wait()
	counted := map[int]int{}
	for _, status := range statuses {
		counted[status]++
	}
	if counted[201] != 1 || counted[409] != 19 || len(f.Live()) != 1 || len(all(t, s)) != 1 {
		t.Errorf("%v; %d events, %d bookings", counted, len(f.Live()), len(all(t, s)))
	}
}

// TestTwentyPresses: twenty equal requests of one client make one meeting.
func TestTwentyPresses(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	_, ana := s.Client("ana")
	statuses, together := make([]int, 20), sync.WaitGroup{}
	for i := range statuses {
		together.Go(func() { statuses[i] = book(s, ana, in(72), 60).Status })
	}
	together.Wait()
	counted := map[int]int{}
	for _, status := range statuses {
		counted[status]++
	}
	if counted[201] != 1 || counted[200] != 19 || len(f.Live()) != 1 {
		t.Errorf("%v; %d events", counted, len(f.Live()))
	}
}

// TestSomebodyElseWasQuicker: the owner's calendar fills between the page and the request. It is refused, and the list
// is up to date afterwards.
func TestSomebodyElseWasQuicker(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	_, ana := s.Client("ana")
	at := in(72)
	if !offers(t, s, ana, at, 30) {
		t.Fatal("not offered")
	}
	f.Before("freeBusy", func() {
		f.Put("theirs", map[string]any{"start": map[string]any{"dateTime": at.Format(time.RFC3339)}, "end": map[string]any{"dateTime": at.Add(time.Hour).Format(time.RFC3339)}})
	})
	wants(t, "the press", book(s, ana, at, 30), 409, "just been taken")
	if offers(t, s, ana, at, 30) {
		t.Error("what has been taken is still offered")
	}
	if len(all(t, s)) != 0 {
		t.Error("there is a booking")
	}
}

// TestWishesThatAreRefused: a wrong request is refused before Google is asked.
func TestWishesThatAreRefused(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f, map[string]string{"GREENROOM_HOURS": "Mon-Sun 00:00-12:00"})
	client, ana := s.Client("ana")
	archived, old := s.Client("old")
	archived.Set("archivedAt", time.Now())
	if err := s.App.Save(archived); err != nil {
		t.Fatal(err)
	}
	syncNow(t, s, false)
	f.Asked()
	at := in(72).Truncate(24 * time.Hour).Add(10 * time.Hour)
	body := func(start any, duration any, more ...string) map[string]any {
		out := map[string]any{"start": start, "duration": duration}
		if len(more) > 0 {
			out["note"] = more[0]
		}
		return out
	}
	for name, c := range map[string]struct {
		path, token string
		body        any
		status      int
		says        string
	}{
		"a guest":             {bookingsPath, "", body(wire(at), 30), 401, "Sign in"},
		"the owner":           {bookingsPath, s.Owner, body(wire(at), 30), 403, "Only clients"},
		"the owner as Ana":    {bookingsPath + "?as=" + client.Id, s.Owner, body(wire(at), 30), 403, "changes nothing"},
		"an archived client":  {bookingsPath, old, body(wire(at), 30), 401, ""},
		"no start":            {bookingsPath, ana, body("", 30), 400, "Say when"},
		"a start in words":    {bookingsPath, ana, body("tomorrow at ten", 30), 400, "Say when"},
		"without an offset":   {bookingsPath, ana, body(at.Format("2006-01-02T15:04:05"), 30), 400, "Say when"},
		"an odd duration":     {bookingsPath, ana, body(wire(at), 31), 400, "15, 30, 45, 60, 90 or 120"},
		"a negative duration": {bookingsPath, ana, body(wire(at), -30), 400, "15, 30, 45, 60, 90 or 120"},
		"a duration in words": {bookingsPath, ana, body(wire(at), "long"), 400, "could not be read"},
		"a long note":         {bookingsPath, ana, body(wire(at), 30, strings.Repeat("é", 501)), 400, "500"},
		"too soon":            {bookingsPath, ana, body(wire(time.Now().Add(23*time.Hour)), 30), 400, "24 hours"},
		"in the past":         {bookingsPath, ana, body(wire(time.Now().Add(-48*time.Hour)), 30), 400, "24 hours"},
		"day 31":              {bookingsPath, ana, body(wire(in(32*24)), 30), 400, "30 days"},
		"in a hundred years":  {bookingsPath, ana, body("2126-01-01T10:00:00Z", 30), 400, "30 days"},
		"after hours":         {bookingsPath, ana, body(wire(at.Add(4*time.Hour)), 30), 400, "not one of the times"},
		"over the end":        {bookingsPath, ana, body(wire(at.Add(time.Hour)), 90), 400, "not one of the times"},
		"an odd minute":       {bookingsPath, ana, body(wire(at.Add(5*time.Minute)), 30), 400, "not one of the times"},
		"an odd second":       {bookingsPath, ana, body(wire(at.Add(time.Second)), 30), 400, "not one of the times"},
		"no JSON":             {bookingsPath, ana, nil, 400, ""},
	} {
		wants(t, name, s.Do("POST", c.path, c.token, c.body), c.status, c.says)
		if asked := f.Asked(); len(asked) > 0 {
			t.Errorf("%s: Google was asked: %v", name, asked)
		}
	}
}

// TestAfterACancel: a cancelled time can be booked again, any number of times.
func TestAfterACancel(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	_, ana := s.Client("ana")
	at := in(72)
	ids := map[any]bool{}
	for range 3 {
		made := mustBook(t, s, ana, at, 30)
		ids[made["calendarEventId"]] = true
		wants(t, "cancel", s.Do("DELETE", one(made), ana, nil), 204)
	}
	// The event is gone from Google, once while the booking stands and once without a booking.
	made := mustBook(t, s, ana, at, 30)
	f.Remove(made["calendarEventId"].(string))
	if _, err := s.App.NonconcurrentDB().NewQuery("DELETE FROM bookings WHERE cancelledAt = ''").Execute(); err != nil {
		t.Fatal(err)
	}
	ids[made["calendarEventId"]] = true
	ids[mustBook(t, s, ana, at, 30)["calendarEventId"]] = true
	if len(ids) != 5 || len(f.Live()) != 1 {
		t.Errorf("%d ids, %d events", len(ids), len(f.Live()))
	}
}
