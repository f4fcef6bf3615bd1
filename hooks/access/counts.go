package access

import (
	"strconv"
	"sync"
	"time"

	"github.com/pocketbase/pocketbase/core"
)

// counts tells how often each of many has done something within a time. What is over is forgotten, and there are never
// more than a number of entries, whoever asks.
type counts struct {
	now    func() time.Time
	most   int           // for one, within
	within time.Duration // fixed windows: each begins with the first event after the last one ended
	room   int           // entries

	mu   sync.Mutex
	of   map[string]window
	next time.Time // the time at which old counts are forgotten next
}

type window struct {
	ends  time.Time
	count int
}

func newCounts(now func() time.Time, most int, within time.Duration, room int) *counts {
	return &counts{now: now, most: most, within: within, room: room, of: map[string]window{}}
}

// allow counts one more, unless there were as many as there may be; then it says how long to wait.
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

// set takes up a count that somebody else kept, where there is room.
func (c *counts) set(who string, w window) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.of) < c.room && c.now().Before(w.ends) {
		c.of[who] = w
	}
}

// get is one's count within its time; zero where there is none.
func (c *counts) get(who string) window {
	at := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if w := c.of[who]; at.Before(w.ends) {
		return w
	}
	return window{}
}

// reset forgets one.
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

// makeRoom gives up any entry where there is no room: a count that is lost is milder than memory that grows.
func (c *counts) makeRoom() {
	for who := range c.of {
		if len(c.of) < c.room {
			return
		}
		delete(c.of, who)
	}
}

// peek tells whether one more would be allowed, and counts nothing.
func (c *counts) peek(who string) (ok bool, wait time.Duration) {
	at := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	w, known := c.of[who]
	return !known || !at.Before(w.ends) || w.count < c.most, w.ends.Sub(at)
}

// plural counts things in words.
func plural(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return strconv.Itoa(n) + " " + thing
}

// Pace counts what one may do only so often, where the owner's limits are on.
type Pace struct {
	minute, day *counts
	before      Before
}

// Before tells how often somebody has done it since a moment, and when that began: what was done is in the database,
// and counts on after a restart.
type Before func(app core.App, who string, since time.Time) (count int, began time.Time, err error)

// NewPace allows so many a minute and a day to each.
func NewPace(now func() time.Time, minute, day int) *Pace {
	return &Pace{minute: newCounts(now, minute, time.Minute, maxKept), day: newCounts(now, day, aDay, maxKept)}
}

// GoingOn lets the day's counts go on from what was done before the server started.
func (p *Pace) GoingOn(before Before) *Pace {
	p.before = before
	return p
}

// Wait tells how long somebody has to wait; when it is nothing, one more is counted.
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

// recall takes up the day's count of somebody who has done nothing since the start of the server.
func (p *Pace) recall(app core.App, who string) {
	count, began, err := p.before(app, who, p.day.now().Add(-aDay))
	if err != nil {
		app.Logger().Error("The day's count of somebody begins anew.", "who", who, "error", err)
	}
	if count > 0 {
		p.day.set(who, window{ends: began.Add(aDay), count: count})
	}
}
