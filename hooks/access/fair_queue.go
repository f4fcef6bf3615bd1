package access

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// Fair queueing of short requests. One request of each client (or, without a sign-in, of each network) is always
// processed at once. Further ones need a free place: there are few for each client, about as many as a browser opens
// connections, and a limited number in all. A client who sends many requests at once waits in their own queue, and
// hardly delays others. Requests that take long by nature and have other limits (live connections, file transfers,
// forms) need no place.
const (
	turnsOfClient = 6
	turnsOfGuests = 4
	maxInLine     = 60
	turnWait      = 10 * time.Second
)

var (
	errLineFull = errors.New("too many wait already")
	errNoTurn   = errors.New("none of the others ended in time")
)

// fairQueue distributes a number of places among all visitors.
type fairQueue struct {
	places int

	mu      sync.Mutex
	working int // requests being processed
	waiting int // requests in all queues
	number  int // of the request that was queued last
	of      map[string]*line
}

// line is the queue of one client, or of one network's guests.
type line struct {
	working int
	most    int
	waiting []*turn // in order of arrival
}

// turn is a request in a queue.
type turn struct {
	number int
	came   chan struct{} // closed when the request may proceed
}

func newFairQueue(places int) *fairQueue { return &fairQueue{places: places, of: map[string]*line{}} }

// enter waits for a place, up to turnWait. At most "most" requests of who are processed at the same time. The caller
// must call leave.
func (m *fairQueue) enter(ctx context.Context, who string, most int) (leave func(), err error) {
	l, mine, err := m.join(who, most)
	if err != nil {
		return nil, err
	}
	leave = func() { m.leave(who, l) }
	if mine == nil { // no timer is needed
		return leave, nil
	}
	ctx, cancel := context.WithTimeout(ctx, turnWait)
	defer cancel()
	select {
	case <-mine.came:
		return leave, nil
	case <-ctx.Done():
	}
	if m.giveUp(who, l, mine) {
		return nil, errNoTurn
	}
	return leave, nil
}

// join takes a place, or queues the request and returns its turn.
func (m *fairQueue) join(who string, most int) (*line, *turn, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.of[who]
	if l == nil {
		l = &line{most: most}
		m.of[who] = l
	}
	switch {
	case len(l.waiting) == 0 && m.hasPlaceFor(l):
		l.working++
		m.working++
		return l, nil, nil
	case len(l.waiting) >= maxInLine:
		return nil, nil, errLineFull
	}
	m.number++
	m.waiting++
	mine := &turn{m.number, make(chan struct{})}
	l.waiting = append(l.waiting, mine)
	return l, mine, nil
}

func (m *fairQueue) hasPlaceFor(l *line) bool {
	return l.working == 0 || l.working < l.most && m.working < m.places
}

func (m *fairQueue) leave(who string, l *line) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l.working--
	m.working--
	for next := m.next(); next != nil; next = m.next() {
		close(next.waiting[0].came)
		next.waiting = next.waiting[1:]
		next.working++
		m.waiting--
		m.working++
	}
	m.forget(who, l)
}

// next returns the queue whose turn it is, or nil: of those with the fewest requests in process, the one whose first
// request has waited longest.
func (m *fairQueue) next() (best *line) {
	if m.waiting == 0 {
		return nil
	}
	for _, l := range m.of {
		if len(l.waiting) == 0 || !m.hasPlaceFor(l) {
			continue
		}
		if best == nil || l.working < best.working || l.working == best.working && l.waiting[0].number < best.waiting[0].number {
			best = l
		}
	}
	return best
}

// giveUp removes a request from its queue. It returns false if the request has got its place meanwhile.
func (m *fairQueue) giveUp(who string, l *line, mine *turn) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	at := slices.Index(l.waiting, mine)
	if at < 0 {
		return false
	}
	l.waiting = slices.Delete(l.waiting, at, at+1)
	m.waiting--
	m.forget(who, l)
	return true
}

func (m *fairQueue) forget(who string, l *line) {
	if l.working == 0 && len(l.waiting) == 0 {
		delete(m.of, who)
	}
}
