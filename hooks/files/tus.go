package files

import (
	"io"
	"net/http"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"
	"github.com/tus/tusd/v2/pkg/handler"
	"github.com/tus/tusd/v2/pkg/memorylocker"
	"golang.org/x/exp/slog"
)

// tus answers HEAD and PATCH /uploads/{id} on disk: where an upload stands, and more of it. That is all of the protocol
// that is offered; uploads begin and end by the routes that a bucket's have too.
func (s *service) tus() (func(e *core.RequestEvent) error, error) {
	composer := handler.NewStoreComposer()
	composer.UseCore(newDisk(s.app.DataDir()).tus())
	memorylocker.New().UseIn(composer)
	protocol, err := handler.NewUnroutedHandler(handler.Config{
		StoreComposer: composer,
		Cors:          &handler.CorsConfig{Disable: true}, // the router's own holds
		Logger:        slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		return nil, err
	}
	speak := func(method http.HandlerFunc) http.Handler {
		return http.StripPrefix("/api/portal/uploads/", protocol.Middleware(method))
	}
	head, patch := speak(protocol.HeadFile), speak(protocol.PatchFile)

	return func(e *core.RequestEvent) error {
		w, err := sender(e)
		if err != nil {
			return err
		}
		u, err := s.mine(e, w)
		if err != nil {
			return failure(e, err)
		}
		if e.Request.Method == http.MethodHead {
			head.ServeHTTP(e.Response, e.Request)
			return nil
		}
		if err := s.diskTakes(max(e.Request.ContentLength, 0)); err != nil {
			return failure(e, err)
		}
		if err := touch(e.App, *u, time.Now()); err != nil {
			return failure(e, err)
		}
		// The router keeps a second copy of each body, so that it can be read again. Of gigabytes nobody wants one.
		if body, ok := e.Request.Body.(*router.RereadableReadCloser); ok {
			e.Request.Body = body.ReadCloser
		}
		patch.ServeHTTP(e.Response, e.Request)
		return nil
	}, nil
}
