package calendar

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/pocketbase/pocketbase/tools/routine"
)

// longestSync bounds a run that makes no way.
const longestSync = 15 * time.Minute

// runs sees to it that there is one sync at a time. Who asks while one runs that does what they want gets its outcome.
type runs struct {
	mu      sync.Mutex
	current *outcome
	last    *outcome // which is over
}

// wish is what is wanted of a run.
type wish struct {
	full  bool // the whole window
	asked bool // by somebody who has just changed something that it has to see; else by the clock
}

// grants tells whether a run of one kind is as good as what another wish is for.
func (w wish) grants(other wish) bool { return (w.full || !other.full) && (w.asked || !other.asked) }

// outcome is a run's, once done is closed.
type outcome struct {
	wish
	number int // runs are counted
	done   chan struct{}
	result Result
	err    error
}

// Sync brings the bookings in step: with what changed since the last sync or, full, with the whole window. Asked for
// twice at once it runs once. It goes on when the caller gives up. progress may be nil; only the caller who starts a
// run hears of it.
func (s *Service) Sync(ctx context.Context, full bool, progress func(sentence string)) (Result, error) {
	return s.run(ctx, wish{full, true}, progress)
}

// syncQuietly is a sync that nobody waits for. What is wrong is noted.
func (s *Service) syncQuietly(full bool) { _, _ = s.run(s.ctx, wish{full, false}, nil) }

// begin is syncQuietly that does not wait for its end. Who asks for a sync afterwards finds it on its way.
func (s *Service) begin(full bool) { s.start(wish{full, false}, 0, nil) }

func (s *Service) run(ctx context.Context, w wish, progress func(sentence string)) (Result, error) {
	for waited := 0; ; {
		run, mine := s.start(w, waited, progress)
		select {
		case <-ctx.Done():
			return Result{}, ctx.Err()
		case <-run.done:
		}
		if mine || run.grants(w) {
			return run.result, run.err
		}
		waited = run.number
	}
}

// start joins a run, and sets it going where it is the caller's.
func (s *Service) start(w wish, waited int, progress func(sentence string)) (run *outcome, mine bool) {
	run, mine = s.runs.join(w, waited)
	if mine {
		routine.FireAndForget(func() { s.perform(run, progress) })
	}
	return run, mine
}

// join gives the run that is on its way, or one that began and ended since the caller waited for another, or else a new
// one that the caller has to perform.
func (r *runs) join(w wish, waited int) (run *outcome, mine bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.current != nil:
		return r.current, false
	case waited > 0 && r.last.number > waited && r.last.grants(w):
		return r.last, false
	}
	number := 1
	if r.last != nil {
		number = r.last.number + 1
	}
	r.current = &outcome{wish: w, number: number, done: make(chan struct{}), err: errBrokeOff}
	return r.current, true
}

var errBrokeOff = errors.New("calendar: the sync broke off")

func (s *Service) perform(run *outcome, progress func(sentence string)) {
	defer s.runs.over(run)
	if s.ctx.Err() != nil { // the server has ended, and its database with it
		return
	}
	ctx, cancel := context.WithTimeout(s.ctx, longestSync)
	defer cancel()
	if progress == nil {
		progress = func(string) {}
	}
	run.result, run.err = s.sync(ctx, run.full, progress)
	if s.ctx.Err() == nil { // the end of the server is no trouble
		s.note(run.err)
	}
}

func (r *runs) over(run *outcome) {
	r.mu.Lock()
	r.current, r.last = nil, run
	r.mu.Unlock()
	close(run.done)
}

// idle returns when the run that was on its way is over.
func (r *runs) idle(ctx context.Context) {
	r.mu.Lock()
	current := r.current
	r.mu.Unlock()
	if current == nil {
		return
	}
	select {
	case <-current.done:
	case <-ctx.Done():
	}
}
