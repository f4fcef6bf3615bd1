package calendar

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/pocketbase/pocketbase/core"
)

// Meetings that clients book in the portal. Free times are asked of Google, the event goes into the first of the
// calendars, and the booking is made from Google's answer by the code of the sync.

var (
	// ErrUsedUp says that an event with this id existed and was cancelled. Google does not accept the id again.
	ErrUsedUp = errors.New("calendar: an event by this id was cancelled")
	// ErrGone says that the event exists in none of the calendars.
	ErrGone = errors.New("calendar: the event is in no calendar any more")
)

// Busy is a period that is taken.
type Busy struct{ Start, End time.Time }

// BusyTimes returns the busy periods of all calendars between from and to. It is an error if one calendar does not
// tell.
func (s *Service) BusyTimes(ctx context.Context, from, to time.Time) (out []Busy, err error) {
	items := []map[string]string{}
	for _, calendar := range s.calendars {
		items = append(items, map[string]string{"id": calendar})
	}
	var answer struct {
		Calendars map[string]struct {
			Errors []struct{ Reason string }
			Busy   []Busy
		}
	}
	err = s.google.callUpTo(ctx, visitorAttempts, http.MethodPost, "/freeBusy", map[string]any{"timeMin": from.UTC().Format(time.RFC3339), "timeMax": to.UTC().Format(time.RFC3339), "items": items}, &answer)
	if err != nil {
		s.noteBooking(ctx, err)
		return nil, fmt.Errorf("calendar: ask what is free: %w", err)
	}
	for _, calendar := range s.calendars {
		told, ok := answer.Calendars[calendar]
		if !ok || len(told.Errors) > 0 {
			return nil, fmt.Errorf("calendar: %s does not tell what is free: %v", calendar, told.Errors)
		}
		out = append(out, told.Busy...)
	}
	return out, nil
}

// Appointment is what a client books. EventId is chosen by the caller, so that a repeated request finds the same event.
type Appointment struct {
	EventId              string
	Client, Person, Note string // id of the client; id of their person who books, or ""; their words
	GuestName, Guest     string // name and address of the guest whom Google invites, if it can
	Title, Description   string
	Start, End           time.Time
}

// Book creates the event and its booking. If an event with this id exists already, its booking is returned (see
// Booked).
func (s *Service) Book(ctx context.Context, a Appointment) (booking *core.Record, err error) {
	defer func() { s.noteBooking(ctx, err) }()
	e, err := s.google.insert(ctx, s.calendars[0], a, s.zone)
	if refused := (*refusal)(nil); errors.As(err, &refused) && refused.status == http.StatusConflict {
		return s.Booked(ctx, a.Client, a.EventId)
	}
	if err != nil {
		return nil, fmt.Errorf("calendar: put in %s: %w", a.EventId, err)
	}
	return s.applyEvent(e, a.Client)
}

// Booked returns the booking of an event that may exist, and saves it if needed. It returns nil where there is no such
// event, and ErrUsedUp where it was cancelled.
func (s *Service) Booked(ctx context.Context, client, eventId string) (*core.Record, error) {
	for _, calendar := range s.calendars {
		e, err := s.google.get(ctx, calendar, eventId)
		switch {
		case err != nil:
			return nil, fmt.Errorf("calendar: look for %s: %w", eventId, err)
		case e != nil && e.Status == "cancelled":
			return nil, ErrUsedUp
		case e != nil:
			return s.applyEvent(*e, client)
		}
	}
	return nil, nil
}

