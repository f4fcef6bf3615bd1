package files

import (
	"image"
	"net/http"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/access"
)

// stalledAfter is how long nobody may take any byte of a download before it ends. A slow one goes on as long as it moves.
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

// guardDownloads holds PocketBase's own way to a file to the same rules: what is shown in a browser, how long it is kept,
// and that a slow line is not cut off.
func (s *service) guardDownloads() {
	s.app.OnFileDownloadRequest(collection).BindFunc(func(e *core.FileDownloadRequestEvent) error {
		header := e.Response.Header()
		if e.ServedName == e.Record.GetString("file") { // not a thumbnail
			servedAs(e.Record, e.Request.URL.Query()).setHeaders(header)
		}
		header.Set("Cache-Control", cacheControl)
		e.Response = patient(e.Response)
		return e.Next()
	})
}

const (
	downloadRoute      = "GET /api/files/{collection}/{recordId}/{filename}" // PocketBase's
	maxThumbnailPixels = 50_000_000                                          // of the picture that one is made of
)

// limitThumbnails gives the picture itself in place of a thumbnail of one that would fill the memory when it is unpacked, which
// a few hundred kilobytes of one colour can.
func (s *service) limitThumbnails(e *core.ServeEvent) {
	e.Router.BindFunc(func(e *core.RequestEvent) error {
		if query := e.Request.URL.Query(); e.Request.Pattern == downloadRoute && query.Has("thumb") && !s.isSmallPicture(e.Request) {
			query.Del("thumb")
			e.Request.URL.RawQuery = query.Encode()
		}
		return e.Next()
	})
}

func (s *service) isSmallPicture(r *http.Request) bool {
	record, err := s.app.FindRecordById(r.PathValue("collection"), r.PathValue("recordId"))
	if err != nil {
		return false
	}
	system, err := s.app.NewFilesystem()
	if err != nil {
		return false
	}
	defer system.Close()
	file, err := system.GetReader(record.BaseFilesPath() + "/" + r.PathValue("filename"))
	if err != nil {
		return false
	}
	defer file.Close()
	picture, _, err := image.DecodeConfig(file)
	return err == nil && int64(picture.Width)*int64(picture.Height) <= maxThumbnailPixels
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
