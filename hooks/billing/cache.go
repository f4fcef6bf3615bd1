package billing

import (
	"container/list"
	"context"
	"sync"
	"time"
)

const (
	// How long an answer is served without asking; a change whose event got lost shows after this.
	freshFor    = time.Minute
	maxStaleAge = 24 * time.Hour   // how old an answer may be that is served while Stripe fails
	maxHeld     = 200              // customers in the cache; the least recently used one is evicted
	patience    = 4 * time.Second  // how long a page waits for Stripe before it gets the stale answer
	fetchTime   = 30 * time.Second // for all pages of all lists of one customer
	restTime    = 5 * time.Second  // after a failure, no request is made for this long
	maxAtOnce   = 4                // customers for whom Stripe is asked at the same time
)

// cache holds the latest statement of each customer. Stripe is asked at most once at a time for a customer, and for at
// most maxAtOnce customers: all visitors of one customer share the request, and it goes on when they leave. A visitor
// who has waited for patience gets the last answer, marked as stale, and the new answer is cached when it comes.
type cache struct {
	ctx   context.Context
	fetch func(ctx context.Context, customerId string) (*statement, error)

	mu      sync.Mutex
	entries map[string]*list.Element // of *entry
	used    *list.List               // the most recently used first
	slots   chan struct{}
	flights sync.WaitGroup
}

// entry is the cached state of one customer.
type entry struct {
	customerId string
	last       answer
	outdated   bool // an event said that something changed after last was read
	flight     *flight
	failure    error // of the latest request; answered until restsUntil
	restsUntil time.Time
}

// answer is a statement with the time at which it was read.
type answer struct {
	statement *statement // nil if Stripe was never read successfully
	asOf      time.Time
	stale     bool
}

// flight is a request to Stripe that is under way.
type flight struct {
	began time.Time
	done  chan struct{}

	// answer and err are written before done is closed.
	answer answer
	err    error
}

func newCache(ctx context.Context, fetch func(context.Context, string) (*statement, error)) *cache {
	return &cache{ctx: ctx, fetch: fetch, entries: map[string]*list.Element{}, used: list.New(), slots: make(chan struct{}, maxAtOnce)}
}

// get returns a customer's statement: the cached one while it is fresh, else a new one from Stripe, else the cached one
// marked as stale. The error is why there is none.
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

	// The time is measured from the start of the request, so a visitor who comes later waits only for the rest of it.
	overdue := time.NewTimer(time.Until(f.began.Add(patience)))
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

// standIn returns the cached answer, marked as stale, instead of one that could not be read; err if there is none that
// is young enough.
func (e *entry) standIn(err error) (answer, error) {
	if e.last.statement == nil || time.Since(e.last.asOf) > maxStaleAge {
		return answer{}, err
	}
	last := e.last
	last.stale = true
	return last, nil
}

// drop invalidates a customer's entry, so that the next visitor asks Stripe again. The answer to a request that is
// under way may be older than the change, and will not be cached.
func (c *cache) drop(customerId string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if element, ok := c.entries[customerId]; ok {
		e := element.Value.(*entry)
		e.outdated, e.flight, e.restsUntil = true, nil, time.Time{}
	}
}

// wait blocks until no request is under way.
func (c *cache) wait() { c.flights.Wait() }

// entry returns the entry of a customer, which it makes if needed. It then evicts the least recently used entry of a
// full cache. The caller holds the mutex.
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

// start asks Stripe in the background. The caller holds the mutex.
func (c *cache) start(e *entry) *flight {
	f := &flight{began: time.Now(), done: make(chan struct{})}
	c.flights.Go(func() {
		defer close(f.done)
		f.answer, f.err = c.ask(e.customerId)
		c.finish(e, f)
	})
	return f
}

// ask makes the request once one of the maxAtOnce slots is free.
func (c *cache) ask(customerId string) (answer, error) {
	ctx, cancel := context.WithTimeout(c.ctx, fetchTime)
	defer cancel()
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return answer{}, ctx.Err()
	}
	asOf := time.Now() // the answer may lack changes that are made after this moment
	st, err := c.fetch(ctx, customerId)
	return answer{statement: st, asOf: asOf}, err
}

// finish stores the result of a flight, unless drop was called while it was under way.
func (c *cache) finish(e *entry, f *flight) {
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
