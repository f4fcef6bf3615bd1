package billing

import (
	"container/list"
	"context"
	"sync"
	"time"
)

const (
	freshFor  = time.Minute      // an event that got lost shows after this
	keptFor   = 24 * time.Hour   // the greatest age of an answer that stands in for Stripe
	maxHeld   = 200              // customers
	patience  = 4 * time.Second  // the time for which a page waits for Stripe
	fetchTime = 30 * time.Second // for all pages of all lists
	restTime  = 5 * time.Second  // for Stripe after a failure
	maxAtOnce = 4                // customers who are asked for
)

// cache holds the last statement of each customer. However many ask, Stripe is asked once at a time for each, and for
// all of them: who goes away ends nobody's question, who waits too long gets the last answer, and what comes later is
// held for the next. After a failure Stripe has a rest.
type cache struct {
	ctx   context.Context
	fetch func(ctx context.Context, customerId string) (*statement, error)

	mu      sync.Mutex
	entries map[string]*list.Element // of *entry
	used    *list.List               // the most recently used first
	slots   chan struct{}
	flights sync.WaitGroup
}

// entry is what is held of a customer.
type entry struct {
	customerId string
	last       answer
	outdated   bool // something changed at Stripe since
	flight     *flight
	failure    error // of the latest question, while Stripe rests
	restsUntil time.Time
}

// answer is a statement and its time.
type answer struct {
	statement *statement // nil where there is none
	asOf      time.Time
	stale     bool
}

// flight is a question on its way to Stripe.
type flight struct {
	began time.Time
	done  chan struct{}

	// written before done is closed
	answer answer
	err    error
}

func newCache(ctx context.Context, fetch func(context.Context, string) (*statement, error)) *cache {
	return &cache{ctx: ctx, fetch: fetch, entries: map[string]*list.Element{}, used: list.New(), slots: make(chan struct{}, maxAtOnce)}
}

// get gives a customer's statement: the one that is held while it is fresh, else Stripe's, else the last.
func (c *cache) get(ctx context.Context, customerId string) (answer, error) {
	c.mu.Lock()
	e := c.entry(customerId)
	if e.last.statement != nil && !e.outdated && time.Since(e.last.asOf) < freshFor {
		defer c.mu.Unlock()
		return e.last, nil
	}
	if e.flight == nil && time.Now().Before(e.restsUntil) {
		defer c.mu.Unlock()
		return e.standIn(e.failure)
	}
	if e.flight == nil {
		e.flight = c.start(e)
	}
	f := e.flight
	c.mu.Unlock()

	overdue := time.NewTimer(time.Until(f.began.Add(patience))) // a visitor who comes late waits for the rest of it
	defer overdue.Stop()
	var err error
	select {
	case <-f.done:
		if err = f.err; err == nil {
			return f.answer, nil
		}
	case <-overdue.C:
		err = context.DeadlineExceeded
	case <-ctx.Done():
		err = ctx.Err()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return e.standIn(err)
}

// standIn is the last answer in place of one that could not be had.
func (e *entry) standIn(err error) (answer, error) {
	if e.last.statement == nil || time.Since(e.last.asOf) > keptFor {
		return answer{}, err
	}
	last := e.last
	last.stale = true
	return last, nil
}

// drop makes the next visitor ask Stripe again. An answer that is on its way is from before, and will not be held.
func (c *cache) drop(customerId string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if element, ok := c.entries[customerId]; ok {
		e := element.Value.(*entry)
		e.outdated, e.flight, e.restsUntil = true, nil, time.Time{}
	}
}

// wait returns when no question is on its way any more.
func (c *cache) wait() { c.flights.Wait() }

// entry finds or makes what is held of a customer, and forgets who was not asked for the longest.
func (c *cache) entry(customerId string) *entry {
	if element, ok := c.entries[customerId]; ok {
		c.used.MoveToFront(element)
		return element.Value.(*entry)
	}
	e := &entry{customerId: customerId}
	c.entries[customerId] = c.used.PushFront(e)
	if c.used.Len() > maxHeld {
		oldest := c.used.Back()
		c.used.Remove(oldest)
		delete(c.entries, oldest.Value.(*entry).customerId)
	}
	return e
}

// start asks Stripe in the background.
func (c *cache) start(e *entry) *flight {
	f := &flight{began: time.Now(), done: make(chan struct{})}
	c.flights.Go(func() {
		defer close(f.done)
		f.answer, f.err = c.ask(e.customerId)
		c.land(e, f)
	})
	return f
}

// ask waits for its turn at Stripe.
func (c *cache) ask(customerId string) (answer, error) {
	ctx, cancel := context.WithTimeout(c.ctx, fetchTime)
	defer cancel()
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return answer{}, ctx.Err()
	}
	asOf := time.Now() // changes from here on may be missing in the answer
	st, err := c.fetch(ctx, customerId)
	return answer{statement: st, asOf: asOf}, err
}

// land holds what a flight brought, unless something changed at Stripe while it was on its way.
func (c *cache) land(e *entry, f *flight) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e.flight != f {
		return
	}
	e.flight = nil
	if f.err != nil {
		e.failure, e.restsUntil = f.err, time.Now().Add(restTime)
		return
	}
	e.last, e.outdated, e.failure = f.answer, false, nil
}
