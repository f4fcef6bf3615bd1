// Package booking lets a client book a free time of the owner's calendar in the portal.
//
// In flow the busy times of Google's calendars and the studio's own bookings; out flow an event in the first calendar
// and a booking made of Google's answer. Google always comes first: a meeting is booked, moved or cancelled once its
// event is, and the sync of hooks/calendar makes the same booking of the event. So the next sync completes whatever a
// crash between the two left.
//
// No time is booked twice: changes are made one after the other, each asks Google again, and the event's id is derived
// from client, start and duration, so that a repeated request finds the first event. While Google cannot be reached
// nothing is offered or booked, and the client is told so, because offering a time that is taken would be worse.
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
	maxBody      = 16 << 10 // bytes; several times the size of the longest note

	daysAhead = 30 // after today
	maxOpen   = 3  // future meetings that one client has booked in the portal
	aMinute   = 30 // changes by one client about which Google is asked
	aDay      = 100
	patience  = 8 * time.Second  // how long a client who looks at the free times waits for Google
	endurance = 20 * time.Second // how long one who books, moves or cancels waits
)

// Service offers free times and books them.
type Service struct {
	app      core.App
	calendar *calendar.Service
	config   config.Config
	now      func() time.Time
	taken    taken
	pace     *access.Pace
	turn     chan struct{} // a slot for the one change that is being made
}

// Register binds the routes. Without hours or a calendar they answer whom to write to.
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

// Offered reports whether clients can book at all.
func Offered(c config.Config) bool { return c.Hours.Any() && len(c.GoogleCalendarIds) > 0 }

// notOffered is the answer if clients cannot book.
func (s *Service) notOffered() error {
	return router.NewBadRequestError("Meetings are not booked here. Write to "+s.config.Owner+".", nil)
}

// change wraps a handler that changes a meeting: only a client or one of their people may call it, one change is made
// at a time, and it is completed even if the client leaves.
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

// counted counts a change against the client's limit. It is called once only Google can still refuse the change, so that
// wrong input does not count.
func (s *Service) counted(e *core.RequestEvent) error {
	wait := s.pace.Wait(e.App, e.Auth.Id)
	if wait == 0 {
		return nil
	}
	e.Response.Header().Set("Retry-After", access.Seconds(wait))
	return e.TooManyRequestsError("You have changed a lot in a short time. Nothing was booked or cancelled now; try again in a while.", nil)
}

// unreachable is the answer if Google cannot be asked or has refused the change.
func (s *Service) unreachable(cause error) error {
	return router.NewApiError(http.StatusServiceUnavailable, "The calendar cannot be reached just now, so nothing can be booked or changed. "+
		"What you have booked stays. Try again in a few minutes, or write to "+s.config.Owner+".", cause)
}

// unknown is the answer if Google broke off and may have made the change.
func (s *Service) unknown(cause error) error {
	return router.NewApiError(http.StatusServiceUnavailable, "The calendar did not answer, so it is not known yet whether this was done. "+
		"Ask again in a minute: nothing is done twice.", cause)
}

// failed turns an error of the calendar into an answer.
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

// said formats a time of day by the studio's clock.
func (s *Service) said(t time.Time) string { return t.In(s.config.Timezone).Format("15:04") }
