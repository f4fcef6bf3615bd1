package booking

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"greenroom/hooks/calendar"
	"greenroom/hooks/database"
	"greenroom/hooks/people"
)

// wish is the body of a request to book.
type wish struct {
	Start    string `json:"start" form:"start"`
	Duration int    `json:"duration" form:"duration"`
	Note     string `json:"note" form:"note"`
}

// period returns the time that the wish asks for.
func (w wish) period() (p Period, err error) {
	if p.Start, err = time.Parse(time.RFC3339, w.Start); err != nil {
		return p, router.NewBadRequestError("Say when it starts, with its offset from UTC: {\"start\": \"2026-11-24T10:00:00Z\"}.", err)
	}
	if !slices.Contains(durations, w.Duration) {
		return p, router.NewBadRequestError("A meeting lasts 15, 30, 45, 60, 90 or 120 minutes: {\"duration\": 30}.", nil)
	}
	p.End = p.Start.Add(time.Duration(w.Duration) * time.Minute)
	return p, nil
}

// note returns what the client wrote as one line.
func note(words string) (string, error) {
	if utf8.RuneCountInString(words) > calendar.MaxNoteChars {
		return "", router.NewBadRequestError(fmt.Sprintf("The note is too long: write %d characters at most.", calendar.MaxNoteChars), nil)
	}
	return people.OneLine(words, calendar.MaxNoteChars), nil
}

// book answers POST: 201 with the new booking, or 200 with the one that the client has already.
func (s *Service) book(ctx context.Context, e *core.RequestEvent, client *core.Record) error {
	var ask wish
	if err := e.BindBody(&ask); err != nil {
		return e.BadRequestError("The request could not be read. Send start, duration and note as JSON.", err)
	}
	p, err := ask.period()
	if err != nil {
		return err
	}
	words, err := note(ask.Note)
	if err != nil {
		return err
	}
	account := people.Account(client)
	round, had, err := s.round(e.App, account, p)
	if err != nil {
		return err
	}
	if had != nil {
		return answer(e, http.StatusOK, had)
	}
	if err := s.mayBook(e.App, account, p); err != nil {
		return err
	}
	if err := s.counted(e); err != nil {
		return err
	}
	booking, err := s.bookFree(ctx, e.App, client, p, words, round)
	s.taken.forget()
	if err != nil {
		return s.failed(err)
	}
	return answer(e, http.StatusCreated, booking)
}

// bookFree books the time if it is free, or returns the booking if the event exists and is this client's.
func (s *Service) bookFree(ctx context.Context, app core.App, client *core.Record, p Period, words string, round int) (*core.Record, error) {
	account := people.Account(client)
	if err := s.isFree(ctx, app, p, nil); err != nil {
		if taken := (*router.ApiError)(nil); !errors.As(err, &taken) || taken.Status != http.StatusConflict {
			return nil, err
		}
		// The event in the way may be this very meeting, whose booking could not be stored at the time.
		booking, lost := s.calendar.Booked(ctx, account, eventId(account, p, round))
		if booking != nil && lost == nil {
			return booking, nil
		}
		return nil, err
	}
	a := calendar.Appointment{Client: account, Note: words, GuestName: people.DisplayName(client), Guest: client.Email(),
		Title: s.title(client), Description: s.description(words), Start: p.Start, End: p.End}
	if people.IsPerson(client) {
		a.Person = client.Id
	}
	for {
		a.EventId = eventId(account, p, round)
		booking, err := s.calendar.Book(ctx, a)
		if errors.Is(err, calendar.ErrUsedUp) && ctx.Err() == nil {
			round++ // the event was cancelled, and Google does not allow its id again
			continue
		}
		return booking, err
	}
}

// title returns a title by which both the client and the owner know the meeting.
func (s *Service) title(client *core.Record) string {
	return people.PlainName(people.DisplayName(client)) + " and " + s.config.Owner
}

func (s *Service) description(words string) string {
	out := "Booked in the portal."
	if words != "" {
		out = words + "\n\n" + out
	}
	return out
}

// eventId derives the event's id from account, time and length, so that a repeated request finds the first event. round
// counts earlier events of the same meeting that were cancelled.
func eventId(account string, p Period, round int) string {
	sum := sha256.Sum256([]byte(account + " " + strconv.FormatInt(p.Start.Unix(), 10) + " " + p.End.Sub(p.Start).String() + " " + strconv.Itoa(round)))
	return calendar.EventId(sum[:20])
}

