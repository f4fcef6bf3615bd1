package doctor

import (
	"strings"

	"greenroom/hooks/booking"
	google "greenroom/hooks/calendar"
)

// bookingHours reports whether clients can book meetings, if the owner has set hours.
func bookingHours(p *patient) check {
	c := check{Name: "booking", State: ok}
	switch {
	case !p.config.Hours.Any():
		return check{}
	case !booking.Offered(p.config):
		c.State, c.Say, c.Do = warning, "GREENROOM_HOURS is set, but Google Calendar is not, so nobody can book", "Set GOOGLE_CREDENTIALS and GOOGLE_CALENDAR_ID, or remove GREENROOM_HOURS"
		return c
	case p.data == nil:
		return check{}
	}
	noted, _, err := p.notes("calendar")
	if err != nil {
		return unreadable("booking", err)
	}
	if trouble := noted[google.BookingRow].LastError; trouble != "" {
		c.State, c.Say, c.Do = warning, strings.TrimSuffix(trouble, "."), "Then run: greenroom calendar sync"
		return c
	}
	c.Say = "clients can book " + p.config.Hours.String() + " (" + p.config.Timezone.String() + "), " + booking.InWords(p.config.BookingNotice) +
		" ahead, with " + booking.InWords(p.config.BookingBuffer) + " around what is taken"
	return c
}
