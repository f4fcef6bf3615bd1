package files

import (
	"image"
	"os"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
)

const (
	downloadRoute      = "GET /api/files/{collection}/{recordId}/{filename}" // PocketBase's
	maxThumbnailPixels = 8_000_000                                           // of the picture that a thumbnail is made of
	maxThumbnailBytes  = 16 << 20                                            // of its file
)

// limitThumbnails serves the picture itself instead of a thumbnail, unless the owner asks and the picture is small when
// decoded: a few hundred kilobytes of one colour can fill the memory. Thumbnails are made one at a time.
func (s *service) limitThumbnails() {
	_ = os.Setenv("PB_THUMBS_MAX_WORKERS", "1") // PocketBase reads it from the environment alone; setting this name cannot fail
	s.app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Router.BindFunc(func(e *core.RequestEvent) error {
			if query := e.Request.URL.Query(); e.Request.Pattern == downloadRoute && query.Has("thumb") && !(s.ownerAsks(e) && s.isSmallPicture(e)) {
				query.Del("thumb")
				e.Request.URL.RawQuery = query.Encode()
			}
			return e.Next()
		})
		e.Router.Bind(hideFileToken())
		return e.Next()
	})
}

// ownerAsks reports whether the file token in the address is the owner's.
func (s *service) ownerAsks(e *core.RequestEvent) bool {
	by, err := e.App.FindAuthRecordByToken(e.Request.URL.Query().Get("token"), core.TokenTypeFile)
	return err == nil && by.IsSuperuser()
}

func (s *service) isSmallPicture(e *core.RequestEvent) bool {
	r := e.Request
	record, err := e.App.FindRecordById(r.PathValue("collection"), r.PathValue("recordId"))
	if err != nil || record.FindFileFieldByFile(r.PathValue("filename")) == nil {
		return false
	}
	system, err := e.App.NewFilesystem()
	if err != nil {
		return false
	}
	defer system.Close()
	file, err := system.GetReader(record.BaseFilesPath() + "/" + r.PathValue("filename"))
	if err != nil {
		return false
	}
	defer file.Close()
	if file.Size() > maxThumbnailBytes {
		return false
	}
	picture, _, err := image.DecodeConfig(file)
	return err == nil && int64(picture.Width)*int64(picture.Height) <= maxThumbnailPixels
}

// hideFileToken removes the token from the address before the address is logged, because a reader of the log could
// fetch the file with it.
func hideFileToken() *hook.Handler[*core.RequestEvent] {
	return &hook.Handler[*core.RequestEvent]{Id: "greenroomFileTokens", Priority: apis.DefaultActivityLoggerMiddlewarePriority + 1,
		Func: func(e *core.RequestEvent) error {
			defer func() {
				if query := e.Request.URL.Query(); query.Has("token") {
					query.Del("token")
					e.Request.URL.RawQuery = query.Encode()
				}
			}()
			return e.Next()
		}}
}
