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
	// maxBodyBytes limits a request that is no upload: it holds fifty of the longest comments, or a session's notes
	// many times over. PocketBase would accept as much as the largest file.
	maxBodyBytes = 4 << 20
	// maxGuestsBytes limits a request without a sign-in. Signing in needs a fraction of it.
	maxGuestsBytes = 64 << 10
	// formsAtOnce limits how many forms with files, and other large bodies, of one client are read at the same time.
	formsAtOnce = 2
	// formMemory is how much of a form is held in memory; the rest goes to a temporary file. PocketBase would hold 32
	// MB, twice.
	formMemory = 1 << 20
)

// webhooks is the prefix of the routes that services call with signed requests. These have limits of their own.
const webhooks = "/api/webhooks/"

// limitBodies reads a body only if its sender may send it, and refuses JSON and forms whose decoding would cost much
// memory.
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
			return e.BadRequestError(signInFirst, nil) // the answer to any guest who would create a record
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

// limited continues with a body of at most so many bytes, or refuses it (413).
func limited(e *core.RequestEvent, bytes int64) error {
	if e.Request.ContentLength > bytes {
		return router.NewApiError(http.StatusRequestEntityTooLarge, "The request is larger than the 4 MB that are allowed here.", nil)
	}
	return apis.BodyLimit(bytes).Func(e)
}

// isRecords reports whether the request is for the records API or a batch, by which guests may not write anything.
func isRecords(e *core.RequestEvent) bool {
	return strings.Contains(e.Request.Pattern, "/api/collections/{collection}/records") || strings.HasSuffix(e.Request.Pattern, "/api/batch")
}

// Limits of a JSON body. A batch of fifty records has some hundred keys.
const (
	maxDepth      = 16
	maxKeys       = 2000 // in the whole body
	maxElements   = 1000 // of one array
	maxJSONTokens = 20_000
)

// lastBeforeTheRoute is a priority after all other middleware, so that a form is read only if nothing else refuses it.
const lastBeforeTheRoute = 900

var errShape = errors.New("the body has too many keys or elements, or is nested too deeply")

// checkShape checks the structure of a body before PocketBase decodes it, several times, into maps.
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

// readForm parses a client's form with files in less memory than PocketBase would.
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

// afterReading refuses a body that exceeds the limits, and continues otherwise. Other read errors are reported by
// whoever uses the body.
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

// readThrough passes the whole body to read, and leaves it readable again.
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

// shapeOf returns errShape if JSON exceeds the limits. It decodes token by token, without building values.
func shapeOf(body io.Reader) error {
	decoder := jsontext.NewDecoder(body, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	keys, tokens := 0, 0
	for {
		token, err := decoder.ReadToken()
		if err != nil {
			return nil // the end, or invalid JSON, which is refused elsewhere
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
