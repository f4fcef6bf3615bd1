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
	m := newManners(max(turnsOfClient, 2*runtime.GOMAXPROCS(0)))
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
				leave, err := m.take(e.Request.Context(), who, most)
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
