package calendar_test

import (
	"strings"
	"testing"
	"time"

	"greenroom/hooks/testkit"
)

// Two clients of one event have a booking each, whose id stays the same however the guests change.
func TestTwoClientsOnOneEvent(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	for _, name := range []string{"ana", "ben", "cas"} {
		s.Client(name)
	}
	f.Put("m", meeting("Call", 24, "ana@example.com", "ben@example.com"))
	result(t, s, syncPath)
	ids := map[string]string{}
	for _, step := range []struct {
		name   string
		guests []any
		want   []string
	}{
		{"both", attendees("ana@example.com", "ben@example.com"), []string{"m: ana, Call, on, ", "m~ben: ben, Call, on, "}},
		{"the other way round", attendees("ben@example.com", "ana@example.com"), []string{"m: ana, Call, on, ", "m~ben: ben, Call, on, "}},
		{"the first is removed", attendees("ben@example.com"), []string{"m: ana, Call, cancelled, ", "m~ben: ben, Call, on, "}},
		{"a third comes", attendees("cas@example.com", "ben@example.com"), []string{"m: ana, Call, cancelled, ", "m~ben: ben, Call, on, ", "m~cas: cas, Call, on, "}},
		{"the first comes back", attendees("ben@example.com", "cas@example.com", "ana@example.com"), []string{"m: ana, Call, on, ", "m~ben: ben, Call, on, ", "m~cas: cas, Call, on, "}},
		{"one declines", append(attendees("ana@example.com", "cas@example.com"), map[string]any{"email": "Ben@example.com", "responseStatus": "declined"}),
			[]string{"m: ana, Call, on, ", "m~ben: ben, Call, cancelled, ", "m~cas: cas, Call, on, "}},
		{"and changes his mind", append(attendees("ana@example.com", "cas@example.com"), map[string]any{"email": "Ben@example.com", "responseStatus": "accepted"}),
			[]string{"m: ana, Call, on, ", "m~ben: ben, Call, on, ", "m~cas: cas, Call, on, "}},
		{"nobody is left", attendees(), []string{"m: ana, Call, cancelled, ", "m~ben: ben, Call, cancelled, ", "m~cas: cas, Call, cancelled, "}},
	} {
		f.Put("m", map[string]any{"attendees": step.guests})
		result(t, s, syncPath)
		t.Log(step.name)
		wants(t, bookings(t, s), step.want...)
		for event, b := range byEvent(t, s) {
			if ids[event] == "" {
				ids[event] = b.Id
			}
			if ids[event] != b.Id {
				t.Errorf("%s is another record now", event)
			}
		}
	}
}

// Google may leave out the list of guests, or all but those who declined. That removes no booking.
func TestGuestsThatAreNotToldOf(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	s.Client("ana")
	s.Client("ben")
	f.Put("m", meeting("Call", 24, "ana@example.com", "ben@example.com"))
	result(t, s, syncPath)
	f.Put("m", map[string]any{"summary": "Big call", "attendees": nil, "attendeesOmitted": true})
	result(t, s, syncPath)
	wants(t, bookings(t, s), "m: ana, Big call, on, ", "m~ben: ben, Big call, on, ")
	f.Put("m", map[string]any{"attendees": []any{map[string]any{"email": "ben@example.com", "responseStatus": "declined"}}})
	result(t, s, syncPath)
	wants(t, bookings(t, s), "m: ana, Big call, on, ", "m~ben: ben, Big call, cancelled, ")
	f.Put("m", map[string]any{"attendees": nil})
	result(t, s, syncPath)
	wants(t, bookings(t, s), "m: ana, Big call, on, ", "m~ben: ben, Big call, cancelled, ")
	f.Put("m", map[string]any{"attendeesOmitted": nil, "attendees": attendees()})
	result(t, s, syncPath)
	wants(t, bookings(t, s), "m: ana, Big call, cancelled, ", "m~ben: ben, Big call, cancelled, ")
}

// A new client gets the meetings of the window at the next sync, and no others.
func TestAClientWhoComesLater(t *testing.T) {
	f := testkit.NewGoogle(t)
	f.Put("before", meeting("Last month", -24*30, "ana@example.com"))
	f.Put("now", meeting("Tomorrow", 24, "ana@example.com"))
	f.Put("past", meeting("Last year", -24*120, "ana@example.com"))
	f.Put("far", meeting("Next year", 24*300, "ana@example.com"))
	s := studio(t, f)
	wants(t, bookings(t, s))
	s.Client("ana")
	result(t, s, syncPath)
	wants(t, bookings(t, s), "before: ana, Last month, on, ", "now: ana, Tomorrow, on, ")
}

