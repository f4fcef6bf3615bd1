package config

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Hours are the times in which clients may book a meeting, by time.Weekday (0 is Sunday).
type Hours [7][]Span

// Span is a part of a day, in minutes after midnight by the clock of the studio's zone.
type Span struct{ From, To int }

// Any reports whether there are any hours.
func (h Hours) Any() bool {
	return slices.ContainsFunc(h[:], func(day []Span) bool { return len(day) > 0 })
}

// String formats the hours so that parseHours can read them, from Monday to Sunday.
func (h Hours) String() string {
	var parts []string
	for i := range h {
		day := (i + 1) % len(h) // begins with Monday
		for _, s := range h[day] {
			parts = append(parts, fmt.Sprintf("%s %02d:%02d-%02d:%02d", strings.ToUpper(weekdays[day][:1])+weekdays[day][1:], s.From/60, s.From%60, s.To/60, s.To%60))
		}
	}
	return strings.Join(parts, "; ")
}

const dayMinutes = 24 * 60

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// parseHours parses hours such as "Mon-Fri 10:00-17:00; Sat 10:00-13:00". A day that is named twice has both spans.
// Overlapping spans of a day are an error.
func parseHours(text string) (h Hours, err error) {
	for part := range strings.SplitSeq(text, ";") {
		days, span, ok := strings.Cut(strings.TrimSpace(part), " ")
		if !ok {
			return h, plainError("write days and times, such as Mon-Fri 10:00-17:00; Sat 10:00-13:00")
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
					return h, plainErrorf("two spans of one day overlap: %s", strings.TrimSpace(part))
				}
			}
			h[day] = append(h[day], s)
			slices.SortFunc(h[day], func(a, b Span) int { return a.From - b.From })
		}
	}
	return h, nil
}

// parseDays parses a day of the week, or a range, which may go past Sunday.
func parseDays(text string) (days []int, err error) {
	first, last, ranged := strings.Cut(strings.ToLower(text), "-")
	from := slices.Index(weekdays, first)
	to := from
	if ranged {
		to = slices.Index(weekdays, last)
	}
	if from < 0 || to < 0 {
		return nil, plainErrorf("%q is no day: write Mon, Tue, Wed, Thu, Fri, Sat or Sun, or a range such as Mon-Fri", text)
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
		return s, plainErrorf("%q is no span of time: write one such as 10:00-17:00", text)
	}
	if s.From, err = parseClock(from); err != nil {
		return s, err
	}
	if s.To, err = parseClock(to); err != nil {
		return s, err
	}
	if s.From >= s.To {
		return s, plainErrorf("%s ends before it begins", text)
	}
	return s, nil
}

// parseClock parses a time of day; 24:00 is the end of the day.
func parseClock(text string) (minutes int, err error) {
	if text == "24:00" {
		return dayMinutes, nil
	}
	t, err := time.Parse("15:04", text)
	if err != nil {
		return 0, plainErrorf("%q is no time of the day: write one such as 10:00", text)
	}
	return t.Hour()*60 + t.Minute(), nil
}

// plainErrorf makes a plainError that contains what was written, which in hours is no secret.
func plainErrorf(format string, args ...any) error { return plainError(fmt.Sprintf(format, args...)) }
