package calendar_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/testkit"
)

const manyTimes = 1_000 // more than any number of attempts

func TestMeetingsBecomeBookingsOfTheirGuests(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	s.Client("ana")
	s.Client("ben")
	f.Put("m1", meeting("Kick-off", 24, "ANA@Example.com", "stranger@example.com"))
	f.Put("m2", meeting("", 48, "ben@example.com", "ana@example.com"))
	if got := result(t, s, syncPath); got != [4]int{3, 0, 0, 0} {
		t.Errorf("the sync counts %v", got)
	}
	wants(t, bookings(t, s),
		"m1: ana, Kick-off, on, ",
		"m2: ben, Meeting, on, ",
		"m2~ana: ana, Meeting, on, ")

	f.Put("m1", map[string]any{"summary": "Kick-off, moved"})
	f.Remove("m2")
	if got := result(t, s, syncPath); got != [4]int{0, 1, 2, 0} {
		t.Errorf("the sync counts %v", got)
	}
	wants(t, bookings(t, s),
		"m1: ana, Kick-off, moved, on, ",
		"m2: ben, Meeting, cancelled, ",
		"m2~ana: ana, Meeting, cancelled, ")
	f.Forget()
	if got := result(t, s, syncPath); got != [4]int{0, 0, 0, 1} {
		t.Errorf("the sync counts %v", got)
	}
}

func TestCancelledAndRestored(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	_, ana := s.Client("ana")
	f.Put("m", meeting("Call", 24, "ana@example.com"))
	result(t, s, syncPath)
	id := byEvent(t, s)["m"].Id
	f.Remove("m")
	result(t, s, syncPath)
	at := byEvent(t, s)["m"].GetString("cancelledAt")
	f.Tombstones("m", "never seen")
	if got := result(t, s, syncPath); got != [4]int{0, 0, 0, 1} {
		t.Errorf("cancelled once more: %v", got)
	}
	if again := byEvent(t, s)["m"]; at == "" || again.GetString("cancelledAt") != at {
		t.Errorf("cancelled at %q, then at %q", at, again.GetString("cancelledAt"))
	}
	f.Put("m", meeting("Call", 26, "ana@example.com"))
	result(t, s, syncPath)
	wants(t, bookings(t, s), "m: ana, Call, on, ")
	if byEvent(t, s)["m"].Id != id {
		t.Error("it is another record now")
	}
	page := s.Do("GET", "/api/portal/bookings", ana, nil)
	if upcoming, _ := page.JSON()["upcoming"].([]any); len(upcoming) != 1 {
		t.Errorf("the client sees %s", page.Raw)
	}
}

// A meeting that moves out of the window keeps its booking, and one that moves in gets one. Events outside change only
// bookings that exist.
func TestTheWindow(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	s.Client("ana")
	const month = 24 * 30
	f.Put("within", meeting("Within", 24, "ana@example.com"))
	f.Put("out", meeting("Out", 24, "ana@example.com"))
	f.Put("past", meeting("Past", 24, "ana@example.com"))
	f.Put("in", meeting("In", 3*month, "ana@example.com"))
	f.Put("edge", meeting("Edge", month-1, "ana@example.com"))
	f.Put("beyond", meeting("Beyond", month+1, "ana@example.com"))
	f.Put("long ago", meeting("Long ago", -3*month-2, "ana@example.com"))
	f.Put("not so long", meeting("Not so long", -3*month+1, "ana@example.com"))
	result(t, s, syncPath)
	wants(t, bookings(t, s), "edge: ana, Edge, on, ", "not so long: ana, Not so long, on, ", "out: ana, Out, on, ", "past: ana, Past, on, ", "within: ana, Within, on, ")

	f.Put("within", meeting("Within, later", 48, "ana@example.com"))
	f.Put("out", meeting("Out, later", 2*month, "ana@example.com"))
	f.Put("past", meeting("Past, earlier", -4*month, "ana@example.com"))
	f.Put("in", meeting("In, sooner", 48, "ana@example.com"))
	want := []string{"edge: ana, Edge, on, ", "in: ana, In, sooner, on, ", "not so long: ana, Not so long, on, ",
		"out: ana, Out, later, on, ", "past: ana, Past, earlier, on, ", "within: ana, Within, later, on, "}
	for _, path := range []string{syncPath, syncPath + "?full=1"} {
		result(t, s, path)
		wants(t, bookings(t, s), want...)
	}
	for event, hours := range map[string]int{"out": 2 * month, "past": -4 * month} {
		start := meeting("", float64(hours))["start"].(map[string]any)["dateTime"].(string)
		if got := byEvent(t, s)[event].GetString("startTime"); got[:10] != start[:10] {
			t.Errorf("%s is at %s, want %s", event, got, start)
		}
	}

	f.Remove("out")
	result(t, s, syncPath)
	want[3] = "out: ana, Out, later, cancelled, "
	wants(t, bookings(t, s), want...)
}

