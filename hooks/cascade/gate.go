package cascade

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"

	"greenroom/hooks/access"
	"greenroom/hooks/people"
)

const (
	// readersPatience is how long a sweep waits for requests that began before it. One that takes longer, such as a
	// download, has read its rows by then.
	readersPatience = 2 * time.Second
	// sweepPatience is how long a request waits for a sweep.
	sweepPatience = 30 * time.Second
)

const stillDeleting = "Something large is being deleted. Try again in a moment."

// gate delays the requests of those who could see an incomplete tree while it is swept.
type gate struct {
	mu      sync.Mutex
	sweeps  map[*sweepOf]bool
	reading *sync.WaitGroup // the requests that began since the last sweep did
}

type sweepOf struct {
	client string // the client to whom the tree belongs; empty if unknown
	done   chan struct{}
}

func newGate() *gate { return &gate{sweeps: map[*sweepOf]bool{}, reading: new(sync.WaitGroup)} }

// close lets no request in that could read a client's tree, and waits for those that are running.
func (g *gate) close(client string) (open func()) {
	s := &sweepOf{client, make(chan struct{})}
	g.mu.Lock()
	g.sweeps[s] = true
	before := g.reading
	g.reading = new(sync.WaitGroup)
	g.mu.Unlock()
	left := make(chan struct{})
	go func() { before.Wait(); close(left) }()
	select {
	case <-left:
	case <-time.After(readersPatience):
	}
	return sync.OnceFunc(func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		delete(g.sweeps, s)
		close(s.done)
	})
}

// enter lets a request in, or returns the sweep that it has to wait for.
func (g *gate) enter(auth *core.Record) (leave func(), inTheWay *sweepOf) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for s := range maps.Keys(g.sweeps) {
		if auth == nil || auth.IsSuperuser() || s.client == "" || s.client == people.Account(auth) {
			return nil, s
		}
	}
	g.reading.Add(1)
	return g.reading.Done, nil
}

func (g *gate) middleware() *hook.Handler[*core.RequestEvent] {
	return &hook.Handler[*core.RequestEvent]{
		Id:       "greenroomSweep",
		Priority: apis.DefaultLoadAuthTokenMiddlewarePriority + 2,
		Func: func(e *core.RequestEvent) error {
			if !reads(e.Request) {
				return e.Next()
			}
			var giveUp <-chan time.Time
			for {
				leave, inTheWay := g.enter(e.Auth)
				if inTheWay == nil {
					defer leave()
					return e.Next()
				}
				access.Outdate(e) // pages that were cached before the sweep still have the tree
				if giveUp == nil {
					giveUp = time.After(sweepPatience)
				}
				select {
				case <-inTheWay.done:
				case <-e.Request.Context().Done():
					return e.Request.Context().Err()
				case <-giveUp:
					return e.Error(http.StatusServiceUnavailable, stillDeleting, errClosed)
				}
			}
		},
	}
}

// letPass lists paths that need no gate: live connections and downloads last long, and read at most one record.
var letPass = []string{"/api/realtime", "/api/health", "/api/files/", "/api/portal/files/"}

// reads reports whether a request reads records.
func reads(r *http.Request) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) && strings.HasPrefix(r.URL.Path, "/api/") &&
		!slices.ContainsFunc(letPass, func(path string) bool { return strings.HasPrefix(r.URL.Path, path) })
}
