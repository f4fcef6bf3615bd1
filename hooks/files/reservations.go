package files

import (
	"maps"
	"sync"

	"github.com/pocketbase/pocketbase/core"
)

// reservations are the bytes that are promised to files on their way and that no row tells of yet: forms, whose record
// comes when they are read, and uploads at the moment in which they begin. They end with the process, as the requests
// do.
type reservations struct {
	mu   sync.Mutex
	held map[string]reserved // by the id that the record will have
}

type reserved struct {
	by    string
	bytes int64
}

// all is what is reserved at this moment.
func (r *reservations) all() map[string]reserved {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.held)
}

// hold keeps bytes for a record until release is called, once or more often.
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

// reserve promises the room for a file, or says why there is none. Of those who ask at once, one after the other is
// answered; they wait for each other's reads alone, never for a write. Once a row tells of the file, the promise is to
// be released.
func (s *service) reserve(app core.App, w who, id string, bytes int64) (release func(), err error) {
	s.reserving.Lock()
	defer s.reserving.Unlock()
	held := s.reserved.all() // before the rows are read: what is released by then has one
	if err := s.diskHolds(app, held, bytes); err != nil {
		return nil, err
	}
	if !w.owner { // the owner's deliveries count for nobody's total
		if err := s.withinTotal(app, held, w.id, bytes); err != nil {
			return nil, err
		}
	}
	return s.reserved.hold(id, reserved{w.id, bytes}), nil
}
