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

// confirmTimeout is how long an answer waits for the bucket before it is refused with 503.
const confirmTimeout = 15 * time.Second

// safeMethods are the HTTP methods that change nothing.
var safeMethods = []string{http.MethodGet, http.MethodHead, http.MethodOptions}

// answerWhenSafe delays the answers to requests that change data until the replica has the change: all of them or, with
// always=false, only those to webhooks, whose senders repeat them after a failure.
func answerWhenSafe(app core.App, r *replica, always bool) {
	if always {
		app.Store().Set(confirmKey, r)
	}
	app.OnServe().BindFunc(func(se *core.ServeEvent) error {
		se.Router.Bind(&hook.Handler[*core.RequestEvent]{Id: "greenroomAnswerWhenSafe", Priority: firstOfAll, Func: func(e *core.RequestEvent) error {
			if slices.Contains(safeMethods, e.Request.Method) || !always && !strings.HasPrefix(e.Request.URL.Path, "/api/webhooks/") {
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

// confirmKey is the key in the app's store under which Confirm finds the replica.
const confirmKey = "durable.confirm"

// Confirm returns once everything that was committed before the call is in the replica, or an error after
// confirmTimeout. It is for actions that must not be repeated by a machine that takes over, such as sending a mail. In
// interval mode, and without a replica, it returns at once.
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

// heldAnswer buffers a response until the replica has the change.
type heldAnswer struct {
	http.ResponseWriter
	confirm func() error
	status  int
	body    bytes.Buffer
	begun   bool // whether the status was sent
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

// Written and Status are what PocketBase's router looks for in a response writer, and Unwrap what net/http does.
func (a *heldAnswer) Written() bool               { return a.status != 0 }
func (a *heldAnswer) Status() int                 { return a.status }
func (a *heldAnswer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// FlushError waits for the replica and sends what was written so far.
func (a *heldAnswer) FlushError() error {
	if err := a.release(); err != nil {
		return err
	}
	return http.NewResponseController(a.ResponseWriter).Flush()
}

// release sends the response once the replica has the change. A refusal changed nothing, so it is sent at once.
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
