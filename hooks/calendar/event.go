package calendar

import (
	"errors"
	"slices"
	"time"

	"greenroom/hooks/people"
)

// event is what Google says of one event, or of one instance of a recurring one.
// https://developers.google.com/workspace/calendar/api/v3/reference/events#resource
type event struct {
	Id               string     `json:"id"`
	Status           string     `json:"status"` // a cancelled event may have nothing but this and its id
	EventType        string     `json:"eventType"`
	Summary          string     `json:"summary"` // a private one may have none
	Start            eventTime  `json:"start"`
	End              eventTime  `json:"end"`
	Attendees        []attendee `json:"attendees"`
	AttendeesOmitted bool       `json:"attendeesOmitted"` // the list is not whole
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

// eventTime is a day, for events that last whole days, or a moment.
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

// meeting is an event as far as bookings are concerned.
type meeting struct {
	id, series string
	cancelled  bool // nobody's booking any more
	tombstone  bool // because the event was removed; if it is a series, so were its instances
	title      string
	start, end time.Time
	meetURL    string
	organizer  string   // the address; empty where it is the owner, or nobody is named
	answer     string   // the owner's own; empty where they have none to give
	guests     []string // addresses, in their one form and the event's order, of those who did not decline
	omitted    bool     // there may be more guests
	declined   []string
	booked     booker
}

const (
	noTitle       = "Meeting"
	maxTitleChars = 500 // as a session may have that is made of it
	maxURLChars   = 2_000
)

// notMeetings are kinds of events that the owner has with nobody.
var notMeetings = []string{"workingLocation", "focusTime", "outOfOffice", "birthday", "fromGmail"}

var errNoTime = errors.New("an event without a time that can be read")

// meeting reads an event. A kind of event that the owner has with nobody, and the pattern of a series, whose instances
// are events themselves, are as good as cancelled: there may be a booking from before they became that.
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
	if m.start.IsZero() { // to the database it is no time
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
			if rank(a.Response) > rank(m.answer) { // invited by two addresses, the owner comes if either says so
				m.answer = a.Response
			}
		case address == "" || a.Resource:
		case a.Response == "declined":
			m.declined = append(m.declined, address)
		default:
			m.guests = append(m.guests, address)
		}
	}
	if m.organizer != "" && !named[m.organizer] { // some programs do not name the organizer among the guests
		m.guests = append(m.guests, m.organizer)
	}
	return m, nil
}

// rank orders the owner's answers where there are several: by two addresses, or in two calendars.
func rank(answer string) int { return slices.Index(answers, answer) }

var answers = []string{"", "needsAction", "declined", "tentative", "accepted"}

// says orders the copies of one event in several calendars: the copy in which the owner does most counts. A copy that
// is the owner's own, or in which they are no guest, needs no answer.
func (m meeting) says() int {
	switch {
	case m.cancelled:
		return -1
	case m.answer == "":
		return len(answers)
	}
	return rank(m.answer)
}

// takesPlace tells whether the meeting is one for the owner: not one that they declined, and not one to which a
// stranger invited them as long as they have not said that they come, or may come. What a client organises counts at
// once.
func (m meeting) takesPlace(byClient bool) bool {
	switch {
	case m.cancelled || m.answer == "declined":
		return false
	case m.organizer == "" || byClient || m.answer == "":
		return true
	}
	return m.answer == "accepted" || m.answer == "tentative"
}

// in is the moment. A day begins at the studio's midnight, whatever the zone of the calendar: the portal shows that
// zone. A time without an offset is in the zone it names, else in the calendar's.
func (t eventTime) in(calendarZone, studioZone *time.Location) (time.Time, error) {
	if t.DateTime == "" {
		day, err := time.ParseInLocation(time.DateOnly, t.Date, studioZone)
		if err != nil {
			return day, errNoTime
		}
		return day, nil
	}
	if moment, err := time.Parse(time.RFC3339, t.DateTime); err == nil {
		return moment.Truncate(time.Millisecond), nil // as the database keeps it
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

// window is the time in which events become bookings.
type window struct{ from, to time.Time }

const (
	daysBack  = 90
	daysAhead = 30
)

func windowAt(now time.Time) window {
	return window{now.AddDate(0, 0, -daysBack), now.AddDate(0, 0, daysAhead)}
}

// holds tells whether something takes place in the window, by Google's rule for timeMin and timeMax.
func (w window) holds(start, end time.Time) bool { return end.After(w.from) && start.Before(w.to) }
