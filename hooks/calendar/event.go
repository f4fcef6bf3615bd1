package calendar

import (
	"errors"
	"slices"
	"time"

	"greenroom/hooks/people"
)

// event is Google's resource of one event, or of one instance of a recurring event:
// https://developers.google.com/workspace/calendar/api/v3/reference/events#resource
type event struct {
	Id               string     `json:"id"`
	Status           string     `json:"status"` // a cancelled event may have no fields but this and id
	EventType        string     `json:"eventType"`
	Summary          string     `json:"summary"` // absent in a private event
	Start            eventTime  `json:"start"`
	End              eventTime  `json:"end"`
	Attendees        []attendee `json:"attendees"`
	AttendeesOmitted bool       `json:"attendeesOmitted"` // the list of attendees is incomplete
	Organizer        attendee   `json:"organizer"`
	HangoutLink      string     `json:"hangoutLink"`
	Location         string     `json:"location"`
	Description      string     `json:"description"` // may be HTML
	Recurrence       []string   `json:"recurrence"`
	RecurringEventId string     `json:"recurringEventId"`
	Extended         struct {
		Private map[string]string `json:"private"`
	} `json:"extendedProperties"`
	ConferenceData struct {
		EntryPoints []struct {
			Type string `json:"entryPointType"`
			URI  string `json:"uri"`
		} `json:"entryPoints"`
	} `json:"conferenceData"`
}

// eventTime is a day (Date) for events that last whole days, or else a moment (DateTime).
type eventTime struct {
	Date     string `json:"date"`
	DateTime string `json:"dateTime"`
	TimeZone string `json:"timeZone"`
}

type attendee struct {
	Email    string `json:"email"`
	Self     bool   `json:"self"`
	Resource bool   `json:"resource"`
	Response string `json:"responseStatus"`
}

// meeting is what bookings need of an event.
type meeting struct {
	id, series string
	cancelled  bool // there must be no live booking
	tombstone  bool // the event was deleted; if it was a series, so were its instances
	title      string
	start, end time.Time
	meetURL    string
	organizer  string   // address; empty where the owner organises, or nobody is named
	answer     string   // the owner's responseStatus; empty where the owner is no guest
	guests     []string // normalised addresses of those who did not decline, in the event's order
	omitted    bool     // Google left guests out of the list
	declined   []string
	booked     booker
}

const (
	noTitle       = "Meeting"
	maxTitleChars = 500 // the limit of a session's title, since a booking can become a session
	maxURLChars   = 2_000
)

// notMeetings are event types that have no guests.
var notMeetings = []string{"workingLocation", "focusTime", "outOfOffice", "birthday", "fromGmail"}

var errNoTime = errors.New("an event without a time that can be read")

// meeting reads an event. An event of a type without guests, and the template of a series (its instances are listed as
// events), count as cancelled, because they may have bookings from before they became that.
func (e event) meeting(own map[string]bool, calendarZone, studioZone *time.Location) (m meeting, err error) {
	m = meeting{id: e.Id, series: e.RecurringEventId, tombstone: e.Status == "cancelled"}
	m.cancelled = m.tombstone || slices.Contains(notMeetings, e.EventType) || len(e.Recurrence) > 0
	if e.Id == "" {
		return m, errors.New("an event without an id")
	}
	if m.cancelled {
		return m, nil
	}
	if m.start, err = e.Start.in(calendarZone, studioZone); err != nil {
		return m, err
	}
	if m.start.IsZero() { // the database stores the zero time as no time
		return m, errNoTime
	}
	if m.end, err = e.End.in(calendarZone, studioZone); err != nil || m.end.Before(m.start) {
		m.end = m.start
	}
	if m.title = people.OneLine(e.Summary, maxTitleChars); m.title == "" {
		m.title = noTitle
	}
	m.meetURL, m.omitted, m.booked = e.meetURL(), e.AttendeesOmitted, e.booker()
	if organizer := people.Address(e.Organizer.Email); !e.Organizer.Self && !own[organizer] {
		m.organizer = organizer
	}
	named := map[string]bool{}
	for _, a := range e.Attendees {
		address := people.Address(a.Email)
		named[address] = true
		switch {
		case a.Self || own[address]:
			if rank(a.Response) > rank(m.answer) { // the owner may be invited by two addresses; the stronger answer counts
				m.answer = a.Response
			}
		case address == "" || a.Resource:
		case a.Response == "declined":
			m.declined = append(m.declined, address)
		default:
			m.guests = append(m.guests, address)
		}
	}
	if m.organizer != "" && !named[m.organizer] { // some programs do not list the organizer among the guests
		m.guests = append(m.guests, m.organizer)
	}
	return m, nil
}

// rank orders the owner's answers by how certainly they attend, for owners with several addresses or calendars.
func rank(answer string) int { return slices.Index(answers, answer) }

var answers = []string{"", "needsAction", "declined", "tentative", "accepted"}

// certainty orders the copies of one event in several calendars: the copy by which the owner attends most certainly
// counts. A copy that needs no answer from the owner ranks highest.
func (m meeting) certainty() int {
	switch {
	case m.cancelled:
		return -1
	case m.answer == "":
		return len(answers)
	}
	return rank(m.answer)
}

// takesPlace reports whether the meeting can become a booking. One that the owner declined cannot. One that somebody
// unknown organised can once the owner has accepted it, if only tentatively; one that a client organised (byClient) can
// at once.
func (m meeting) takesPlace(byClient bool) bool {
	switch {
	case m.cancelled || m.answer == "declined":
		return false
	case m.organizer == "" || byClient || m.answer == "":
		return true
	}
	return m.answer == "accepted" || m.answer == "tentative"
}

// in returns the moment. A day begins at midnight in the studio's zone, whatever the calendar's, because the portal
// shows times in that zone. A DateTime without an offset is read in the zone that it names, or else in the calendar's.
func (t eventTime) in(calendarZone, studioZone *time.Location) (time.Time, error) {
	if t.DateTime == "" {
		day, err := time.ParseInLocation(time.DateOnly, t.Date, studioZone)
		if err != nil {
			return day, errNoTime
		}
		return day, nil
	}
	if moment, err := time.Parse(time.RFC3339, t.DateTime); err == nil {
		return moment.Truncate(time.Millisecond), nil // the database's precision
	}
	zone := calendarZone
	if named, err := time.LoadLocation(t.TimeZone); t.TimeZone != "" && err == nil {
		zone = named
	}
	moment, err := time.ParseInLocation("2006-01-02T15:04:05", t.DateTime, zone)
	if err != nil {
		return moment, errNoTime
	}
	return moment, nil
}

// window is the period whose events become bookings.
type window struct{ from, to time.Time }

const (
	daysBack  = 90
	daysAhead = 30
)

func windowAt(now time.Time) window {
	return window{now.AddDate(0, 0, -daysBack), now.AddDate(0, 0, daysAhead)}
}

// holds reports whether a meeting overlaps the window, as Google defines timeMin and timeMax.
func (w window) holds(start, end time.Time) bool { return end.After(w.from) && start.Before(w.to) }
