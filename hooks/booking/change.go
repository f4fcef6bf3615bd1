package booking

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"greenroom/hooks/calendar"
)

// changeable returns a booking of the client's that they may change: one booked in the portal that is not cancelled and
// begins no sooner than the notice.
func (s *Service) changeable(app core.App, id string, client *core.Record) (*core.Record, error) {
	booking, err := find(app, id, client)
	if err != nil {
		return nil, err
	}
	start := booking.GetDateTime("startTime").Time()
	switch {
	case !booking.GetBool("madeInPortal"):
		return nil, router.NewBadRequestError("This meeting was not booked here. Write to "+s.config.Owner+" to change it.", nil)
	case !start.After(s.now()):
		return nil, router.NewBadRequestError("This meeting has begun or is over, so it cannot be changed any more.", nil)
	case booking.GetDateTime("cancelledAt").IsZero() && start.Before(s.now().Add(s.config.BookingNotice)):
		return nil, router.NewBadRequestError(s.tooLate("Meetings are changed and cancelled"), nil)
	}
	return booking, nil
}

// cancel answers DELETE with 204, also if the meeting is cancelled already.
func (s *Service) cancel(ctx context.Context, e *core.RequestEvent, client *core.Record) error {
	var ask struct {
		Note string `json:"note" form:"note"`
	}
	if e.Request.ContentLength != 0 {
		if err := e.BindBody(&ask); err != nil {
			return e.BadRequestError("The request could not be read. Send note as JSON, or nothing.", err)
		}
	}
	words, err := note(ask.Note)
	if err != nil {
		return err
	}
	booking, err := s.changeable(e.App, e.Request.PathValue("id"), client)
	if err != nil {
		return err
	}
	if booking.GetDateTime("cancelledAt").IsZero() {
		if err := s.counted(e); err != nil {
			return err
		}
		err = s.calendar.Cancel(ctx, booking, words)
		s.taken.forget()
	}
	if err != nil {
		return s.failed(err)
	}
	return e.NoContent(http.StatusNoContent)
}

// move answers PATCH {start, duration} with 200 and the booking. The event itself is moved, so the old time is given up
// only for the new one.
func (s *Service) move(ctx context.Context, e *core.RequestEvent, client *core.Record) error {
	var ask wish
	if err := e.BindBody(&ask); err != nil {
		return e.BadRequestError("The request could not be read. Send start and duration as JSON.", err)
	}
	p, err := ask.period()
	if err != nil {
		return err
	}
	booking, err := s.changeable(e.App, e.Request.PathValue("id"), client)
	if err != nil {
		return err
	}
	switch {
	case !booking.GetDateTime("cancelledAt").IsZero():
		return e.BadRequestError("This meeting was cancelled. Book a new one.", nil)
	case periodOf(booking).is(p):
		return answer(e, http.StatusOK, booking)
	case strings.TrimSpace(ask.Note) != "":
		return e.BadRequestError("A meeting that moves keeps its note. Leave note out.", nil)
	}
	if err := s.isOffered(p); err != nil {
		return err
	}
	if err := s.counted(e); err != nil {
		return err
	}
	err = s.isFree(ctx, e.App, p, booking)
	if err == nil {
		booking, err = s.calendar.Move(ctx, booking, p.Start, p.End)
	}
	s.taken.forget()
	if errors.Is(err, calendar.ErrGone) {
		return router.NewApiError(http.StatusConflict, "This meeting is no longer in the calendar, so it cannot move. Look at your bookings in a minute.", err)
	}
	if err != nil {
		return s.failed(err)
	}
	return answer(e, http.StatusOK, booking)
}
