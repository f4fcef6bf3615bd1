package demo

import (
	"testing"
	"time"
)

func TestMomentsHoldWheneverTheStudioIsLoaded(t *testing.T) {
	monday := time.Date(2026, time.March, 23, 0, 0, 0, 0, london) // summer time begins on the 29th
	for hour := range 14 * 24 {
		now := monday.Add(time.Duration(hour)*time.Hour + time.Minute).UTC()
		here := now.In(london)
		today := time.Date(here.Year(), here.Month(), here.Day(), 0, 0, 0, 0, time.UTC)
		year, week := here.ISOWeek()

		due := dueThisWeek(now)
		if dueYear, dueWeek := due.ISOWeek(); dueYear != year || dueWeek != week || due.Before(today) {
			t.Errorf("at %s, due this week is %s", here, due)
		}
		if due := overdueBy(1)(now); !due.Before(today) || due.Hour() != 0 {
			t.Errorf("at %s, overdue by one day is %s", here, due)
		}
		if at := ago(1, "22:00")(now); !at.Before(now) || at.In(london).Format("15:04") != "22:00" {
			t.Errorf("at %s, yesterday at ten is %s", here, at)
		}
		if at := in(1, "08:00")(now); !at.After(now) || at.In(london).Format("15:04") != "08:00" {
			t.Errorf("at %s, tomorrow at eight is %s", here, at)
		}
		if at := within(2)(now); at.Sub(now) < 90*time.Minute || at.Sub(now) > 2*time.Hour || at.Minute()%30 != 0 {
			t.Errorf("at %s, within two hours is %s", here, at)
		}
	}
}

func TestParagraphs(t *testing.T) {
	for _, c := range []struct{ name, wrapped, want string }{
		{"one line", "One line.", "One line."},
		{"wrapped and indented", "Wrapped\n\t\tand indented.", "Wrapped and indented."},
		{"two paragraphs", "One.\n\n\t\tTwo,\n\t\tlonger.", "One.\n\nTwo, longer."},
		{"a list", "Change:\n\t- this,\n\t  all of it\n\t- that\n\n\tThen rest.", "Change:\n- this, all of it\n- that\n\nThen rest."},
		{"a numbered list", "Then:\n\t1. this\n\t2. that, of\n\t1978. Or so", "Then:\n1. this\n2. that, of 1978. Or so"},
		{"a hyphen inside", "At -12 dB\n\t-- or so", "At -12 dB -- or so"},
		{"nothing", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := paragraphs(c.wrapped); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
