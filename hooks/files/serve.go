package files

import (
	"net/http"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/access"
	"greenroom/hooks/locks"
)

// stalledAfter is how long a download may make no progress before it is ended.
const stalledAfter = time.Minute

// cacheControl excludes shared caches, and lets a player seek without downloading again.
const cacheControl = "private, max-age=300"

// download answers GET /files/{id}/{name}, which only a signed link opens.
func (s *service) download(e *core.RequestEvent) error {
	attachment, err := s.granted(e)
	if err != nil {
		return failure(e, err)
	}
	system, err := e.App.NewFilesystem()
	if err != nil {
		return failure(e, err)
	}
	defer system.Close()
	file, err := system.GetReader(keyOf(attachment))
	if err != nil {
		return e.NotFoundError(access.NotHere, err)
	}
	defer file.Close()
	servedAs(attachment, access.SecretQuery(e)).setHeaders(e.Response.Header())
	http.ServeContent(RollingDeadline(e.Response), e.Request, "", file.ModTime(), file)
	return nil
}

// guardDownloads applies the same rules to PocketBase's own route for files: locks by payments, how browsers show a
// file and cache it, and no time limit for slow connections.
func (s *service) guardDownloads() {
	s.app.OnFileDownloadRequest(collection).BindFunc(func(e *core.FileDownloadRequestEvent) error {
		if err := s.refuseLocked(e); err != nil {
			return err
		}
		header := e.Response.Header()
		if e.ServedName == e.Record.GetString("file") { // false for a thumbnail
			servedAs(e.Record, e.Request.URL.Query()).setHeaders(header)
		}
		header.Set("Cache-Control", cacheControl)
		e.Response = RollingDeadline(e.Response)
		return e.Next()
	})
}

// refuseLocked refuses a file that is locked by a payment, and its thumbnails, to everybody but the owner. PocketBase
// has checked before that the token may see the record.
func (s *service) refuseLocked(e *core.FileDownloadRequestEvent) error {
	by, err := e.App.FindAuthRecordByToken(e.Request.URL.Query().Get("token"), core.TokenTypeFile)
	if err != nil {
		return e.NotFoundError(access.NotHere, err)
	}
	if by.IsSuperuser() {
		return nil
	}
	if err := locks.Refuse(e.Request.Context(), e.App, e.Record, by); err != nil {
		return failure(e.RequestEvent, err)
	}
	return nil
}

// RollingDeadline returns a writer that renews the connection's write deadline with each write, so that a long answer
// is not cut off while its reader makes progress.
func RollingDeadline(w http.ResponseWriter) http.ResponseWriter {
	return &deadlineWriter{w, http.NewResponseController(w)}
}

type deadlineWriter struct {
	http.ResponseWriter
	control *http.ResponseController
}

func (w *deadlineWriter) Write(p []byte) (int, error) {
	_ = w.control.SetWriteDeadline(time.Now().Add(stalledAfter)) // without support for deadlines the server's timeout stays
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController find the connection.
func (w *deadlineWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
