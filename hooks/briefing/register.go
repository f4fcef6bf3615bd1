package briefing

import (
	"net/http"
	"time"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/config"
)

// Register serves GET /api/studio/briefing for the owner.
func Register(app core.App, c config.Config) {
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Router.GET("/api/studio/briefing", func(e *core.RequestEvent) error {
			b, err := Read(e.App, c, time.Now())
			if err != nil {
				return e.InternalServerError("The briefing could not be read just now. Try again in a moment.", err)
			}
			e.Response.Header().Set("Cache-Control", "private, no-cache")
			return e.JSON(http.StatusOK, b)
		}).Bind(apis.RequireSuperuserAuth(), apis.SkipSuccessActivityLog())
		return e.Next()
	})
}
