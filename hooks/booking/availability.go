package booking

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"greenroom/hooks/access"
	"greenroom/hooks/people"
)

// durations are the lengths in minutes that a meeting can have.
var durations = []int{15, 30, 45, 60, 90, 120}

// offer is the answer of GET /api/portal/availability. Times are UTC; days are those of the studio's time zone.
type offer struct {
	Timezone string     `json:"timezone"`
	Duration int        `json:"duration"`
	Days     []offerDay `json:"days"`
}

type offerDay struct {
	Date  string `json:"date"`
	Slots []slot `json:"slots"`
}

type slot struct {
	Start string `json:"start"`
	End   string `json:"end"`
}

// availability answers with the free times for a meeting of a length, day by day. With ?moving=<booking> the time of
// that booking counts as free.
func (s *Service) availability(e *core.RequestEvent, client *core.Record) error {
	if !Offered(s.config) || s.calendar == nil {
		return s.notOffered()
	}
	now := s.now()
	first, days, length, err := s.asked(e, now)
	if err != nil {
		return err
	}
	var moving *core.Record
	if id := e.Request.URL.Query().Get("moving"); id != "" {
		if moving, err = find(e.App, id, client); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(e.Request.Context(), patience)
	defer cancel()
	taken, err := s.takenFor(ctx, e.App, first, days, moving)
	if err != nil {
		return err
	}
	out := offer{s.config.Timezone.String(), int(length.Minutes()), []offerDay{}}
	for i := range days {
		day := first.AddDate(0, 0, i)
		slots := []slot{}
		for _, p := range free(s.config.Hours, day, length, s.config.BookingBuffer, now.Add(s.config.BookingNotice), taken) {
			slots = append(slots, slot{onTheWire(p.Start), onTheWire(p.End)})
		}
		out.Days = append(out.Days, offerDay{day.Format(time.DateOnly), slots})
	}
	return e.JSON(http.StatusOK, out)
}

// takenFor returns what is taken on the days, with the buffer around them.
func (s *Service) takenFor(ctx context.Context, app core.App, first time.Time, days int, moving *core.Record) ([]Period, error) {
	// Google is asked about the whole period that can be booked, so that one answer serves every client and length.
	all := s.around(s.dayOf(s.now()), daysAhead+1)
	busy, err := s.taken.in(ctx, all, s.now, func(w window) ([]Period, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		return s.ask(ctx, w)
	})
	if err != nil {
		return nil, s.unreachable(err)
	}
	own := ""
	if moving != nil {
		own = moving.Id
		busy = without(busy, periodOf(moving))
	}
	booked, err := s.booked(app, s.around(first, days), own)
	return append(slices.Clone(busy), booked...), err
}

// asked parses the query, and refuses a wrong one before Google is asked.
func (s *Service) asked(e *core.RequestEvent, now time.Time) (first time.Time, days int, length time.Duration, err error) {
	query := e.Request.URL.Query()
	refuse := func(sentence string) (time.Time, int, time.Duration, error) {
		return first, days, length, e.BadRequestError(sentence, nil)
	}
	date, err := time.Parse(time.DateOnly, query.Get("from"))
	if err != nil {
		return refuse("Say from which day: from=YYYY-MM-DD.")
	}
	first = noon(date, s.config.Timezone)
	if days, err = strconv.Atoi(query.Get("days")); err != nil || days < 1 || days > daysAhead+1 {
		return refuse(fmt.Sprintf("Say for how many days: days=1 to %d.", daysAhead+1))
	}
	minutes, err := strconv.Atoi(query.Get("duration"))
	if err != nil || !slices.Contains(durations, minutes) {
		return refuse("A meeting lasts 15, 30, 45, 60, 90 or 120 minutes: duration=30.")
	}
	today := s.dayOf(now)
	switch last := first.AddDate(0, 0, days-1); {
	case first.Before(today):
		return refuse("That day is over. Ask from " + today.Format(time.DateOnly) + " on.")
	case last.After(today.AddDate(0, 0, daysAhead)):
		return refuse(fmt.Sprintf("Meetings are booked at most %d days ahead, until %s.", daysAhead, today.AddDate(0, 0, daysAhead).Format(time.DateOnly)))
	}
	return first, days, time.Duration(minutes) * time.Minute, nil
}

// dayOf returns the noon of the studio's day in which a moment lies. Noon, because some days have no midnight.
func (s *Service) dayOf(t time.Time) time.Time {
	return noon(t.In(s.config.Timezone), s.config.Timezone)
}

func noon(date time.Time, zone *time.Location) time.Time {
	year, month, day := date.Date()
	return time.Date(year, month, day, 12, 0, 0, 0, zone)
}

// around returns the window from the first day on, with the buffer before and after.
func (s *Service) around(first time.Time, days int) window {
	return window{moment(first, 0).Add(-s.config.BookingBuffer), moment(first.AddDate(0, 0, days-1), minutesOfDay).Add(s.config.BookingBuffer)}
}

const minutesOfDay = 24 * 60

func onTheWire(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func periodOf(booking *core.Record) Period {
	return Period{booking.GetDateTime("startTime").Time(), booking.GetDateTime("endTime").Time()}
}

// find returns a booking of the client's. One of another client is not found.
func find(app core.App, id string, client *core.Record) (*core.Record, error) {
	booking, err := app.FindRecordById("bookings", id)
	if errors.Is(err, sql.ErrNoRows) || err == nil && booking.GetString("client") != people.Account(client) {
		return nil, router.NewNotFoundError(access.NotHere, err)
	}
	return booking, err
}
