package booking_test

import (
	"strings"
	"testing"
	"time"

	"greenroom/hooks/testkit"
)

// TestCancel: the event is deleted, the booking stays as cancelled with the client's words, and the time is free.
func TestCancel(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	_, ana := s.Client("ana")
	at := in(72)
	made := mustBook(t, s, ana, at, 60)
	for range 2 { // the second request gets the same answer
		wants(t, "cancel", s.Do("DELETE", one(made), ana, map[string]any{"note": "I am ill"}), 204)
	}
	kept := all(t, s)[0]
	if kept.GetString("cancelledAt") == "" || kept.GetString("cancelNote") != "I am ill" || len(f.Live()) != 0 {
		t.Errorf("%v, %d events", kept.FieldsData(), len(f.Live()))
	}
	if !offers(t, s, ana, at, 60) {
		t.Error("the hour is not free again")
	}
	for _, full := range []bool{false, true} {
		syncNow(t, s, full)
		if again := all(t, s); len(again) != 1 || again[0].GetString("cancelledAt") != kept.GetString("cancelledAt") {
			t.Errorf("after a sync: %v", again[0].FieldsData())
		}
	}
}

// TestMove: the meeting keeps its id at the new time, its own old time counts as free, and it stays where it was if the
// new time is taken.
func TestMove(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	_, ana := s.Client("ana")
	_, ben := s.Client("ben")
	at := in(72).Truncate(24 * time.Hour).Add(12 * time.Hour) // noon, so that no meeting below goes past midnight
	made := mustBook(t, s, ana, at, 60, "note", "About the mix")
	theirs := mustBook(t, s, ben, at.Add(4*time.Hour), 60)
	id := made["id"].(string)
	move := func(to time.Time, minutes int) testkit.Answer {
		return s.Do("PATCH", one(made), ana, map[string]any{"start": wire(to), "duration": minutes})
	}
	if !offers(t, s, ana, at.Add(30*time.Minute), 60, "moving", id) || offers(t, s, ana, at.Add(30*time.Minute), 60) {
		t.Error("what is offered does not know which meeting moves")
	}
	wants(t, "to an hour that is taken", move(at.Add(4*time.Hour), 30), 409, "just been taken")
	if kept := s.Reload(all(t, s)[0]); len(f.Live()) != 2 || kept.GetString("cancelledAt") != "" {
		t.Error("the old time was lost")
	}
	moved := move(at.Add(30*time.Minute), 90)
	wants(t, "over itself", moved, 200)
	if got := moved.JSON(); got["id"] != id || got["startTime"] != wire(at.Add(30*time.Minute)) || got["endTime"] != wire(at.Add(2*time.Hour)) || got["note"] != "About the mix" || got["meetUrl"] != made["meetUrl"] {
		t.Errorf("%v", got)
	}
	wants(t, "again", move(at.Add(30*time.Minute), 90), 200)
	syncNow(t, s, false)
	syncNow(t, s, true)
	if len(all(t, s)) != 2 || len(f.Live()) != 2 {
		t.Errorf("%d bookings, %d events", len(all(t, s)), len(f.Live()))
	}
	// The first time is free again, and booking it makes another meeting.
	if again := mustBook(t, s, ana, at.Add(-time.Hour), 30); again["id"] == id {
		t.Errorf("%v", again)
	}
	wants(t, "somebody else's", s.Do("PATCH", one(theirs), ana, map[string]any{"start": wire(at.Add(8 * time.Hour)), "duration": 30}), 404)
	f.Remove(made["calendarEventId"].(string))
	wants(t, "what the owner took out", move(at.Add(9*time.Hour), 30), 409, "no longer in the calendar")
}

// TestRefusedChanges: a meeting that was not booked in the portal, is over, begins too soon, or is somebody
// else's.
func TestRefusedChanges(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	client, ana := s.Client("ana")
	_, ben := s.Client("ben")
	f.Asked()
	meeting := func(name string, portal bool, hours int) string {
		return s.Make("bookings", map[string]any{"client": client.Id, "calendarEventId": name, "title": name, "madeInPortal": portal,
			"startTime": in(hours), "endTime": in(hours + 1)}).Id
	}
	ahead := meeting("ahead", true, 72)
	for name, c := range map[string]struct {
		id, token string
		status    int
		says      string
	}{
		"not booked here": {meeting("theirs", false, 72), ana, 400, "not booked here"},
		"over":            {meeting("over", true, -48), ana, 400, "over"},
		"too near":        {meeting("near", true, 12), ana, 400, "24 hours"},
		"somebody else's": {ahead, ben, 404, "does not exist"},
		"nobody's":        {"nosuchbooking00", ana, 404, "does not exist"},
		"a guest":         {ahead, "", 401, "Sign in"},
		"the owner":       {ahead, s.Owner, 403, "Only clients"},
	} {
		wants(t, name+", cancelled", s.Do("DELETE", bookingsPath+"/"+c.id, c.token, nil), c.status, c.says)
		wants(t, name+", moved", s.Do("PATCH", bookingsPath+"/"+c.id, c.token, map[string]any{"start": wire(in(96)), "duration": 30}), c.status, c.says)
	}
	wants(t, "a long word", s.Do("DELETE", bookingsPath+"/"+ahead, ana, map[string]any{"note": strings.Repeat("x", 501)}), 400, "500")
	wants(t, "too soon", s.Do("PATCH", bookingsPath+"/"+ahead, ana, map[string]any{"start": wire(time.Now().Add(time.Hour)), "duration": 30}), 400, "24 hours")
	wants(t, "to no time", s.Do("PATCH", bookingsPath+"/"+ahead, ana, map[string]any{"start": "later", "duration": 30}), 400, "Say when")
	if asked := f.Asked(); len(asked) > 0 {
		t.Errorf("Google was asked: %v", asked)
	}
}

// TestGoogleIsDown: while Google is down nothing changes here, and a change whose answer was lost is found by the sync.
func TestGoogleIsDown(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	_, ana := s.Client("ana")
	at := in(72)
	made := mustBook(t, s, ana, at, 60)
	f.Fail("delete", 99, testkit.Says(503, ""))
	f.Fail("patch", 99, testkit.Says(503, ""))
	wants(t, "cancel", s.Do("DELETE", one(made), ana, nil), 503, "not known yet")
	wants(t, "move", s.Do("PATCH", one(made), ana, map[string]any{"start": wire(at.Add(3 * time.Hour)), "duration": 30}), 503, "not known yet")
	if kept := all(t, s)[0]; kept.GetString("cancelledAt") != "" || !kept.GetDateTime("startTime").Time().Equal(at) {
		t.Errorf("%v", kept.FieldsData())
	}
	f.Heal()
	f.Remove(made["calendarEventId"].(string))
	wants(t, "cancelled there meanwhile", s.Do("DELETE", one(made), ana, nil), 204)
	if kept := all(t, s)[0]; kept.GetString("cancelledAt") == "" {
		t.Errorf("%v", kept.FieldsData())
	}
}
