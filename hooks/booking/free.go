package booking

import (
	"slices"
	"time"

	"greenroom/hooks/config"
)

// Period is a time that is taken, or one that is free.
type Period struct{ Start, End time.Time }

func (p Period) is(other Period) bool { return p.Start.Equal(other.Start) && p.End.Equal(other.End) }

// free gives the meetings of the length that fit into the hours of a day, and keep the buffer from all that is taken,
// none of them before the given moment. The day is that of its zone. On the days when the clocks change, the hour that
// is left out is not offered, the one that comes twice is offered twice, and every meeting lasts as long as it says.
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

// moment is when the clock shows so many minutes since midnight: the first time where it does so twice, and the moment
// at which the clocks go forward where it never does.
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
