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

// tus returns the handler of HEAD and PATCH /uploads/{id} for files on the disk: how much has arrived, and more bytes.
// No other method of the tus protocol is offered; uploads begin and end by the same routes as with a bucket.
func (s *service) tus() (func(e *core.RequestEvent) error, error) {
	composer := handler.NewStoreComposer()
	composer.UseCore(newDisk(s.app.DataDir()).tus())
	memorylocker.New().UseIn(composer)
	protocol, err := handler.NewUnroutedHandler(handler.Config{
		StoreComposer: composer,
		Cors:          &handler.CorsConfig{Disable: true}, // the router handles CORS
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
		// PocketBase's router would copy the whole body so that it can be read again.
		if body, ok := e.Request.Body.(*router.RereadableReadCloser); ok {
			e.Request.Body = body.ReadCloser
		}
		patch.ServeHTTP(e.Response, e.Request)
		return nil
	}, nil
}
