package access

import (
	"net/http"
	"strings"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/pocketbase/pocketbase/tools/router"
)

// maxBodyBytes is what a request may bring that is no upload: fifty comments of the longest kind, or one session's notes
// many times over. PocketBase would take as much as the largest file.
const maxBodyBytes = 4 << 20

func limitBodies(app core.App) {
	limit := apis.BodyLimit(maxBodyBytes)
	app.OnServe().BindFunc(func(se *core.ServeEvent) error {
		se.Router.Bind(&hook.Handler[*core.RequestEvent]{
			Id:       "greenroomBodyLimit",
			Priority: apis.DefaultBodyLimitMiddlewarePriority - 1,
			Func: func(e *core.RequestEvent) error {
				if strings.HasPrefix(e.Request.Header.Get("Content-Type"), "multipart/form-data") {
					return e.Next()
				}
				if e.Request.ContentLength > maxBodyBytes {
					return router.NewApiError(http.StatusRequestEntityTooLarge, "The request is larger than the 4 MB that are allowed here.", nil)
				}
				return limit.Func(e)
			},
		})
		return se.Next()
	})
}
