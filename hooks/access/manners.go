package access

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// A visitor who asks for much at once waits for themselves, so that others do not. Short requests take turns: one
// request of each client, or of each network without a sign-in, is always at work at once, further ones only while the
// machine has places that nobody uses, and never more than a browser sends. A few busy clients therefore cost a quiet
// one a moment, however much they ask for. Requests that take long by themselves, and are bounded elsewhere, take no
// turn: live lines, files on their way, forms.
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

// manners shares a number of places between all who ask.
type manners struct {
	places int

	mu      sync.Mutex
	working int // requests at work
	waiting int // requests in all lines
	number  int // of the request that came last to a line
	of      map[string]*line
}

// line is the requests of one client, or of one network's guests.
type line struct {
	working int
	most    int
	waiting []*turn // the one that came first is the first
}

// turn is a request that waits.
type turn struct {
	number int
	came   chan struct{} // closed when its turn has come
}

func newManners(places int) *manners { return &manners{places: places, of: map[string]*line{}} }

// take waits for a place, ten seconds at most; leave has to follow. Of who, at most so many are at work at once.
func (m *manners) take(ctx context.Context, who string, most int) (leave func(), err error) {
	l, mine, err := m.join(who, most)
	if err != nil {
		return nil, err
	}
	leave = func() { m.leave(who, l) }
	if mine == nil { // a free place costs no timer
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

// join goes to work, or else to the end of the line: then it gives the turn to wait for.
func (m *manners) join(who string, most int) (*line, *turn, error) {
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

func (m *manners) hasPlaceFor(l *line) bool {
	return l.working == 0 || l.working < l.most && m.working < m.places
}

func (m *manners) leave(who string, l *line) {
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

// next is the line whose turn it is: of those with the fewest at work the one whose first request has waited longest.
func (m *manners) next() (best *line) {
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

// giveUp takes a request out of its line, and says false where its turn has come meanwhile.
func (m *manners) giveUp(who string, l *line, mine *turn) bool {
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

func (m *manners) forget(who string, l *line) {
	if l.working == 0 && len(l.waiting) == 0 {
		delete(m.of, who)
	}
}
