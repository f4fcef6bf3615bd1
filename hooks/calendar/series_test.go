package calendar_test

import (
	"fmt"
	"testing"

	"greenroom/hooks/testkit"
)

// series adds instances of a recurring event on consecutive days from the day first on, each as an event, as Google
// lists them.
func series(f *testkit.Google, id, title string, first, count int, guests ...string) {
	for n := first; n < first+count; n++ {
		instance := meeting(title, float64(24*n+1), guests...)
		instance["recurringEventId"] = id
		f.Put(fmt.Sprintf("%s_%02d", id, n), instance)
	}
}

func TestASeries(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	s.Client("ana")
	s.Client("ben")
	series(f, "s", "Daily", 1, 3, "ana@example.com")
	result(t, s, syncPath)
	step := func(name string, do func(), want ...string) {
		t.Helper()
		do()
		result(t, s, syncPath)
		t.Log(name)
		wants(t, bookings(t, s), want...)
	}
	step("made", func() {}, "s_01: ana, Daily, on, ", "s_02: ana, Daily, on, ", "s_03: ana, Daily, on, ")
	step("one edited", func() { f.Put("s_02", map[string]any{"summary": "Special"}) },
		"s_01: ana, Daily, on, ", "s_02: ana, Special, on, ", "s_03: ana, Daily, on, ")
	step("one cancelled", func() { f.Remove("s_03") },
		"s_01: ana, Daily, on, ", "s_02: ana, Special, on, ", "s_03: ana, Daily, cancelled, ")
	step("one restored", func() { f.Put("s_03", nil) },
		"s_01: ana, Daily, on, ", "s_02: ana, Special, on, ", "s_03: ana, Daily, on, ")
	step("all edited, for Ben too", func() { series(f, "s", "Weekly", 1, 3, "ana@example.com", "ben@example.com") },
		"s_01: ana, Weekly, on, ", "s_01~ben: ben, Weekly, on, ", "s_02: ana, Weekly, on, ", "s_02~ben: ben, Weekly, on, ", "s_03: ana, Weekly, on, ", "s_03~ben: ben, Weekly, on, ")
	step("this and following", func() {
		f.Remove("s_02", "s_03")
		series(f, "s_R20270101T100000", "Split", 2, 2, "ana@example.com")
	}, "s_01: ana, Weekly, on, ", "s_01~ben: ben, Weekly, on, ", "s_02: ana, Weekly, cancelled, ", "s_02~ben: ben, Weekly, cancelled, ",
		"s_03: ana, Weekly, cancelled, ", "s_03~ben: ben, Weekly, cancelled, ",
		"s_R20270101T100000_02: ana, Split, on, ", "s_R20270101T100000_03: ana, Split, on, ")
}

// After a series is deleted, Google lists the series, or some of its instances, as cancelled. The bookings of the
// others are cancelled too.
func TestADeletedSeries(t *testing.T) {
	for name, c := range map[string]struct {
		told []string // ids listed as cancelled; the others are no longer listed
		full bool
	}{
		"all instances":          {[]string{"s_01", "s_02", "s_03"}, false},
		"the series":             {[]string{"s"}, false},
		"the series and one":     {[]string{"s_02", "s"}, false},
		"one, then a full sync":  {[]string{"s_02"}, true},
		"none, then a full sync": {nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := testkit.NewGoogle(t)
			s := studio(t, f)
			s.Client("ana")
			s.Client("ben")
			series(f, "s", "Daily", 1, 3, "ana@example.com", "ben@example.com")
			series(f, "other", "Other", 1, 1, "ana@example.com")
			result(t, s, syncPath)
			f.Put("s", meeting("Daily", 24)) // the series' template, which a list of instances leaves out
			result(t, s, syncPath)
			f.Vanish("s_01", "s_02", "s_03")
			f.Tombstones(c.told...)
			result(t, s, syncPath)
			if c.full {
				result(t, s, syncPath+"?full=1")
			}
			wants(t, bookings(t, s), "other_01: ana, Other, on, ", "s_01: ana, Daily, cancelled, ", "s_01~ben: ben, Daily, cancelled, ",
				"s_02: ana, Daily, cancelled, ", "s_02~ben: ben, Daily, cancelled, ", "s_03: ana, Daily, cancelled, ", "s_03~ben: ben, Daily, cancelled, ")
		})
	}
}

// Editing an old series makes Google list instances years ahead. Those outside the window make no booking.
func TestInstancesYearsAhead(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	s.Client("ana")
	result(t, s, syncPath)
	series(f, "s", "Daily", -100, 800, "ana@example.com")
	result(t, s, syncPath)
	if got := len(bookings(t, s)); got != 120 {
		t.Errorf("%d bookings", got)
	}
	before := bookings(t, s)
	if result(t, s, syncPath+"?full=1"); len(before) != len(bookings(t, s)) {
		t.Errorf("%d bookings after a full sync", len(bookings(t, s)))
	}
}

// A meeting that becomes a series keeps its id for the template, which is no meeting.
func TestAMeetingThatBecomesASeries(t *testing.T) {
	for name, told := range map[string]func(f *testkit.Google){
		"told of as the pattern":   func(f *testkit.Google) { f.Put("m", map[string]any{"recurrence": []any{"RRULE:FREQ=DAILY;COUNT=2"}}) },
		"told of as cancelled":     func(f *testkit.Google) { f.Remove("m") },
		"not told of, at night it": func(f *testkit.Google) { f.Vanish("m") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := testkit.NewGoogle(t)
			s := studio(t, f)
			s.Client("ana")
			f.Put("m", meeting("Call", 25, "ana@example.com"))
			result(t, s, syncPath)
			told(f)
			series(f, "m", "Call", 1, 2, "ana@example.com")
			result(t, s, syncPath)
			result(t, s, syncPath+"?full=1")
			wants(t, bookings(t, s), "m: ana, Call, cancelled, ", "m_01: ana, Call, on, ", "m_02: ana, Call, on, ")
		})
	}
}
