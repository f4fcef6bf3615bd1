package calendar

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"greenroom/hooks/config"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"
)

const (
	// SyncPath is the route that starts a sync (POST).
	SyncPath = "/api/portal/calendar/sync"

	// ProgressType in the request's Accept header makes the answer a stream of JSON lines: {progress} for each step,
	// then the Result or an API error.
	ProgressType = "application/x-ndjson"
)

// ErrNotSetUp is the error of a sync without a configured calendar.
var ErrNotSetUp = errors.New(config.Config{}.Service("calendar").SetUp())

// bindSync serves POST /api/portal/calendar/sync for the owner, and for a scheduler that sends CRON_SECRET as its
// bearer token. It runs a sync and answers with its Result. With ?full=1 the sync reads the whole window.
func bindSync(app core.App, s *Service, cronSecret string) {
	app.OnServe().BindFunc(func(se *core.ServeEvent) error {
		se.Router.POST(SyncPath, func(e *core.RequestEvent) error {
			if !e.HasSuperuserAuth() && !isBearer(e.Request, cronSecret) {
				if e.Auth != nil {
					return e.ForbiddenError("Only the owner may sync the calendar.", nil)
				}
				return e.UnauthorizedError("Sign in as the owner, or send CRON_SECRET as a bearer token.", nil)
			}
			if s == nil {
				return e.BadRequestError(ErrNotSetUp.Error(), nil)
			}
			return answerSync(e, s)
		}).Bind(apis.BodyLimit(maxFormBytes))
		return se.Next()
	})
}

// maxFormBytes limits the body of every form of this package; the largest needs a fraction of it.
const maxFormBytes = 64 << 10

// isBearer reports whether a request has the secret as its bearer token. An empty secret matches nothing.
func isBearer(r *http.Request, secret string) bool {
	sent, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return ok && secret != "" && subtle.ConstantTimeCompare([]byte(sent), []byte(secret)) == 1
}

func answerSync(e *core.RequestEvent, s *Service) error {
	full := e.Request.URL.Query().Get("full") == "1"
	if e.Request.Header.Get("Accept") != ProgressType {
		result, err := s.Sync(e.Request.Context(), full, nil)
		if err != nil {
			return syncFailure(err)
		}
		return e.JSON(http.StatusOK, result)
	}
	e.Response.Header().Set("Content-Type", ProgressType)
	say := func(line any) error { return errors.Join(json.NewEncoder(e.Response).Encode(line), e.Flush()) }
	steps, done := make(chan string, 1), make(chan struct{})
	var result Result
	var failure error
	go func() {
		defer close(done)
		result, failure = s.Sync(e.Request.Context(), full, func(sentence string) {
			select {
			case steps <- sentence:
			default: // drops a sentence, so that a slow reader does not delay the sync
			}
		})
	}()
	for {
		select {
		case step := <-steps:
			if err := say(map[string]string{"progress": step}); err != nil {
				return err
			}
		case <-done:
			if failure != nil {
				return say(syncFailure(failure))
			}
			return say(result)
		}
	}
}

// syncFailure returns the answer to a failed sync: 502 with a sentence for the owner.
func syncFailure(err error) *router.ApiError {
	return router.NewApiError(http.StatusBadGateway, Sentence(err), nil)
}
