package files

import (
	"maps"
	"sync"

	"github.com/pocketbase/pocketbase/core"
)

// reservations are bytes promised to files for which no row exists yet: forms, whose record is saved after they were
// read, and uploads that are just beginning. They need not outlive the process, because neither do the requests.
type reservations struct {
	mu   sync.Mutex
	held map[string]reserved // by the id of the future record
}

type reserved struct {
	by    string
	bytes int64
}

// all returns a copy of the current reservations.
func (r *reservations) all() map[string]reserved {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.held)
}

// hold reserves bytes for a record until release is called. Calling release again does nothing.
func (r *reservations) hold(id string, of reserved) (release func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.held == nil {
		r.held = map[string]reserved{}
	}
	r.held[id] = of
	return sync.OnceFunc(func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.held, id)
	})
}

// reserve reserves the room for a file, or returns an error that says why there is none. Concurrent calls wait for each
// other, but only while they read, never for a write. The caller releases the reservation once a row records the file.
func (s *service) reserve(app core.App, w who, id string, bytes int64) (release func(), err error) {
	s.reserving.Lock()
	defer s.reserving.Unlock()
	// The reservations come before the rows: what is released in between has a row by then.
	held := s.reserved.all()
	if err := s.diskHolds(app, held, bytes); err != nil {
		return nil, err
	}
	if !w.owner { // files of the owner's count for no client's total
		if err := s.withinTotal(app, held, w.id, bytes); err != nil {
			return nil, err
		}
	}
	return s.reserved.hold(id, reserved{w.id, bytes}), nil
}
