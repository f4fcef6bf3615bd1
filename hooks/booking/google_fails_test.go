package booking_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"greenroom/hooks/testkit"
)

// TestGoogleBreaksOff: when Google fails in the middle of a booking, there is never a second event, and repeating the
// request completes the first.
func TestGoogleBreaksOff(t *testing.T) {
	for name, c := range map[string]struct {
		breaks func(f *testkit.Google)
		status int // of the first request
	}{
		"the event is made, the answer lost": {func(f *testkit.Google) {
			f.Fail("insert", 1, func(w http.ResponseWriter, r *http.Request) { f.Quietly(r); testkit.BreaksOff(w, r) })
		}, 201}, // the second attempt finds the event
		"the event is made, then silence": {func(f *testkit.Google) {
			f.Fail("insert", 1, func(w http.ResponseWriter, r *http.Request) { f.Quietly(r); testkit.BreaksOff(w, r) })
			f.Fail("insert", 1, testkit.BreaksOff)
		}, 503},
		"nothing is made": {func(f *testkit.Google) { f.Fail("insert", 2, testkit.Says(503, "")) }, 503},
		"writing is denied": {func(f *testkit.Google) {
			f.Fail("insert", 1, testkit.Says(403, `{"error":{"errors":[{"reason":"insufficientPermissions"}]}}`))
		}, 503},
	} {
		f := testkit.NewGoogle(t)
		s := studio(t, f)
		_, ana := s.Client("ana")
		at := in(72)
		c.breaks(f)
		wants(t, name, book(s, ana, at, 30), c.status)
		f.Heal()
		want := 201
		if c.status == 201 {
			want = 200
		}
		wants(t, name+", again", book(s, ana, at, 30), want)
		syncNow(t, s, false)
		syncNow(t, s, true)
		if len(f.Live()) != 1 || len(all(t, s)) != 1 {
			t.Errorf("%s: %d events, %d bookings", name, len(f.Live()), len(all(t, s)))
		}
	}
}

// TestTheSyncFinishes: the sync makes the booking of an event that was made before a crash, with who booked and their
// note, up to the last day that can be booked.
func TestTheSyncFinishes(t *testing.T) {
	for name, account := range map[string]bool{"by consent of a person": false, "by a service account": true} {
		f := testkit.NewGoogle(t)
		more := map[string]string{}
		if account {
			more = f.ServiceAccount()
		}
		s := studio(t, f, more)
		client, ana := s.Client("ana")
		person := s.Make("clients", map[string]any{"account": client.Id, "access": "all", "email": "kim@example.com", "name": "Kim"})
		syncNow(t, s, false) // the sync after a change of clients reads the whole window, which ends within the last day
		at := in(0).Truncate(24*time.Hour).AddDate(0, 0, 30).Add(23 * time.Hour)
		made := mustBook(t, s, testkit.Token(t, person), at, 45, "note", "About the mix")
		lost := all(t, s)[0]
		if _, err := s.App.NonconcurrentDB().NewQuery("DELETE FROM bookings").Execute(); err != nil {
			t.Fatal(err)
		}
		syncNow(t, s, false)
		got := all(t, s)
		if len(got) != 1 {
			t.Fatalf("%s: %d bookings", name, len(got))
		}
		for _, field := range []string{"client", "title", "startTime", "endTime", "madeInPortal", "note", "bookedBy", "calendarEventId", "meetUrl", "guest"} {
			if got[0].GetString(field) != lost.GetString(field) {
				t.Errorf("%s: %s is %q, was %q", name, field, got[0].GetString(field), lost.GetString(field))
			}
		}
		wants(t, name+": pressed again", book(s, ana, at, 45), 200)
		wants(t, name+": cancelled", s.Do("DELETE", bookingsPath+"/"+got[0].Id, ana, nil), 204)
		_ = made
	}
}

// TestWithoutVideoCalls: an account that may not make video calls books without one.
func TestWithoutVideoCalls(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	_, ana := s.Client("ana")
	f.Fail("insert", 1, testkit.Says(400, `{"error":{"errors":[{"reason":"invalid","message":"Invalid conference type value."}]}}`))
	if made := mustBook(t, s, ana, in(72), 30); made["meetUrl"] != "" {
		t.Errorf("%v", made)
	}
}

// TestFaultsForTheOwner: a problem that only the owner can solve is reported to them, and the report goes when it
// is solved.
func TestFaultsForTheOwner(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f, f.ServiceAccount())
	_, ana := s.Client("ana")
	trouble := func() string {
		row, err := s.App.FindFirstRecordByData("integrations", "name", "calendar:booking")
		if err != nil {
			return ""
		}
		return row.GetString("lastError")
	}
	f.ReadOnly = true
	wants(t, "a press", book(s, ana, in(72), 30), 503)
	if !strings.Contains(trouble(), "calendar.events") {
		t.Errorf("after a press: %q", trouble())
	}
	f.ReadOnly = false
	mustBook(t, s, ana, in(72), 30)
	if trouble() != "" {
		t.Errorf("when it works again: %q", trouble())
	}
	f.ReadOnly = true
	syncNow(t, s, false)
	if !strings.Contains(trouble(), "Make changes to events") {
		t.Errorf("after a sync: %q", trouble())
	}
	f.ReadOnly = false
	syncNow(t, s, false)
	if trouble() != "" {
		t.Errorf("after a sync that found it mended: %q", trouble())
	}
}
