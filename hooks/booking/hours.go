// Package booking knows the hours in which clients may book a meeting, and which of them are free.
package booking

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Hours are the studio's opening hours, by the day of the week.
type Hours [7][]Span

// Span is a part of a day, in minutes of the clock since midnight.
type Span struct{ From, To int }

const dayMinutes = 24 * 60

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// ParseHours reads hours such as "Mon-Fri 10:00-17:00; Sat 10:00-13:00". A day that is named twice has both spans; spans of
// one day that overlap are refused.
func ParseHours(text string) (h Hours, err error) {
	for part := range strings.SplitSeq(text, ";") {
		days, span, ok := strings.Cut(strings.TrimSpace(part), " ")
		if !ok {
			return h, errors.New("write days and times, such as Mon-Fri 10:00-17:00; Sat 10:00-13:00")
		}
		on, err := parseDays(days)
		if err != nil {
			return h, err
		}
		s, err := parseSpan(strings.TrimSpace(span))
		if err != nil {
			return h, err
		}
		for _, day := range on {
			for _, other := range h[day] {
				if s.From < other.To && other.From < s.To {
					return h, fmt.Errorf("two spans of one day overlap: %s", strings.TrimSpace(part))
				}
			}
			h[day] = append(h[day], s)
			slices.SortFunc(h[day], func(a, b Span) int { return a.From - b.From })
		}
	}
	return h, nil
}

// parseDays reads a day of the week, or a range of them, which may pass over Sunday.
func parseDays(text string) (days []int, err error) {
	first, last, ranged := strings.Cut(strings.ToLower(text), "-")
	from := slices.Index(weekdays, first)
	to := from
	if ranged {
		to = slices.Index(weekdays, last)
	}
	if from < 0 || to < 0 {
		return nil, fmt.Errorf("%q is no day: write Mon, Tue, Wed, Thu, Fri, Sat or Sun, or a range such as Mon-Fri", text)
	}
	for day := from; ; day = (day + 1) % 7 {
		days = append(days, day)
		if day == to {
			return days, nil
		}
	}
}

func parseSpan(text string) (s Span, err error) {
	from, to, ok := strings.Cut(text, "-")
	if !ok {
		return s, fmt.Errorf("%q is no span of time: write one such as 10:00-17:00", text)
	}
	if s.From, err = parseClock(from); err != nil {
		return s, err
	}
	if s.To, err = parseClock(to); err != nil {
		return s, err
	}
	if s.From >= s.To {
		return s, fmt.Errorf("%s ends before it begins", text)
	}
	return s, nil
}

// parseClock reads a time of the day; 24:00 is its end.
func parseClock(text string) (minutes int, err error) {
	if text == "24:00" {
		return dayMinutes, nil
	}
	t, err := time.Parse("15:04", text)
	if err != nil {
		return 0, fmt.Errorf("%q is no time of the day: write one such as 10:00", text)
	}
	return t.Hour()*60 + t.Minute(), nil
}

// Period is a time that is taken, or one that is free.
type Period struct{ Start, End time.Time }

// Free gives the meetings of the length that fit into the hours of a day, and keep the buffer from all that is taken, none of
// them before the given moment. The day is that of its zone. On the days when the clocks change, the hour that is left out is
// not offered, the one that comes twice is offered twice, and every meeting lasts as long as it says.
func (h Hours) Free(day time.Time, length, buffer time.Duration, notBefore time.Time, taken []Period) (free []Period) {
	for _, span := range h[day.Weekday()] {
		closes := moment(day, span.To)
		for start := moment(day, (span.From+step-1)/step*step); start.Before(closes); start = start.Add(step * time.Minute) {
			p := Period{start, start.Add(length)}
			if p.End.After(closes) || start.Before(notBefore) || slices.ContainsFunc(taken, func(t Period) bool { return p.near(t, buffer) }) {
				continue
			}
			free = append(free, p)
		}
	}
	return free
}

// moment is when the clock shows so many minutes since midnight: the first time where it does so twice, and the moment at which
// the clocks go forward where it never does.
func moment(day time.Time, minutes int) time.Time {
	year, month, date := day.Date()
	t := time.Date(year, month, date, 0, minutes, 0, 0, day.Location())
	_, offset := t.Zone()
	shown, wanted := t.Add(time.Duration(offset)*time.Second).UTC(), time.Date(year, month, date, 0, minutes, 0, 0, time.UTC)
	starts, ends := t.ZoneBounds()
	switch {
	case shown.After(wanted):
		return starts
	case shown.Before(wanted):
		return ends
	}
	return t
}

// step is the minutes between the starts that are offered.
const step = 15

// near tells whether a period comes closer to another than the buffer.
func (p Period) near(other Period, buffer time.Duration) bool {
	return p.Start.Before(other.End.Add(buffer)) && other.Start.Add(-buffer).Before(p.End)
}