// A full sync finds what left the window while Google had lost the changes (410), and cancels only what is gone.
func TestAMoveThatWasMissed(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	s.Client("ana")
	for _, id := range []string{"moved", "gone", "cancelled", "left", "stays"} {
		f.Put(id, meeting(id, 24, "ana@example.com"))
	}
	f.Put("past", meeting("past", -24, "ana@example.com"))
	result(t, s, syncPath)
	f.Put("past", meeting("past", -24*200, "ana@example.com"))
	f.Put("moved", meeting("moved", 24*90, "ana@example.com"))
	f.Put("left", map[string]any{"attendees": attendees()})
	f.Vanish("gone")
	f.Remove("cancelled")
	f.Asked()
	f.ForgetTokens()
	if got := result(t, s, syncPath); got != [4]int{0, 2, 3, 1} {
		t.Errorf("the sync counts %v", got)
	}
	wants(t, f.Asked(), "list sync", "list", "get", "get", "get", "get")
	wants(t, bookings(t, s), "cancelled: ana, cancelled, cancelled, ", "gone: ana, gone, cancelled, ", "left: ana, left, cancelled, ",
		"moved: ana, moved, on, ", "past: ana, past, on, ", "stays: ana, stays, on, ")
}

// There are many pages, some of them empty, and the sync token is only on the last.
func TestPages(t *testing.T) {
	f := testkit.NewGoogle(t)
	f.PageSize, f.Padded = 3, true
	for n := range 10 {
		f.Put(fmt.Sprintf("m%d", n), meeting("Call", float64(n+1), "ana@example.com"))
	}
	s := studio(t, f)
	s.Client("ana")
	if got := result(t, s, syncPath); got[0] != 10 {
		t.Errorf("the sync counts %v", got)
	}
	for n := range 10 {
		f.Put(fmt.Sprintf("m%d", n), map[string]any{"summary": "Talk"})
	}
	if got := result(t, s, syncPath); got[1] != 10 {
		t.Errorf("the sync counts %v", got)
	}
}

// An event may be listed twice: on one page, or on two because it changed while they were read.
func TestTheSameEventTwice(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	s.Client("ana")
	result(t, s, syncPath)
	f.Put("m", meeting("Call", 24, "ana@example.com"))
	f.Fail("list sync", 1, f.Lists("m", "m"))
	result(t, s, syncPath)
	wants(t, bookings(t, s), "m: ana, Call, on, ")
}

// A sync of six pages is stopped at each of them, by each kind of failure; the next sync completes the work.
func TestAFailureOnTheWay(t *testing.T) {
	t.Parallel()
	want := func(title string) (lines []string) {
		for n := range 12 {
			lines = append(lines, fmt.Sprintf("m%02d: ana, %s, on, ", n, title))
		}
		return lines
	}
	for page := range 6 {
		for _, incremental := range []bool{false, true} {
			f := testkit.NewGoogle(t)
			f.PageSize = 2
			s := studio(t, f)
			s.Client("ana")
			title := "Call"
			fill := func() {
				for n := range 12 {
					f.Put(fmt.Sprintf("m%02d", n), meeting(title, float64(n+1), "ana@example.com"))
				}
			}
			fill()
			if incremental {
				result(t, s, syncPath)
				title = "Talk"
				fill()
			}
			before := cursor(t, s)
			f.FailAfter("list", page, manyTimes, testkit.BreaksOff)
			if answer := s.Do("POST", syncPath, s.Owner, nil); answer.Status != 502 {
				t.Errorf("%d %s", answer.Status, answer.Raw)
			}
			if cursor(t, s) != before {
				t.Errorf("page %d: the token was stored before the last page", page)
			}
			done := 0
			for _, line := range bookings(t, s) {
				if strings.Contains(line, title) {
					done++
				}
			}
			if done != 2*page {
				t.Errorf("page %d: %d bookings are done", page, done)
			}
			f.Heal()
			result(t, s, syncPath)
			wants(t, bookings(t, s), want(title)...)
			f.Asked()
			result(t, s, syncPath)
			wants(t, f.Asked(), "list sync")
		}
	}
}

