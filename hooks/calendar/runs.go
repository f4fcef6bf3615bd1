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
	done   chan struct{}
	result Result
	err    error
}

// Sync brings the bookings in step: with what changed since the last sync or, full, with the whole window. Asked for twice at
// once it runs once. It goes on when the caller gives up. progress may be nil; only the caller who starts a run hears of it.
func (s *Service) Sync(ctx context.Context, full bool, progress func(sentence string)) (Result, error) {
	return s.run(ctx, wish{full, true}, progress)
}

// keepUp is a sync that nobody waits for. What is wrong is noted.
func (s *Service) keepUp(full bool) { _, _ = s.run(s.ctx, wish{full, false}, nil) }

func (s *Service) run(ctx context.Context, w wish, progress func(sentence string)) (Result, error) {
	for {
		run, mine := s.runs.join(w)
		if mine {
			routine.FireAndForget(func() { s.perform(run, progress) })
		}
		select {
		case <-ctx.Done():
			return Result{}, ctx.Err()
		case <-run.done:
		}
		if mine || run.grants(w) {
			return run.result, run.err
		}
	}
}

// join gives the run that is on its way, or a new one that the caller has to perform.
func (r *runs) join(w wish) (run *outcome, mine bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.current == nil {
		r.current, mine = &outcome{wish: w, done: make(chan struct{}), err: errBrokeOff}, true
	}
	return r.current, mine
}

var errBrokeOff = errors.New("calendar: the sync broke off")

func (s *Service) perform(run *outcome, progress func(sentence string)) {
	defer s.runs.over(run)
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
	r.current = nil
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
