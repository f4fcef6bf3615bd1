package booking

import (
	"slices"
	"time"

	"greenroom/hooks/config"
)

// Period is the time from Start until before End.
type Period struct{ Start, End time.Time }

func (p Period) is(other Period) bool { return p.Start.Equal(other.Start) && p.End.Equal(other.End) }

// free returns the meetings of a length that fit into the hours of a day, begin at notBefore or later, and keep the
// buffer from everything that is taken. The day is that of its time zone. When the clocks change, the hour that is
// skipped is not offered, the one that is repeated is offered twice, and each meeting has its full length.
func free(h config.Hours, day time.Time, length, buffer time.Duration, notBefore time.Time, taken []Period) (out []Period) {
	for _, span := range h[day.Weekday()] {
		closes := moment(day, span.To)
		for start := moment(day, (span.From+step-1)/step*step); start.Before(closes); start = start.Add(step * time.Minute) {
			p := Period{start, start.Add(length)}
			if p.End.After(closes) || start.Before(notBefore) || slices.ContainsFunc(taken, func(t Period) bool { return p.near(t, buffer) }) {
				continue
			}
			out = append(out, p)
		}
	}
	return out
}

// moment returns when the clock shows the minutes after midnight: the first of two such moments, and the moment of the
// change if the clock skips that time.
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

// step is the number of minutes between two offered starts.
const step = 15

// near reports whether the gap to another period is shorter than the buffer.
func (p Period) near(other Period, buffer time.Duration) bool {
	return p.Start.Before(other.End.Add(buffer)) && other.Start.Add(-buffer).Before(p.End)
}
