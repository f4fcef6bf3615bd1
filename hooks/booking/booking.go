// Package booking lets a client take a free hour of the owner's, in the portal.
//
// In flow what Google's calendars say is taken, and the studio's own bookings; out flow an event in the first calendar
// and, made of what Google answers, a booking. Google comes first in everything: a meeting is booked, moved or
// cancelled once its event is, and the sync of hooks/calendar makes the same booking of the event. So a crash between
// the two leaves nothing that the next sync does not finish.
//
// Nobody gets an hour that somebody else has: one change at a time is on its way, each asks Google anew, and the
// event's id follows from client, start and duration, so that a second press finds the first one's meeting. While
// Google cannot be reached nothing is offered and nothing booked, and that is said: an hour that only seems free is
// worse than none.
package booking

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"greenroom/hooks/access"
	"greenroom/hooks/calendar"
	"greenroom/hooks/config"
)

const (
	bookingsPath = "/api/portal/bookings"
	maxBody      = 16 << 10 // bytes; a note of the longest kind has room several times

	daysAhead = 30 // after today
	maxOpen   = 3  // meetings of a client that are booked here and still to come
	aMinute   = 30 // changes of a client's that Google is asked for
	aDay      = 100
	patience  = 8 * time.Second  // of a visitor who looks
	endurance = 20 * time.Second // of one who books
)

// Service offers hours and books them.
type Service struct {
	app      core.App
	calendar *calendar.Service
	config   config.Config
	now      func() time.Time
	taken    taken
	pace     *access.Pace
	turn     chan struct{} // held by the one change that is on its way
}

// Register binds the routes. Without hours or a calendar they say whom to write to.
func Register(app core.App, c config.Config, google *calendar.Service) {
	s := &Service{app: app, calendar: google, config: c, now: time.Now, turn: make(chan struct{}, 1)}
	s.pace = access.NewPace(func() time.Time { return s.now() }, aMinute, aDay)
	if google != nil {
		google.OnChange(s.taken.forget)
	}
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Router.GET("/api/portal/availability", access.Page(s.availability)).Bind(apis.SkipSuccessActivityLog())
		e.Router.POST(bookingsPath, s.change(s.book)).Bind(apis.BodyLimit(maxBody))
		e.Router.PATCH(bookingsPath+"/{id}", s.change(s.move)).Bind(apis.BodyLimit(maxBody))
		e.Router.DELETE(bookingsPath+"/{id}", s.change(s.cancel)).Bind(apis.BodyLimit(maxBody))
		return e.Next()
	})
}

// Offered tells whether clients can book at all.
func Offered(c config.Config) bool { return c.Hours.Any() && len(c.GoogleCalendarIds) > 0 }

// notOffered is the answer where nobody books.
func (s *Service) notOffered() error {
	return router.NewBadRequestError("Meetings are not booked here. Write to "+s.config.Owner+".", nil)
}

// change lets a client, or one of their people, change one thing at a time. It goes on when they leave: what was begun
// in the calendar is finished here.
func (s *Service) change(do func(ctx context.Context, e *core.RequestEvent, client *core.Record) error) func(e *core.RequestEvent) error {
	return func(e *core.RequestEvent) error {
		switch {
		case e.Auth == nil:
			return e.UnauthorizedError("Sign in to book a meeting.", nil)
		case e.Request.URL.Query().Has("as"):
			return e.ForbiddenError("Looking at a page as a client changes nothing.", nil)
		case e.Auth.Collection().Name != "clients" || e.Auth.GetString("archivedAt") != "":
			return e.ForbiddenError("Only clients book meetings here.", nil)
		case !Offered(s.config) || s.calendar == nil:
			return s.notOffered()
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(e.Request.Context()), endurance)
		defer cancel()
		select {
		case s.turn <- struct{}{}:
			defer func() { <-s.turn }()
		case <-ctx.Done():
			return s.unreachable(ctx.Err())
		}
		return access.Answer(e, do(ctx, e, e.Auth))
	}
}

// counted counts a change, once nothing but Google can refuse it: what is wrong in itself costs nobody anything.
func (s *Service) counted(e *core.RequestEvent) error {
	wait := s.pace.Wait(e.App, e.Auth.Id)
	if wait == 0 {
		return nil
	}
	e.Response.Header().Set("Retry-After", access.Seconds(wait))
	return e.TooManyRequestsError("You have changed a lot in a short time. Nothing was booked or cancelled now; try again in a while.", nil)
}

// unreachable is the answer where Google does not say what is free, or does not take what is booked.
func (s *Service) unreachable(cause error) error {
	return router.NewApiError(http.StatusServiceUnavailable, "The calendar cannot be reached just now, so nothing can be booked or changed. "+
		"What you have booked stays. Try again in a few minutes, or write to "+s.config.Owner+".", cause)
}

// unknown is the answer where the calendar broke off in the middle of it.
func (s *Service) unknown(cause error) error {
	return router.NewApiError(http.StatusServiceUnavailable, "The calendar did not answer, so it is not known yet whether this was done. "+
		"Ask again in a minute: nothing is done twice.", cause)
}

// failed is the answer to what could not be done in the calendar.
func (s *Service) failed(err error) error {
	var answer *router.ApiError
	if errors.As(err, &answer) {
		return err
	}
	s.app.Logger().Warn("A client's change did not come about.", "error", err)
	if calendar.MayHaveHappened(err) {
		return s.unknown(err)
	}
	return s.unreachable(err)
}

// said is a time of the day as the studio's clock shows it.
func (s *Service) said(t time.Time) string { return t.In(s.config.Timezone).Format("15:04") }
