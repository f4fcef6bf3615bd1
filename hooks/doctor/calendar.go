package doctor

import (
	"slices"
	"strings"
	"time"

	google "greenroom/hooks/calendar"
)

// longSilence is the age of the last success at which the calendar is reported. It is read every ten minutes, and a
// success is stored at least every hour.
const longSilence = 2 * time.Hour

// calendar reports whether the bookings follow Google's calendar.
func calendar(p *patient) check {
	if p.data == nil || !p.config.Service("calendar").On {
		return check{}
	}
	noted, troubles, err := p.notes("calendar")
	if err != nil {
		return unreadable("Google Calendar", err)
	}
	// BookingHours reports it.
	troubles = slices.DeleteFunc(troubles, func(t string) bool { return t == strings.TrimSuffix(noted[google.BookingRow].LastError, ".") })
	c := check{Name: "Google Calendar", State: ok}
	switch n := noted["calendar"]; {
	case len(troubles) > 0:
		c.State, c.Say, c.Do = warning, some(troubles), "When it is mended, run: greenroom calendar sync"
	case n.LastSuccessAt.IsZero():
		c.State, c.Say, c.Do = warning, "it has never been read", "Start the server, or run: greenroom calendar sync"
	case n.olderThan(longSilence, p.now):
		c.State, c.Say, c.Do = warning, "it was last read on "+p.moment(n.LastSuccessAt.Time()), "Start the server, or run: greenroom calendar sync"
	default:
		c.Say = "it was last read on " + p.moment(n.LastSuccessAt.Time())
	}
	return c
}
