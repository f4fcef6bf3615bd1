package access

import (
	"net/http"
	"runtime"
	"strings"
	"sync"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
)

const tooManyAtOnce = "Too many requests came from you at once. Wait a few seconds, then try again."

// isShort reports whether a request is of a kind that takes no time by itself: not a live connection, file, upload or
// other long transfer.
func isShort(r *http.Request) bool {
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

// limitConcurrency limits the requests that one visitor has processed at the same time. It runs after the rate limits
// and once the visitor is known. The owner is not limited.
func limitConcurrency(app core.App) {
	m := newFairQueue(max(turnsOfClient, 2*runtime.GOMAXPROCS(0)))
	app.OnServe().BindFunc(func(se *core.ServeEvent) error {
		se.Router.Bind(&hook.Handler[*core.RequestEvent]{
			Id:       "greenroomTurns",
			Priority: apis.DefaultLoadAuthTokenMiddlewarePriority + 2,
			Func: func(e *core.RequestEvent) error {
				if !counting(e.App) || e.HasSuperuserAuth() || !isShort(e.Request) || excluded(e.App, e.RealIP()) {
					return e.Next()
				}
				who, most := countedAs(e), turnsOfGuests
				if e.Auth != nil {
					who, most = e.Auth.Id, turnsOfClient
				}
				leave, err := m.enter(e.Request.Context(), who, most)
				if err != nil {
					e.Response.Header().Set("Retry-After", "5")
					return e.TooManyRequestsError(tooManyAtOnce, err)
				}
				leave = sync.OnceFunc(leave)
				defer leave()
				plain := e.Response
				// The place is given up when the answer begins, so that a slow reader blocks no one, not even their own
				// next request.
				e.Response = &finishing{plain, leave}
				defer func() { e.Response = plain }()
				return e.Next()
			},
		})
		return se.Next()
	})
}
