package access

import (
	"sync"
	"time"

	"github.com/pocketbase/pocketbase/core"
)

// counts is a rate limiter with fixed windows: it counts events by key. Expired windows are removed, and there are
// never more entries than room.
type counts struct {
	now    func() time.Time
	most   int           // events of one key within a window
	within time.Duration // length of a window, which begins with the first event after the last window
	room   int           // the largest number of keys

	mu   sync.Mutex
	of   map[string]window
	next time.Time // when expired windows are removed next
}

type window struct {
	ends  time.Time
	count int
}

func newCounts(now func() time.Time, most int, within time.Duration, room int) *counts {
	return &counts{now: now, most: most, within: within, room: room, of: map[string]window{}}
}

// allow counts an event, unless the window is full; then it returns how long to wait.
func (c *counts) allow(who string) (ok bool, wait time.Duration) {
	at := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forgetWhatIsOver(at)
	w, known := c.of[who]
	if !known || !at.Before(w.ends) {
		if !known {
			c.makeRoom()
		}
		w = window{ends: at.Add(c.within)}
	}
	if w.count >= c.most {
		return false, w.ends.Sub(at)
	}
	w.count++
	c.of[who] = w
	return true, 0
}

// set restores a count that was stored elsewhere, if there is room for it.
func (c *counts) set(who string, w window) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.of) < c.room && c.now().Before(w.ends) {
		c.of[who] = w
	}
}

// get returns the current window of a key, zero without events.
func (c *counts) get(who string) window {
	at := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if w := c.of[who]; at.Before(w.ends) {
		return w
	}
	return window{}
}

// reset removes the count of a key.
func (c *counts) reset(who string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.of, who)
}

func (c *counts) forgetWhatIsOver(at time.Time) {
	if at.Before(c.next) {
		return
	}
	c.next = at.Add(c.within)
	for who, w := range c.of {
		if !at.Before(w.ends) {
			delete(c.of, who)
		}
	}
}

// makeRoom removes arbitrary entries until there is room. Losing a count is better than growing without limit.
func (c *counts) makeRoom() {
	for who := range c.of {
		if len(c.of) < c.room {
			return
		}
		delete(c.of, who)
	}
}

// peek reports whether one more event would be allowed, without counting it.
func (c *counts) peek(who string) (ok bool, wait time.Duration) {
	at := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	w, known := c.of[who]
	return !known || !at.Before(w.ends) || w.count < c.most, w.ends.Sub(at)
}

// plural writes a number of things, as in "1 minute" or "2 minutes".

// Pace limits how often somebody may do something, per minute and per day, where the owner has rate limits on.
type Pace struct {
	minute, day *counts
	before      Before
}

// Before returns how often who has done it since a moment, and when the first of these was. It reads that from the
// database, so that the day's limit also holds after a restart.
type Before func(app core.App, who string, since time.Time) (count int, began time.Time, err error)

// NewPace returns a Pace that allows so many events a minute and a day for each key.
func NewPace(now func() time.Time, minute, day int) *Pace {
	return &Pace{minute: newCounts(now, minute, time.Minute, maxEntries), day: newCounts(now, day, aDay, maxEntries)}
}

// GoingOn makes the day's count include what was done before the server started.
func (p *Pace) GoingOn(before Before) *Pace {
	p.before = before
	return p
}

// Wait counts an event and returns 0 or, where the limit is reached, returns how long to wait.
func (p *Pace) Wait(app core.App, who string) time.Duration {
	if !counting(app) {
		return 0
	}
	if p.before != nil && p.day.get(who).count == 0 {
		p.recall(app, who)
	}
	if ok, wait := p.day.peek(who); !ok {
		return wait
	}
	if ok, wait := p.minute.allow(who); !ok {
		return wait
	}
	p.day.allow(who)
	return 0
}

// recall restores the day's count of somebody who has done nothing since the start of the server.
func (p *Pace) recall(app core.App, who string) {
	count, began, err := p.before(app, who, p.day.now().Add(-aDay))
	if err != nil {
		app.Logger().Error("The day's count of somebody begins anew.", "who", who, "error", err)
	}
	if count > 0 {
		p.day.set(who, window{ends: began.Add(aDay), count: count})
	}
}