// applyEvent applies one event to the bookings of one client, and returns the client's booking of it.
func (s *Service) applyEvent(e event, client string) (booking *core.Record, err error) {
	m, err := e.meeting(s.own, s.zone, s.zone)
	if err != nil {
		return nil, err
	}
	err = s.app.RunInTransaction(func(tx core.App) error {
		guests, err := guestsOf(tx, client)
		if err != nil {
			return err
		}
		if _, err := s.apply(tx, []meeting{m}, guests, windowAt(s.now())); err != nil {
			return err
		}
		known, err := bookingsOf(tx, []meeting{m})
		for _, b := range known[m.id] {
			if b.GetString("client") == client {
				booking = b
			}
		}
		if err == nil && booking == nil {
			return fmt.Errorf("calendar: event %s makes no booking of client %s", m.id, client)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNotWritten, err)
	}
	return booking, nil
}

// Move gives a booked event other times and returns the changed booking. ErrGone says that the event no longer exists.
func (s *Service) Move(ctx context.Context, booking *core.Record, start, end time.Time) (moved *core.Record, err error) {
	defer func() { s.noteBooking(ctx, err) }()
	var e event
	err = s.inItsCalendar(func(calendar string) error {
		e = event{}
		return s.google.write(ctx, http.MethodPatch, calendar, eventId(booking), map[string]any{"start": s.eventTime(start), "end": s.eventTime(end)}, &e)
	})
	if err != nil {
		return nil, err
	}
	if e.Start == (eventTime{}) { // the answer lacked the fields that were asked for
		return nil, fmt.Errorf("calendar: %s was moved to no time", eventId(booking))
	}
	return s.applyEvent(e, booking.GetString("client"))
}

// Cancel deletes a booked event and marks its booking as cancelled, with the client's note. An event that no longer
// exists is no error.
func (s *Service) Cancel(ctx context.Context, booking *core.Record, note string) (err error) {
	defer func() { s.noteBooking(ctx, err) }()
	err = s.inItsCalendar(func(calendar string) error {
		return s.google.write(ctx, http.MethodDelete, calendar, eventId(booking), nil, nil)
	})
	if err != nil && !errors.Is(err, ErrGone) {
		return err
	}
	return s.app.RunInTransaction(func(tx core.App) error {
		booking, err := tx.FindRecordById("bookings", booking.Id)
		if err != nil {
			return err
		}
		if booking.GetDateTime("cancelledAt").IsZero() {
			booking.Set("cancelledAt", s.now())
		}
		booking.Set("cancelNote", note)
		return tx.Save(booking)
	})
}

// inItsCalendar calls do for each calendar until one has the event, and returns what do returned, or ErrGone.
func (s *Service) inItsCalendar(do func(calendar string) error) error {
	for _, calendar := range s.calendars {
		err := do(calendar)
		if refused := (*refusal)(nil); errors.As(err, &refused) && (refused.status == http.StatusNotFound || refused.status == http.StatusGone) {
			continue
		}
		return err
	}
	return ErrGone
}

func (s *Service) eventTime(t time.Time) map[string]string { return timeIn(t, s.zone) }

func timeIn(t time.Time, zone *time.Location) map[string]string {
	return map[string]string{"dateTime": t.In(zone).Format(time.RFC3339), "timeZone": zone.String()}
}

// insert creates an event. For a person's account it has a video call and an invited guest; Google offers neither to
// service accounts.
func (g *google) insert(ctx context.Context, calendar string, a Appointment, zone *time.Location) (event, error) {
	properties := map[string]string{propertyClient: a.Client}
	if a.Person != "" {
		properties[propertyPerson] = a.Person
	}
	if a.Note != "" {
		properties[propertyNote] = a.Note
	}
	body := map[string]any{"id": a.EventId, "summary": a.Title, "description": a.Description, "start": timeIn(a.Start, zone), "end": timeIn(a.End, zone),
		"extendedProperties": map[string]any{"private": properties}}
	if g.ofPerson {
		body["attendees"] = []map[string]string{{"email": a.Guest, "displayName": a.GuestName}}
		body["conferenceData"] = map[string]any{"createRequest": map[string]any{"requestId": a.EventId, "conferenceSolutionKey": map[string]string{"type": "hangoutsMeet"}}}
	}
	for {
		// Fields that Google's answer leaves out have the values that were sent.
		made := event{Id: a.EventId, Summary: a.Title, Start: eventTime{DateTime: a.Start.Format(time.RFC3339)}, End: eventTime{DateTime: a.End.Format(time.RFC3339)}}
		made.Extended.Private = properties
		err := g.write(ctx, http.MethodPost, calendar, "", body, &made)
		if refused := (*refusal)(nil); errors.As(err, &refused) && refused.status == http.StatusBadRequest && body["conferenceData"] != nil {
			delete(body, "conferenceData") // some accounts may not create video calls
			continue
		}
		return made, err
	}
}

// write creates, changes or deletes an event, and lets Google notify the guests.
func (g *google) write(ctx context.Context, method, calendar, id string, in, out any) error {
	path := eventsPath(calendar)
	if id != "" {
		path += "/" + url.PathEscape(id)
	}
	query := url.Values{"sendUpdates": {"all"}}
	if out != nil {
		query.Set("conferenceDataVersion", "1")
		query.Set("fields", eventParts)
	}
	return g.callUpTo(ctx, visitorAttempts, method, path+"?"+query.Encode(), in, out)
}

// EventId turns a digest into an event id. Google allows the characters of base32hex, which include the hexadecimal
// digits.
func EventId(digest []byte) string { return hex.EncodeToString(digest) }