// Meetings by a client's former address stay theirs, as long as the address is a guest and no other client's.
func TestAnAddressThatChanges(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	ana, _ := s.Client("ana")
	f.Put("old", meeting("Old", 24, "ana@example.com"))
	f.Put("gone", meeting("Gone", 24, "ana@example.com"))
	f.Put("new", meeting("New", 24, "ana@new.example"))
	f.Put("both", meeting("Both", 24, "ana@example.com", "ana@new.example"))
	result(t, s, syncPath)
	wants(t, bookings(t, s), "both: ana, Both, on, ", "gone: ana, Gone, on, ", "old: ana, Old, on, ")

	change(t, s, ana, map[string]any{"email": "ana@new.example"})
	f.Put("later", meeting("Later", 24, "ana@example.com"))
	result(t, s, syncPath)
	wants(t, bookings(t, s), "both: ana, Both, on, ", "gone: ana, Gone, on, ", "new: ana, New, on, ", "old: ana, Old, on, ")
	f.Put("old", map[string]any{"summary": "Old, moved"})
	f.Put("gone", map[string]any{"attendees": attendees("stranger@example.com")})
	result(t, s, syncPath)
	wants(t, bookings(t, s), "both: ana, Both, on, ", "gone: ana, Gone, cancelled, ", "new: ana, New, on, ", "old: ana, Old, moved, on, ")
	f.Remove("old")
	result(t, s, syncPath)
	f.Put("old", nil)
	result(t, s, syncPath)
	wants(t, bookings(t, s), "both: ana, Both, on, ", "gone: ana, Gone, cancelled, ", "new: ana, New, on, ", "old: ana, Old, moved, on, ")

	// Now the address is Ben's, and after that nobody's.
	ben := s.Make("clients", map[string]any{"name": "ben", "email": "ana@example.com"})
	bens := []string{"both: ana, Both, on, ", "both~ben: ben, Both, on, ", "gone: ana, Gone, cancelled, ", "later: ben, Later, on, ", "new: ana, New, on, ",
		"old: ana, Old, moved, cancelled, ", "old~ben: ben, Old, moved, on, "}
	result(t, s, syncPath)
	wants(t, bookings(t, s), bens...)
	change(t, s, ben, map[string]any{"email": "ben@example.com"})
	result(t, s, syncPath)
	wants(t, bookings(t, s), bens...)
}

// The bookings of an archived client stay as they are, and no new ones are made, until the client is restored.
func TestAnArchivedClient(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	ana, _ := s.Client("ana")
	ben, _ := s.Client("ben")
	f.Put("m", meeting("Call", 24, "ana@example.com", "ben@example.com"))
	f.Put("off", meeting("Off", 24, "ana@example.com"))
	result(t, s, syncPath)
	change(t, s, ana, map[string]any{"archivedAt": time.Now()})
	for _, path := range []string{syncPath, syncPath + "?full=1"} {
		f.Put("m", map[string]any{"summary": "Call, moved"})
		f.Put("new", meeting("New", 24, "ana@example.com"))
		f.Remove("off")
		result(t, s, path)
		wants(t, bookings(t, s), "m: ana, Call, on, ", "m~ben: ben, Call, moved, on, ", "off: ana, Off, on, ")
	}
	change(t, s, ana, map[string]any{"archivedAt": ""})
	result(t, s, syncPath)
	wants(t, bookings(t, s), "m: ana, Call, moved, on, ", "m~ben: ben, Call, moved, on, ", "new: ana, New, on, ", "off: ana, Off, cancelled, ")

	if err := s.App.Delete(s.Reload(ana)); err != nil {
		t.Fatal(err)
	}
	result(t, s, syncPath)
	wants(t, bookings(t, s), "m~ben: ben, Call, moved, on, ")
	s.Client("ana")
	result(t, s, syncPath)
	wants(t, bookings(t, s), "m: ana, Call, moved, on, ", "m~ben: ben, Call, moved, on, ", "new: ana, New, on, ")
	if b := byEvent(t, s)["m~"+ben.Id]; b == nil {
		t.Error(strings.Join(bookings(t, s), "\n"))
	}
}
