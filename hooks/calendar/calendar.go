// Package calendar fills the clients' bookings from the owner's Google Calendar, the only source of them.
//
// In flow events: all those of the window (90 days back, 30 ahead) at first, each night, and when the clients'
// addresses have changed; between, what changed since Google's sync token. Whoever is a guest by the address of an
// active client gets a booking. What leaves the calendar stays as a cancelled booking. Out flows nothing but the
// address of our webhook, where the portal is public: Google then says when to look again. It looks every ten minutes
// all the same.
//
// Every page of events is one transaction, and a sync token is stored with the last of its pages: a crash or an error
// at any point loses and doubles nothing, for the next sync reads again what was not confirmed. While Google is down
// the bookings stay as they are; when it refuses the studio's access the owner is told once, by the row "calendar" and
// by mail.
package calendar

import (
	"context"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/config"
	"greenroom/hooks/people"
)

// integration is the name of the row of integrations that tells how the calendar fares. Rows named
// integration:<calendar id> hold where its sync stands, rows named integration:channel:<calendar id> the channel by
// which Google pushes; the row integration:booking tells why clients cannot book.
const integration = "calendar"

const (
	pollSchedule    = "*/10 * * * *"
	nightlySchedule = "40 2 * * *" // UTC, away from the backup
	channelSchedule = "25 * * * *"
)

// Register binds the parts that are configured, and gives the service where there is a calendar. The feed and turning a
// booking into a session need no Google.
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
			s.runs.idle(ctx) // the page that is being written is written before the last upload
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

// OnChange has do called whenever something may have changed in the calendars.
func (s *Service) OnChange(do func()) { s.changed = append(s.changed, do) }

func (s *Service) tellOfChange() {
	for _, do := range s.changed {
		do()
	}
}

// Service keeps the bookings in step with the calendars.
type Service struct {
	app       core.App
	google    *google
	calendars []string
	owner     config.Email
	own       map[string]bool // addresses that are the owner's, lower-cased
	zone      *time.Location
	books     bool // whether clients may book
	changed   []func()
	now       func() time.Time

	runs runs
	ctx  context.Context // of all that runs in the background, until the server stops
	end  context.CancelFunc
}

// New makes the service; nil where no calendar is configured.
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

// job runs work on a schedule. The errors of a sync are noted by itself.
func (s *Service) job(name, schedule string, work func()) { s.app.Cron().MustAdd(name, schedule, work) }
