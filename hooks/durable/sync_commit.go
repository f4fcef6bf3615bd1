package durable

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/pocketbase/pocketbase/tools/router"
)

// confirmTimeout is how long an answer waits for the bucket before it says that nobody knows.
const confirmTimeout = 15 * time.Second

// readers are the methods that change nothing.
var readers = []string{http.MethodGet, http.MethodHead, http.MethodOptions}

// answerWhenSafe holds back the answers to requests that change data until the replica has the change: all of them, or
// with always=false only those to webhooks, which whoever sends them repeats when told to.
func answerWhenSafe(app core.App, r *replica, always bool) {
	if always {
		app.Store().Set(confirmKey, r)
	}
	app.OnServe().BindFunc(func(se *core.ServeEvent) error {
		se.Router.Bind(&hook.Handler[*core.RequestEvent]{Id: "greenroomAnswerWhenSafe", Priority: firstOfAll, Func: func(e *core.RequestEvent) error {
			if slices.Contains(readers, e.Request.Method) || !always && !strings.HasPrefix(e.Request.URL.Path, "/api/webhooks/") {
				return e.Next()
			}
			held := &heldAnswer{ResponseWriter: e.Response, confirm: func() error { return r.confirmFor(e.Request.Context()) }}
			e.Response = held
			defer func() { e.Response = held.ResponseWriter }()
			if err := e.Next(); err != nil {
				return err
			}
			return held.release()
		}})
		return se.Next()
	})
}

func (r *replica) confirmFor(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, confirmTimeout)
	defer cancel()
	if err := r.confirm(ctx); err != nil {
		return router.NewApiError(http.StatusServiceUnavailable,
			"The change was made here, but its copy on another machine could not be confirmed. Look in a minute whether it is there.", err)
	}
	return nil
}

// confirmKey is where the app keeps the replica that answers wait for.
const confirmKey = "durable.confirm"

// Confirm returns when all that was committed before is where another machine would take it over from. It is for what
// must not be done twice, by this machine and by the one after it, and returns at once where answers do not wait
// either.
func Confirm(ctx context.Context, app core.App) error {
	r, ok := app.Store().Get(confirmKey).(*replica)
	if !ok {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, confirmTimeout)
	defer cancel()
	if err := r.confirm(ctx); err != nil {
		return fmt.Errorf("durable: confirm: %w", err)
	}
	return nil
}

// heldAnswer keeps an answer until it may be told.
type heldAnswer struct {
	http.ResponseWriter
	confirm func() error
	status  int
	body    bytes.Buffer
	begun   bool // the status has been sent
}

func (a *heldAnswer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *heldAnswer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(p)
}

// Written, Status and Unwrap are what PocketBase and net/http ask of an answer.
func (a *heldAnswer) Written() bool               { return a.status != 0 }
func (a *heldAnswer) Status() int                 { return a.status }
func (a *heldAnswer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// FlushError sends what was written so far, once it is safe.
func (a *heldAnswer) FlushError() error {
	if err := a.release(); err != nil {
		return err
	}
	return http.NewResponseController(a.ResponseWriter).Flush()
}

// release sends the answer. One that says no tells of no change and need not wait.
func (a *heldAnswer) release() error {
	if a.status == 0 {
		return nil
	}
	if a.status < http.StatusBadRequest {
		if err := a.confirm(); err != nil {
			a.Header().Del("Content-Length")
			return err
		}
	}
	if !a.begun {
		a.begun = true
		a.ResponseWriter.WriteHeader(a.status)
	}
	_, err := a.body.WriteTo(a.ResponseWriter)
	return err
}