// A transaction that fails loses its page only: the pages before it stay, and the next sync repeats it.
func TestATransactionThatFails(t *testing.T) {
	f := testkit.NewGoogle(t)
	f.PageSize = 2
	s := studio(t, f)
	s.Client("ana")
	result(t, s, syncPath)
	failing := true
	s.App.OnRecordCreate("bookings").BindFunc(func(e *core.RecordEvent) error {
		if failing && e.Record.GetString("calendarEventId") == "m5" {
			return errors.New("the disk is full")
		}
		return e.Next()
	})
	for n := range 8 {
		f.Put(fmt.Sprintf("m%d", n), meeting("Call", float64(n+1), "ana@example.com"))
	}
	answer := s.Do("POST", syncPath, s.Owner, nil)
	if answer.Status < 500 || strings.Contains(answer.Message(), "Google") {
		t.Errorf("%d %s", answer.Status, answer.Raw)
	}
	if got := len(bookings(t, s)); got != 4 {
		t.Errorf("%d bookings before the page that failed", got)
	}
	failing = false
	if got := result(t, s, syncPath); got != [4]int{4, 0, 0, 4} {
		t.Errorf("the sync counts %v", got)
	}
}

// After a restart a studio continues from its stored position.
func TestAStudioThatStartsAgain(t *testing.T) {
	f := testkit.NewGoogle(t)
	f.PageSize = 2
	dir := testkit.Dir(t)
	t.Run("before", func(t *testing.T) {
		s := testkit.Open(t, dir, f.Environment())
		// The sync at the start has to end first, since a later call would share its result.
		result(t, s, syncPath)
		s.Client("ana")
		for n := range 6 {
			f.Put(fmt.Sprintf("m%d", n), meeting("Call", float64(n+1), "ana@example.com"))
		}
		result(t, s, syncPath)
		f.Put("m0", map[string]any{"summary": "Talk"})
		f.Put("m1", map[string]any{"summary": "Talk"})
		f.Put("m2", map[string]any{"summary": "Talk"})
		f.FailAfter("list", 1, manyTimes, testkit.BreaksOff)
		s.Do("POST", syncPath, s.Owner, nil)
	})
	f.Heal()
	f.Asked()
	s := testkit.Open(t, dir, f.Environment())
	result(t, s, syncPath)
	if asked := f.Asked(); slices.Contains(asked, "list") || !slices.Contains(asked, "list sync") {
		t.Errorf("it asked for %v", asked)
	}
	wants(t, bookings(t, s), "m0: ana, Talk, on, ", "m1: ana, Talk, on, ", "m2: ana, Talk, on, ", "m3: ana, Call, on, ", "m4: ana, Call, on, ", "m5: ana, Call, on, ")
}

// Without changes nothing is written and nobody notified, neither when Google lists nothing nor when what it lists
// changes no booking.
func TestNothingNewWritesNothing(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	client, ana := s.Client("ana")
	f.Put("m", meeting("Call", 24, "ana@example.com"))
	f.Put("n", meeting(" Odd\u202e title\n", 24, "ana@example.com", "ben@example.com"))
	f.Put("day", map[string]any{"summary": "Day", "start": map[string]any{"date": day(1)}, "end": map[string]any{"date": day(2)}, "attendees": attendees("ana@example.com")})
	result(t, s, syncPath)
	live := s.Live(ana, "portal")
	before, count := content(t, s), written(t, s)
	for range 3 {
		if got := result(t, s, syncPath); got != [4]int{} {
			t.Errorf("the sync counts %v", got)
		}
	}
	if after := written(t, s); after != count {
		t.Errorf("a sync without news writes %d rows", after-count)
	}
	if after := content(t, s); after != before {
		t.Errorf("before\n%s\nafter\n%s", before, after)
	}

	for _, id := range []string{"m", "n", "day"} {
		f.Put(id, map[string]any{"description": "which nobody stores"})
	}
	count = written(t, s)
	if got := result(t, s, syncPath); got != [4]int{0, 0, 0, 3} {
		t.Errorf("the sync counts %v", got)
	}
	if after := written(t, s); after != count+1 { // the position only
		t.Errorf("news that change nothing write %d rows", after-count)
	}
	if got := result(t, s, syncPath+"?full=1"); got != [4]int{0, 0, 0, 3} {
		t.Errorf("the sync counts %v", got)
	}
	if after := content(t, s); withoutCursors(after) != withoutCursors(before) {
		t.Errorf("before\n%s\nafter\n%s", before, after)
	}
	project := s.Make("projects", map[string]any{"client": client.Id, "title": "The last word", "serviceType": "AUDIO"})
	if heard := live.Before(func(m testkit.LiveMessage) bool { return m.Id() == project.Id }); len(heard) > 0 {
		t.Errorf("the client heard %v", heard)
	}
	f.Put("m", map[string]any{"summary": "Talk"})
	result(t, s, syncPath)
	if m := live.Next(); m.Collection != "bookings" || m.Action != "update" {
		t.Errorf("the client heard %v", m)
	}
}

// cursor returns the stored position of the sync.
func cursor(t testing.TB, s *testkit.Studio) string {
	t.Helper()
	_, cursor, _ := row(t, s, "calendar:"+testkit.GoogleCalendar)
	return cursor
}
