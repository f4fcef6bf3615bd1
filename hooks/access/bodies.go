package access

import (
	"bytes"
	"encoding/json/jsontext"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/pocketbase/pocketbase/tools/router"
)

const (
	// maxBodyBytes is what a request may bring that is no upload: fifty comments of the longest kind, or one session's
	// notes many times over. PocketBase would take as much as the largest file.
	maxBodyBytes = 4 << 20
	// maxGuestsBytes is many times what a sign-in brings.
	maxGuestsBytes = 64 << 10
	// formsAtOnce are the forms with files, and other large bodies, of one client that are read at the same time.
	formsAtOnce = 2
	// formMemory is how much of a form is kept in memory; the rest waits in a file. PocketBase would take 32 MB, and
	// twice.
	formMemory = 1 << 20
)

// webhooks are where a service sends what it signs, with limits of its own.
const webhooks = "/api/webhooks/"

// limitBodies reads a body only for somebody who may send it, and refuses early what costs more to take apart than it
// is worth.
func limitBodies(app core.App) {
	busy := newGate(formsAtOnce)
	app.OnServe().BindFunc(func(se *core.ServeEvent) error {
		se.Router.Bind(&hook.Handler[*core.RequestEvent]{
			Id:       "greenroomBodyLimit",
			Priority: apis.DefaultBodyLimitMiddlewarePriority - 1,
			Func:     func(e *core.RequestEvent) error { return limitBody(e, busy) },
		})
		se.Router.Bind(&hook.Handler[*core.RequestEvent]{
			Id:       "greenroomBodyShape",
			Priority: apis.DefaultBodyLimitMiddlewarePriority + 1,
			Func:     checkShape,
		})
		se.Router.Bind(&hook.Handler[*core.RequestEvent]{
			Id:       "greenroomForm",
			Priority: lastBeforeTheRoute,
			Func:     readForm,
		})
		return se.Next()
	})
}

func limitBody(e *core.RequestEvent, busy *gate) error {
	if e.Request.ContentLength == 0 || e.Request.Body == nil {
		return e.Next()
	}
	form := strings.HasPrefix(e.Request.Header.Get("Content-Type"), "multipart/form-data")
	limit := int64(maxBodyBytes)
	switch {
	case strings.HasPrefix(e.Request.URL.Path, webhooks):
		return limited(e, limit)
	case e.Auth == nil:
		const signInFirst = "Sign in first: neither files nor anything large is taken from somebody who is not signed in."
		if form && isRecords(e) {
			return e.BadRequestError(signInFirst, nil) // as any record that a guest would make
		}
		if limit = maxGuestsBytes; e.Request.ContentLength > limit {
			return e.UnauthorizedError(signInFirst, nil)
		}
		return limited(e, limit)
	case e.HasSuperuserAuth():
		if form {
			return e.Next()
		}
		return limited(e, limit)
	}
	if !form && e.Request.ContentLength > 0 && e.Request.ContentLength <= maxGuestsBytes {
		return limited(e, limit)
	}
	leave, ok := busy.enter(e.Auth.Id)
	if !ok {
		e.Response.Header().Set("Retry-After", "1")
		return e.TooManyRequestsError("Two forms of yours are being read already. Send this one when they are done.", nil)
	}
	defer leave()
	if !form {
		return limited(e, limit)
	}
	if body, ok := e.Request.Body.(*router.RereadableReadCloser); ok {
		body.MaxMemory = formMemory
	}
	return e.Next()
}

// limited goes on with a body of at most so many bytes.
func limited(e *core.RequestEvent, bytes int64) error {
	if e.Request.ContentLength > bytes {
		return router.NewApiError(http.StatusRequestEntityTooLarge, "The request is larger than the 4 MB that are allowed here.", nil)
	}
	return apis.BodyLimit(bytes).Func(e)
}

// isRecords tells whether the request would write records, which guests never do.
func isRecords(e *core.RequestEvent) bool {
	return strings.Contains(e.Request.Pattern, "/api/collections/{collection}/records") || strings.HasSuffix(e.Request.Pattern, "/api/batch")
}

// A body of JSON has bounds: a batch of fifty records has some hundred keys.
const (
	maxDepth      = 16
	maxKeys       = 2000 // in all
	maxElements   = 1000 // of one array
	maxJSONTokens = 20_000
)

// lastBeforeTheRoute lets everybody refuse a form before it is read.
const lastBeforeTheRoute = 900

var errShape = errors.New("the body has too many keys or elements, or is nested too deeply")

// checkShape looks at a body before PocketBase makes maps of it, several for each.
func checkShape(e *core.RequestEvent) error {
	kind := e.Request.Header.Get("Content-Type")
	if e.Request.ContentLength == 0 || e.HasSuperuserAuth() || strings.HasPrefix(e.Request.URL.Path, webhooks) {
		return e.Next()
	}
	var err error
	switch {
	case strings.HasPrefix(kind, "application/json"):
		err = readThrough(e, shapeOf)
	case strings.HasPrefix(kind, "application/x-www-form-urlencoded"):
		err = readThrough(e, func(body io.Reader) error {
			content, err := io.ReadAll(body)
			if bytes.Count(content, []byte("&")) > maxKeys {
				return errShape
			}
			return err
		})
	}
	return afterReading(e, err)
}

// readForm takes a client's form with files apart, in less memory than PocketBase would.
func readForm(e *core.RequestEvent) error {
	if e.Auth == nil || e.HasSuperuserAuth() || !isRecords(e) || !strings.HasPrefix(e.Request.Header.Get("Content-Type"), "multipart/form-data") {
		return e.Next()
	}
	err := e.Request.ParseMultipartForm(formMemory)
	if err == nil {
		for _, payload := range e.Request.MultipartForm.Value["@jsonPayload"] {
			err = errors.Join(err, shapeOf(strings.NewReader(payload)))
		}
	}
	return afterReading(e, err)
}

// afterReading refuses what was too much. What else cannot be read is refused where it is used.
func afterReading(e *core.RequestEvent, err error) error {
	var answer *router.ApiError
	switch {
	case errors.Is(err, errShape):
		return router.NewApiError(http.StatusRequestEntityTooLarge, "The request has more keys or elements, or is nested more deeply, than anything here needs.", err)
	case errors.As(err, &answer):
		return answer
	}
	return e.Next()
}

// readThrough lets read see the body, which can be read again afterwards.
func readThrough(e *core.RequestEvent, read func(io.Reader) error) error {
	content, err := io.ReadAll(e.Request.Body)
	if err != nil {
		return err
	}
	if body, ok := e.Request.Body.(router.Rereader); ok {
		body.Reread()
	}
	return read(bytes.NewReader(content))
}

// shapeOf reads JSON without keeping any of it.
func shapeOf(body io.Reader) error {
	decoder := jsontext.NewDecoder(body, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	keys, tokens := 0, 0
	for {
		token, err := decoder.ReadToken()
		if err != nil {
			return nil // the end, or no JSON
		}
		depth := decoder.StackDepth()
		kind, length := decoder.StackIndex(depth)
		if kind == '{' && token.Kind() == '"' && length%2 == 1 {
			keys++
		}
		if tokens++; tokens > maxJSONTokens || depth > maxDepth || keys > maxKeys || kind == '[' && length > maxElements {
			return errShape
		}
	}
}