// round returns the first round for which there is no booking; if the client has a booking of exactly this time, had is
// that booking.
func (s *Service) round(app core.App, account string, p Period) (round int, had *core.Record, err error) {
	for {
		b, err := app.FindFirstRecordByData("bookings", "calendarEventId", eventId(account, p, round))
		switch {
		case isNone(err):
			return round, nil, nil
		case err != nil:
			return round, nil, err
		case b.GetString("client") == account && b.GetDateTime("cancelledAt").IsZero() && periodOf(b).is(p):
			return round, b, nil
		}
		round++ // this booking was cancelled or moved to another time
	}
}

// mayBook refuses a time that is not offered, before Google is asked.
func (s *Service) mayBook(app core.App, account string, p Period) error {
	if err := s.isOffered(p); err != nil {
		return err
	}
	var open int
	err := app.DB().NewQuery("SELECT count(*) FROM bookings WHERE client = {:client} AND madeInPortal = 1 AND cancelledAt = '' AND endTime > {:now}").
		Bind(dbx.Params{"client": account, "now": stored(s.now())}).Row(&open)
	if err == nil && open >= maxOpen {
		err = router.NewBadRequestError(fmt.Sprintf("You have booked %d meetings that are still to come, and no more can be booked at once. Cancel one of them, or write to %s.", open, s.config.Owner), nil)
	}
	return err
}

// isOffered refuses a time that would not be offered even if nothing were taken.
func (s *Service) isOffered(p Period) error {
	now := s.now()
	today, day := s.dayOf(now), s.dayOf(p.Start)
	switch {
	case p.Start.Before(now.Add(s.config.BookingNotice)):
		return router.NewBadRequestError(s.tooLate("Meetings are booked"), nil)
	case day.After(today.AddDate(0, 0, daysAhead)):
		return router.NewBadRequestError(fmt.Sprintf("Meetings are booked at most %d days ahead. Choose an earlier day.", daysAhead), nil)
	}
	for _, offered := range free(s.config.Hours, day, p.End.Sub(p.Start), 0, now, nil) {
		if offered.Start.Equal(p.Start) {
			return nil
		}
	}
	return router.NewBadRequestError(s.said(p.Start)+" is not one of the times that are offered. Choose one from the list.", nil)
}

// tooLate returns the sentence that says how much notice is needed.
func (s *Service) tooLate(what string) string {
	return fmt.Sprintf("%s here up to %s before they begin. For anything sooner, write to %s.", what, InWords(s.config.BookingNotice), s.config.Owner)
}

// isFree returns an error unless a time is free now. The studio's bookings are checked first, then Google is asked. The
// time of a booking that moves counts as free.
func (s *Service) isFree(ctx context.Context, app core.App, p Period, moving *core.Record) error {
	w := window{p.Start.Add(-s.config.BookingBuffer), p.End.Add(s.config.BookingBuffer)}
	own := ""
	if moving != nil {
		own = moving.Id
	}
	booked, err := s.booked(app, w, own)
	if err != nil {
		return err
	}
	near := func(t Period) bool { return t.near(p, s.config.BookingBuffer) }
	if slices.ContainsFunc(booked, near) {
		return s.justTaken(p)
	}
	busy, err := s.ask(ctx, w)
	if err != nil {
		return s.unreachable(err)
	}
	if moving != nil {
		busy = without(busy, periodOf(moving))
	}
	if slices.ContainsFunc(busy, near) {
		return s.justTaken(p)
	}
	return nil
}

func (s *Service) justTaken(p Period) error {
	return router.NewApiError(http.StatusConflict, s.said(p.Start)+" has just been taken. Choose another time.", nil)
}

// answer sends a booking as the client sees it in the list.
func answer(e *core.RequestEvent, status int, booking *core.Record) error {
	if err := apis.EnrichRecord(e, booking); err != nil {
		return err
	}
	out := booking.PublicExport()
	for name := range out {
		if field := booking.Collection().Fields.GetByName(name); field != nil && (field.Type() == core.FieldTypeDate || field.Type() == core.FieldTypeAutodate) {
			out[name] = database.OnTheWire(booking.GetDateTime(name))
		}
	}
	return e.JSON(status, out)
}
