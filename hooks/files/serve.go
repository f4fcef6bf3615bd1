package files

import (
	"net/http"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/access"
	"greenroom/hooks/locks"
)

// stalledAfter is how long nobody may take any byte of a download before it ends. A slow one goes on as long as it
// moves.
const stalledAfter = time.Minute

// cacheControl keeps files out of shared caches, and lets a player seek without fetching anew.
const cacheControl = "private, max-age=300"

// download answers GET /files/{id}/{name}, by a signed link alone.
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
	http.ServeContent(patient(e.Response), e.Request, "", file.ModTime(), file)
	return nil
}

// guardDownloads holds PocketBase's own way to a file to the same rules: which files wait for a payment, as what a
// browser shows them, how long it keeps them, and that a slow line is not cut off.
func (s *service) guardDownloads() {
	s.app.OnFileDownloadRequest(collection).BindFunc(func(e *core.FileDownloadRequestEvent) error {
		if err := s.refuseLocked(e); err != nil {
			return err
		}
		header := e.Response.Header()
		if e.ServedName == e.Record.GetString("file") { // not a thumbnail
			servedAs(e.Record, e.Request.URL.Query()).setHeaders(header)
		}
		header.Set("Cache-Control", cacheControl)
		e.Response = patient(e.Response)
		return e.Next()
	})
}

// refuseLocked refuses a file that waits for a payment, and its thumbnails, to everybody but the owner. PocketBase has
// looked at the token's rights before, so whoever comes here may see the record.
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

// patient lets an answer take as long as it needs while the other side keeps taking some of it, in place of the one end
// that the server sets for all answers.
func patient(w http.ResponseWriter) http.ResponseWriter {
	return &patientWriter{w, http.NewResponseController(w)}
}

type patientWriter struct {
	http.ResponseWriter
	control *http.ResponseController
}

func (w *patientWriter) Write(p []byte) (int, error) {
	_ = w.control.SetWriteDeadline(time.Now().Add(stalledAfter)) // where it cannot be set, the server's own holds
	return w.ResponseWriter.Write(p)
}

// Unwrap lets the server find the connection.
func (w *patientWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
