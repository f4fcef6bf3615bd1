// Package calendar makes the clients' bookings from the owner's Google calendars, and puts what clients book in the
// portal into the first of them. Google's answer is the only source of a booking in either case.
//
// A sync reads all events of the window (90 days back, 30 ahead) at first, each night, and when the clients' addresses
// have changed; otherwise it reads what changed since Google's sync token. An active client who is a guest gets a
// booking. A meeting that leaves the calendar stays as a cancelled booking. Syncs run every ten minutes and, where the
// portal has a public address, whenever Google calls the webhook.
//
// Every page of events is applied in one transaction, and the sync token is stored with the last page. After a crash or
// an error the next sync reads the unconfirmed part again, so nothing is lost or doubled. While Google is down,
// bookings stay as they are. When it refuses the studio's access, the owner is told once, by the row "calendar" of
// integrations and by mail.
package calendar

import (
	"context"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/config"
	"greenroom/hooks/people"
)

// integration names the calendar's row of integrations. Further rows: "calendar:<calendar id>" stores the position of
// that calendar's sync, "calendar:channel:<calendar id>" the channel by which Google pushes its changes, and
// "calendar:booking" why clients cannot book.
const integration = "calendar"

const (
	pollSchedule    = "*/10 * * * *"
	nightlySchedule = "40 2 * * *" // UTC, at another time than the backup
	channelSchedule = "25 * * * *"
)

// Register binds what is configured, and returns the service, or nil without a calendar. The feed, and making a session
// of a booking, need no Google account.
func Register(app core.App, c config.Config) *Service {
	bindFeed(app, c)
	bindSession(app)
	s := New(app, c)
	bindSync(app, s, c.CronSecret)
	if s == nil {
		return nil
	}
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		app.OnTerminate().BindFunc(func(e *core.TerminateEvent) error {
			s.end()
			ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
			defer cancel()
			// A sync that is writing a page finishes it before the database is uploaded for the last time.
			s.runs.idle(ctx)
			return e.Next()
		})
		s.job("calendarSync", pollSchedule, func() { s.syncQuietly(false) })
		s.job("calendarReconcile", nightlySchedule, func() { s.syncQuietly(true) })
		if err := e.Next(); err != nil {
			return err
		}
		s.begin(false)
		return nil
	})
	bindPush(s, c.URL)
	return s
}

// OnChange registers a function to be called whenever the calendars may have changed.
func (s *Service) OnChange(do func()) { s.changed = append(s.changed, do) }

func (s *Service) tellOfChange() {
	for _, do := range s.changed {
		do()
	}
}

// Service syncs bookings with the calendars.
type Service struct {
	app       core.App
	google    *google
	calendars []string
	owner     config.Email
	own       map[string]bool // the owner's addresses, normalised by people.Address
	zone      *time.Location
	books     bool // whether clients may book in the portal (GREENROOM_HOURS is set)
	changed   []func()
	now       func() time.Time

	runs runs
	ctx  context.Context // ended when the server stops; of all work in the background
	end  context.CancelFunc
}

// New returns the service, or nil where no calendar is configured.
func New(app core.App, c config.Config) *Service {
	if len(c.GoogleCalendarIds) == 0 {
		return nil
	}
	s := &Service{app: app, google: newGoogle(c), owner: c.OwnerEmail, own: map[string]bool{}, zone: c.Timezone, now: time.Now, books: c.Hours.Any()}
	s.own[people.Address(string(c.OwnerEmail))] = true
	for _, id := range c.GoogleCalendarIds {
		s.calendars = append(s.calendars, id)
		s.own[people.Address(id)] = true
	}
	s.ctx, s.end = context.WithCancel(context.Background())
	return s
}

// job schedules work. A sync records its own errors (see note).
func (s *Service) job(name, schedule string, work func()) { s.app.Cron().MustAdd(name, schedule, work) }
