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

// Google calls POST /api/webhooks/google-calendar when a calendar changes, by a channel that is opened for each
// calendar. A channel has a token of ours, which proves that the call is Google's, and an expiry, before which it is
// replaced. A call says only that something changed. A call that gets lost does no harm, since syncs also run on a
// schedule. https://developers.google.com/workspace/calendar/api/guides/push

const (
	webhookPath   = "/api/webhooks/google-calendar"
	channelLife   = 7 * 24 * time.Hour
	renewBefore   = 24 * time.Hour
	stopTimeout   = 3 * time.Second
	stateOpen     = "open"
	tokenChars    = 40
	channelIdLong = 32
)

// debounce is how long a sync waits for further calls, because changes come in groups. The tests shorten it.
var debounce = time.Second

// channel is a push channel, stored as JSON in the cursor of its row.
type channel struct {
	Id         string    `json:"id"`
	Token      string    `json:"token"`
	ResourceId string    `json:"resourceId"`
	Address    string    `json:"address"`
	Ends       time.Time `json:"ends"`
}

// push maintains an open channel for each calendar.
type push struct {
	*Service
	address string

	renewing sync.Mutex
	mu       sync.Mutex
	open     map[string]channel // channels from which calls are accepted, by id
	waiting  bool               // a call has come, and its sync has not started yet
}

// bindPush opens the channels if Google can reach the portal, which takes an https address.
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

// receive answers Google's call: 204, or 401 if the channel or its token is unknown.
func (p *push) receive(e *core.RequestEvent) error {
	header := e.Request.Header
	p.mu.Lock()
	c, ok := p.open[header.Get("X-Goog-Channel-ID")]
	p.mu.Unlock()
	if !ok || c.Token == "" || subtle.ConstantTimeCompare([]byte(c.Token), []byte(header.Get("X-Goog-Channel-Token"))) != 1 {
		return e.UnauthorizedError("The channel is not open, or the token is not its own.", nil)
	}
	if header.Get("X-Goog-Resource-State") != "sync" { // "sync" only says that the channel is open
		p.tellOfChange()
		p.nudge()
	}
	return e.NoContent(http.StatusNoContent)
}

// nudge starts a sync after debounce. Calls until then share it.
func (p *push) nudge() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waiting {
		return
	}
	p.waiting = true
	routine.FireAndForget(func() {
		_ = pause(p.ctx, debounce)
		p.runs.idle(p.ctx) // a running sync may have read the calendar before the change
		p.mu.Lock()
		p.waiting = false
		p.mu.Unlock()
		p.syncQuietly(false)
	})
}

// load accepts calls from the channels that an earlier process left open, and closes those of calendars that are no
// longer configured.
func (p *push) load() error {
	rows, err := integrations.Rows(p.app, integration+":channel", "")
	if err != nil {
		return err
	}
	for _, row := range rows {
		c := read(row)
		if slices.Contains(p.calendars, strings.TrimPrefix(row.GetString("name"), channelRow(""))) {
			if c.Token != "" { // without a token no channel was ever opened
				p.open[c.Id] = c
			}
			continue
		}
		routine.FireAndForget(func() { _ = p.google.stop(p.ctx, c) }) // one that stays expires
		if err := p.app.Delete(row); err != nil {
			return err
		}
	}
	return nil
}

// read returns the channel stored in a row, or an empty one where there is none.
func read(row *core.Record) (c channel) {
	if row != nil {
		_ = json.Unmarshal([]byte(row.GetString("cursor")), &c)
	}
	return c
}

func channelRow(calendar string) string { return integration + ":channel:" + calendar }

// renew replaces each calendar's channel that is missing, has another address, or expires within renewBefore, until the
// server stops.
func (p *push) renew() {
	p.renewing.Lock()
	defer p.renewing.Unlock()
	for _, calendar := range p.calendars {
		if p.ctx.Err() != nil {
			return
		}
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

// replace opens a new channel, and closes the old one afterwards so that no change is missed. The new one is accepted
// from the start, since Google may call before it has answered.
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
		_ = p.google.stop(p.ctx, old) // one that stays expires
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

// saveChannel stores a calendar's channel and its state in its row.
func (p *push) saveChannel(calendar, state string, c channel, trouble string) {
	cursor, err := json.Marshal(c)
	if err == nil {
		err = integrations.Set(p.app, channelRow(calendar), state, string(cursor), trouble)
	}
	if err != nil {
		p.app.Logger().Error("The calendar's channel cannot be written down.", "calendar", calendar, "error", err)
	}
}

// stopAll closes all channels at the stop of the server, for at most stopTimeout.
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

// stopEach waits for renew, whose context has ended.
func (p *push) stopEach(ctx context.Context) {
	p.renewing.Lock()
	defer p.renewing.Unlock()
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
