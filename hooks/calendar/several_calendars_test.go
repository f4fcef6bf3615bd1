package calendar_test

import (
	"testing"

	"greenroom/hooks/testkit"
)

// Several calendars act as one. A meeting that is deleted in one calendar and exists in another goes on.
func TestSeveralCalendars(t *testing.T) {
	const band = "band@group.calendar.google.com"
	f := testkit.NewGoogle(t)
	f.PutIn(band, "gig", meeting("Gig", 24, "ana@example.com", testkit.GoogleCalendar))
	f.PutIn(band, "shared", meeting("Shared", 24, "ana@example.com"))
	f.Put("shared", meeting("Shared", 24, "ana@example.com"))
	f.Put("m", meeting("Call", 24, "ana@example.com", band))
	s := studio(t, f, map[string]string{"GOOGLE_CALENDAR_ID": testkit.GoogleCalendar + "," + band})
	s.Client("ana")
	result(t, s, syncPath)
	wants(t, bookings(t, s), "gig: ana, Gig, on, ", "m: ana, Call, on, ", "shared: ana, Shared, on, ")
	f.RemoveFrom(testkit.GoogleCalendar, "shared")
	f.Put("m", map[string]any{"summary": "Talk"})
	result(t, s, syncPath)
	wants(t, bookings(t, s), "gig: ana, Gig, on, ", "m: ana, Talk, on, ", "shared: ana, Shared, on, ")
	f.RemoveFrom(band, "shared")
	result(t, s, syncPath)
	wants(t, bookings(t, s), "gig: ana, Gig, on, ", "m: ana, Talk, on, ", "shared: ana, Shared, cancelled, ")

	// A calendar that cannot be read affects neither the other one nor its own bookings.
	f.Put("m", map[string]any{"summary": "Call"})
	f.Mu.Lock()
	gone := f.Calendars[band]
	delete(f.Calendars, band)
	f.Mu.Unlock()
	for _, path := range []string{syncPath, syncPath + "?full=1"} {
		if answer := s.Do("POST", path, s.Owner, nil); answer.Status != 502 {
			t.Errorf("%d %s", answer.Status, answer.Raw)
		}
		wants(t, bookings(t, s), "gig: ana, Gig, on, ", "m: ana, Call, on, ", "shared: ana, Shared, cancelled, ")
	}
	f.Mu.Lock()
	f.Calendars[band] = gone
	f.Mu.Unlock()
	result(t, s, syncPath)
	wants(t, bookings(t, s), "gig: ana, Gig, on, ", "m: ana, Call, on, ", "shared: ana, Shared, cancelled, ")
}

// A stranger's invitation is in both of the owner's calendars, with another answer in each. Each case says whether it
// takes place, whichever calendar is read first and whatever changes later.
func TestTheOwnersAnswerInTwoCalendars(t *testing.T) {
	const second = "band@group.calendar.google.com"
	f := testkit.NewGoogle(t)
	f.PutIn(second, "rehearsal", meeting("Rehearsal", 48))
	s := studio(t, f, map[string]string{"GOOGLE_CALENDAR_ID": testkit.GoogleCalendar + "," + second})
	s.Client("ana")
	result(t, s, syncPath)
	invited := func(calendar, answer string) map[string]any {
		e := meeting("Call", 24)
		e["organizer"] = map[string]any{"email": "eve@label.example"}
		e["attendees"] = []any{map[string]any{"email": calendar, "self": true, "responseStatus": answer}, map[string]any{"email": "ana@example.com"}}
		return e
	}
	answers := []string{"declined", "needsAction", "tentative", "accepted"}
	counts := func(answer string) bool { return answer == "tentative" || answer == "accepted" }
	for _, one := range answers {
		for _, other := range answers {
			f.PutIn(testkit.GoogleCalendar, one+" "+other, invited(testkit.GoogleCalendar, one))
			f.PutIn(second, one+" "+other, invited(second, other))
		}
	}
	check := func(when string, id, one, other string) {
		t.Helper()
		booking, there := byEvent(t, s)[id]
		live := there && booking.GetString("cancelledAt") == ""
		if want := counts(one) || counts(other); live != want {
			t.Errorf("%s, %s here and %s there: it takes place: %v", when, one, other, live)
		}
	}
	for _, when := range []string{syncPath, syncPath + "?full=1", syncPath + "?full=1"} {
		counted := result(t, s, when)
		for _, one := range answers {
			for _, other := range answers {
				check(when, one+" "+other, one, other)
			}
		}
		if when != syncPath && (counted[0] != 0 || counted[1] != 0 || counted[2] != 0) {
			t.Errorf("read again, it changes bookings: %v", counted)
		}
	}
	for _, step := range []struct{ id, calendar, one, other string }{
		{"accepted tentative", testkit.GoogleCalendar, "declined", "tentative"},
		{"accepted accepted", second, "accepted", "declined"},
		{"declined declined", second, "declined", "accepted"},
		{"tentative declined", testkit.GoogleCalendar, "declined", "declined"},
	} {
		answer := step.one
		if step.calendar == second {
			answer = step.other
		}
		f.PutIn(step.calendar, step.id, invited(step.calendar, answer))
		result(t, s, syncPath)
		check("changed", step.id, step.one, step.other)
	}
}

// Another copy of a meeting that is deleted exists, and its time cannot be read. The meeting may take place by that copy.
func TestAnUnreadableCopyInAnotherCalendar(t *testing.T) {
	const band = "band@group.calendar.google.com"
	f := testkit.NewGoogle(t)
	f.PutIn(band, "shared", meeting("Shared", 24, "ana@example.com"))
	f.Put("shared", meeting("Shared", 24, "ana@example.com"))
	f.Put("m", meeting("Call", 24, "ana@example.com"))
	s := studio(t, f, map[string]string{"GOOGLE_CALENDAR_ID": testkit.GoogleCalendar + "," + band})
	s.Client("ana")
	result(t, s, syncPath)
	f.PutIn(band, "shared", map[string]any{"start": map[string]any{"dateTime": "soon"}})
	f.RemoveFrom(testkit.GoogleCalendar, "shared")
	f.Put("m", map[string]any{"summary": "Talk"})
	result(t, s, syncPath)
	wants(t, bookings(t, s), "m: ana, Talk, on, ", "shared: ana, Shared, on, ")
	result(t, s, syncPath+"?full=1")
	wants(t, bookings(t, s), "m: ana, Talk, on, ", "shared: ana, Shared, on, ")
	f.RemoveFrom(band, "shared")
	result(t, s, syncPath)
	wants(t, bookings(t, s), "m: ana, Talk, on, ", "shared: ana, Shared, cancelled, ")
}

// A meeting is missing from a full list, as one that moved out of the window. When Google is asked for it, its time cannot
// be read: its booking stays, and those of other meetings follow.
func TestAMissingMeetingWhoseTimeCannotBeRead(t *testing.T) {
	f := testkit.NewGoogle(t)
	f.Put("m", meeting("Call", 24, "ana@example.com"))
	f.Put("gone", meeting("Gone", 24, "ana@example.com"))
	s := studio(t, f)
	s.Client("ana")
	result(t, s, syncPath)
	f.Put("m", map[string]any{"start": map[string]any{"dateTime": "soon"}})
	f.Vanish("gone")
	f.Fail("list", 1, f.Lists())
	result(t, s, syncPath+"?full=1")
	wants(t, bookings(t, s), "gone: ana, Gone, cancelled, ", "m: ana, Call, on, ")
}
