package calendar

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/pocketbase/pocketbase/tools/routine"
)

// longestSync limits a sync that makes no progress.
const longestSync = 15 * time.Minute

// runs allows one sync at a time. A caller whose wish the running sync fulfils shares its result.
type runs struct {
	mu      sync.Mutex
	current *outcome
	last    *outcome // the last one that ended
}

// wish is what a caller wants of a sync.
type wish struct {
	full  bool // reads the whole window
	asked bool // by a caller who has just changed something that the sync must see; false for the schedule
}

// grants reports whether a run for wish w also fulfils another wish.
func (w wish) grants(other wish) bool { return (w.full || !other.full) && (w.asked || !other.asked) }

// outcome is a run. result and err are valid once done is closed.
type outcome struct {
	wish
	number int // consecutive
	done   chan struct{}
	result Result
	err    error
}

// Sync updates the bookings from the changes since the last sync or, if full, from the whole window. Simultaneous calls
// share one run. The run goes on when the caller's ctx ends. progress may be nil; it is called only for the caller who
// starts a run.
func (s *Service) Sync(ctx context.Context, full bool, progress func(sentence string)) (Result, error) {
	return s.run(ctx, wish{full, true}, progress)
}

// syncQuietly waits for a sync of the schedule's. Its errors are recorded by note.
func (s *Service) syncQuietly(full bool) { _, _ = s.run(s.ctx, wish{full, false}, nil) }

// begin starts a sync without waiting for its end. A call of Sync afterwards finds it running.
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

// start joins a run, or starts one if the run is the caller's (mine).
func (s *Service) start(w wish, waited int, progress func(sentence string)) (run *outcome, mine bool) {
	run, mine = s.runs.join(w, waited)
	if mine {
		routine.FireAndForget(func() { s.perform(run, progress) })
	}
	return run, mine
}

// join returns the current run; or, after the caller has waited for the run number waited, a later one that has ended
// and grants w; or a new one that the caller has to perform (mine).
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
	if s.ctx.Err() != nil { // the server has stopped and closed its database
		return
	}
	ctx, cancel := context.WithTimeout(s.ctx, longestSync)
	defer cancel()
	if progress == nil {
		progress = func(string) {}
	}
	run.result, run.err = s.sync(ctx, run.full, progress)
	if s.ctx.Err() == nil { // an error caused by the stop is not recorded
		s.note(run.err)
	}
}

func (r *runs) over(run *outcome) {
	r.mu.Lock()
	r.current, r.last = nil, run
	r.mu.Unlock()
	close(run.done)
}

// idle waits until the run that is current now has ended.
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
