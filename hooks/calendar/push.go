package calendar

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/routine"
	"github.com/pocketbase/pocketbase/tools/security"

	"greenroom/hooks/integrations"
)

// Google calls POST /api/webhooks/google-calendar when a calendar changes, by a channel that is opened for each: with a
// token of ours, by which we know it is Google, and an end, before which a new one is opened. A call only ever says
// "look again". It is no loss when one does not come: the schedule looks too.
// https://developers.google.com/workspace/calendar/api/guides/push

const (
	webhookPath   = "/api/webhooks/google-calendar"
	channelLife   = 7 * 24 * time.Hour
	renewBefore   = 24 * time.Hour
	stopTimeout   = 3 * time.Second
	stateOpen     = "open"
	tokenChars    = 40
	channelIdLong = 32
)

// lull is how long a sync waits for more calls: changes come in bunches. Tests shorten it.
var lull = time.Second

// channel is one that Google pushes by: the cursor of its row.
type channel struct {
	Id         string    `json:"id"`
	Token      string    `json:"token"`
	ResourceId string    `json:"resourceId"`
	Address    string    `json:"address"`
	Ends       time.Time `json:"ends"`
}

// push keeps a channel open for each calendar.
type push struct {
	*Service
	address string

	renewing sync.Mutex
	mu       sync.Mutex
	open     map[string]channel // by id
	waiting  bool               // a call has come, and the sync it asks for will start
}

// bindPush opens the channels where Google can reach the portal.
func bindPush(s *Service, portal *url.URL) {
	if portal == nil || portal.Scheme != "https" {
		return
	}
	p := &push{Service: s, address: portal.JoinPath(webhookPath).String(), open: map[string]channel{}}
	s.app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		s.app.OnTerminate().BindFunc(func(e *core.TerminateEvent) error {
			p.stopAll()
			return e.Next()
		})
		if err := p.load(); err != nil {
			return err
		}
		e.Router.POST(webhookPath, p.receive).Bind(apis.BodyLimit(maxFormBytes), apis.SkipSuccessActivityLog())
		s.job("calendarChannels", channelSchedule, p.renew)
		if err := e.Next(); err != nil {
			return err
		}
		routine.FireAndForget(p.renew)
		return nil
	})
}

// receive answers Google's call. 204 says it was heard, 401 that the channel is none of ours.
func (p *push) receive(e *core.RequestEvent) error {
	header := e.Request.Header
	p.mu.Lock()
	c, ok := p.open[header.Get("X-Goog-Channel-ID")]
	p.mu.Unlock()
	if !ok || c.Token == "" || subtle.ConstantTimeCompare([]byte(c.Token), []byte(header.Get("X-Goog-Channel-Token"))) != 1 {
		return e.UnauthorizedError("The channel is not open, or the token is not its own.", nil)
	}
	if header.Get("X-Goog-Resource-State") != "sync" { // that one only says that the channel is open
		p.tellOfChange()
		p.nudge()
	}
	return e.NoContent(http.StatusNoContent)
}

// nudge has a sync start soon, one for all calls until then.
func (p *push) nudge() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waiting {
		return
	}
	p.waiting = true
	routine.FireAndForget(func() {
		_ = pause(p.ctx, lull)
		p.runs.idle(p.ctx) // it may have read before the change
		p.mu.Lock()
		p.waiting = false
		p.mu.Unlock()
		p.syncQuietly(false)
	})
}

// load takes up the channels that a server before this one left open, and lets go of those of calendars that are no
// longer read.
func (p *push) load() error {
	rows, err := integrations.Rows(p.app, integration+":channel", "")
	if err != nil {
		return err
	}
	for _, row := range rows {
		c := read(row)
		if slices.Contains(p.calendars, strings.TrimPrefix(row.GetString("name"), channelRow(""))) {
			if c.Token != "" { // else none was ever opened
				p.open[c.Id] = c
			}
			continue
		}
		routine.FireAndForget(func() { _ = p.google.stop(p.ctx, c) }) // it ends by itself
		if err := p.app.Delete(row); err != nil {
			return err
		}
	}
	return nil
}

// read gives the channel that a row tells of; an empty one where it tells of none.
func read(row *core.Record) (c channel) {
	if row != nil {
		_ = json.Unmarshal([]byte(row.GetString("cursor")), &c)
	}
	return c
}

func channelRow(calendar string) string { return integration + ":channel:" + calendar }

// renew opens a channel for each calendar that has none with some life left. The one before stays open until then.
func (p *push) renew() {
	p.renewing.Lock()
	defer p.renewing.Unlock()
	for _, calendar := range p.calendars {
		row, err := integrations.Row(p.app, channelRow(calendar))
		if err != nil {
			p.app.Logger().Error("The calendar's channel cannot be read.", "calendar", calendar, "error", err)
			continue
		}
		old := read(row)
		if old.Address == p.address && old.Ends.Sub(p.now()) > renewBefore {
			continue
		}
		p.replace(calendar, old)
	}
}

// replace opens a channel and closes the one before. Google may call by the new one before it has answered.
func (p *push) replace(calendar string, old channel) {
	fresh := channel{Id: security.RandomStringWithAlphabet(channelIdLong, "0123456789abcdef"), Token: security.RandomString(tokenChars), Address: p.address}
	p.set(fresh)
	var err error
	fresh.ResourceId, fresh.Ends, err = p.google.watch(p.ctx, calendar, fresh, p.address, channelLife)
	if p.ctx.Err() != nil {
		return
	}
	if err != nil {
		p.forget(fresh)
		p.saveChannel(calendar, "down", old, "Google does not push the calendar's changes, so they come by the sync of every ten minutes: "+err.Error()+".")
		return
	}
	p.set(fresh)
	p.saveChannel(calendar, stateOpen, fresh, "")
	if old.ResourceId != "" {
		p.forget(old)
		_ = p.google.stop(p.ctx, old) // it ends by itself
	}
}

func (p *push) set(c channel) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open[c.Id] = c
}

func (p *push) forget(c channel) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, c.Id)
}

// saveChannel writes the row of a calendar's channel.
func (p *push) saveChannel(calendar, state string, c channel, trouble string) {
	cursor, err := json.Marshal(c)
	if err == nil {
		err = integrations.Set(p.app, channelRow(calendar), state, string(cursor), trouble)
	}
	if err != nil {
		p.app.Logger().Error("The calendar's channel cannot be written down.", "calendar", calendar, "error", err)
	}
}

// stopAll closes the channels, for nobody will answer, unless Google takes too long.
func (p *push) stopAll() {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		p.stopEach(ctx)
	}()
	select {
	case <-stopped:
	case <-ctx.Done():
	}
}

func (p *push) stopEach(ctx context.Context) {
	for _, calendar := range p.calendars {
		row, err := integrations.Row(p.app, channelRow(calendar))
		c := read(row)
		if err != nil || c.ResourceId == "" || p.google.stop(ctx, c) != nil || ctx.Err() != nil {
			continue
		}
		if err := integrations.Drop(p.app, channelRow(calendar)); err != nil {
			p.app.Logger().Error("The calendar's channel cannot be taken off the list.", "calendar", calendar, "error", err)
		}
	}
}
