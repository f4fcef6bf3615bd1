package access

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
)

// Whoever asks for much at once waits for themselves, so that others do not: a few short requests of one client, or of one
// network without a sign-in, are at work at the same time, as many as a browser sends, and further ones take their turn. What
// takes long by itself, and is bounded elsewhere, takes none: live lines, files on their way, forms.
const (
	turnsOfClient = 6
	turnsOfGuests = 4
	maxInLine     = 60
	turnWait      = 10 * time.Second
)

const tooManyAtOnce = "Too many requests came from you at once. Wait a few seconds, then try again."

var (
	errLineFull = errors.New("too many wait already")
	errNoTurn   = errors.New("none of the others ended in time")
)

// manners lets a number of each work at once.
type manners struct {
	mu sync.Mutex
	of map[string]*line
}

// line is one client's requests, at work and waiting.
type line struct {
	places chan struct{}
	inside int // with those that wait
}

// take waits for a place; leave has to follow.
func (t *manners) take(ctx context.Context, who string, most int) (leave func(), err error) {
	t.mu.Lock()
	l := t.of[who]
	if l == nil {
		l = &line{places: make(chan struct{}, most)}
		t.of[who] = l
	}
	if l.inside >= most+maxInLine {
		t.mu.Unlock()
		return nil, errLineFull
	}
	l.inside++
	t.mu.Unlock()
	out := func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if l.inside--; l.inside == 0 {
			delete(t.of, who)
		}
	}
	select { // a free place costs no timer
	case l.places <- struct{}{}:
		return func() { <-l.places; out() }, nil
	default:
	}
	ctx, cancel := context.WithTimeout(ctx, turnWait)
	defer cancel()
	select {
	case l.places <- struct{}{}:
		return func() { <-l.places; out() }, nil
	case <-ctx.Done():
		out()
		return nil, errNoTurn
	}
}

// takesTurns tells of a request that is short by nature.
func takesTurns(r *http.Request) bool {
	path := r.URL.Path
	if !strings.HasPrefix(path, "/api/") || strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		return false
	}
	for _, long := range []string{"/api/realtime", "/api/files/", "/api/portal/files/", "/api/portal/uploads", "/api/backups", "/api/portal/calendar/sync", "/api/webhooks/"} {
		if strings.HasPrefix(path, long) {
			return false
		}
	}
	return !strings.HasSuffix(path, "/archive.zip")
}

// takeTurns stands after the count of requests, when it is known who asks. The owner waits for nobody.
func takeTurns(app core.App) {
	t := &manners{of: map[string]*line{}}
	app.OnServe().BindFunc(func(se *core.ServeEvent) error {
		se.Router.Bind(&hook.Handler[*core.RequestEvent]{
			Id:       "greenroomTurns",
			Priority: apis.DefaultLoadAuthTokenMiddlewarePriority + 2,
			Func: func(e *core.RequestEvent) error {
				if !counting(e.App) || e.HasSuperuserAuth() || !takesTurns(e.Request) || excluded(e.App, e.RealIP()) {
					return e.Next()
				}
				who, most := countedAs(e), turnsOfGuests
				if e.Auth != nil {
					who, most = e.Auth.Id, turnsOfClient
				}
				leave, err := t.take(e.Request.Context(), who, most)
				if err != nil {
					e.Response.Header().Set("Retry-After", "5")
					return e.TooManyRequestsError(tooManyAtOnce, err)
				}
				leave = sync.OnceFunc(leave)
				defer leave()
				plain := e.Response
				e.Response = &finishing{plain, leave} // whoever reads slowly holds up nobody, themselves included
				defer func() { e.Response = plain }()
				return e.Next()
			},
		})
		return se.Next()
	})
}
