// Package studio serves the owner's Studio, which is mounted in the dashboard at /_/#/studio: lists over all clients in
// one request each, a project with everything under it, and the acts that change more than one record.
//
// A change of one record goes through PocketBase's own API and the hooks that hold for everybody. Every route requires
// the owner.
package studio

import (
	"net/http"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/access"
	"greenroom/hooks/config"
	"greenroom/hooks/portal"
)

// Register binds the routes under /api/studio.
func Register(app core.App, c config.Config) {
	pages := portal.NewReader(app)
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		group := e.Router.Group("/api/studio")
		group.Bind(apis.RequireSuperuserAuth(), apis.SkipSuccessActivityLog(), apis.Gzip())
		group.GET("/briefing", answer(func(e *core.RequestEvent) (any, error) { return ReadBriefing(e.App, c, time.Now()) }))
		group.GET("/facts", answer(func(e *core.RequestEvent) (any, error) { return factsOf(e.App, c), nil }))
		group.GET("/templates", answer(func(*core.RequestEvent) (any, error) { return map[string]any{"templates": Templates}, nil }))
		group.GET("/projects", answer(listProjects))
		group.POST("/projects", addProject)
		group.POST("/preview", answer(preview))
		group.GET("/projects/{id}", answer(func(e *core.RequestEvent) (any, error) { return projectPage(e, pages, time.Now()) }))
		group.POST("/projects/{id}/order", orderMilestones)
		group.GET("/clients", answer(listClients))
		group.GET("/clients/{id}", answer(func(e *core.RequestEvent) (any, error) { return clientPage(e, time.Now()) }))
		group.POST("/clients/{id}/invite", answer(func(e *core.RequestEvent) (any, error) { return invite(e, c, time.Now()) }))
		group.POST("/comments/remove", answer(func(e *core.RequestEvent) (any, error) { return removeComments(e, time.Now()) }))
		return e.Next()
	})
}

// answer sends the result of a route as JSON that must not be cached.
func answer(read func(e *core.RequestEvent) (any, error)) func(e *core.RequestEvent) error {
	return func(e *core.RequestEvent) error {
		body, err := read(e)
		if err != nil {
			return refusal(e, err)
		}
		e.Response.Header().Set("Cache-Control", "private, no-cache")
		return e.JSON(http.StatusOK, body)
	}
}

// facts are the parts of the configuration that the Studio shows.
type facts struct {
	Studio      string `json:"studio"`
	Owner       string `json:"owner"`
	TimeZone    string `json:"timeZone"`
	URL         string `json:"url"` // of the portal
	HasMail     bool   `json:"hasMail"`
	HasStripe   bool   `json:"hasStripe"`
	HasCalendar bool   `json:"hasCalendar"`

	// HasSecondFactor tells whether the dashboard asks for a mailed code beside the password.
	HasSecondFactor bool `json:"hasSecondFactor"`
}

func factsOf(app core.App, c config.Config) facts {
	return facts{c.Studio, c.Owner, c.Timezone.String(), strings.TrimSuffix(app.Settings().Meta.AppURL, "/"),
		app.Settings().SMTP.Enabled, c.Service("billing").On, c.Service("calendar").On, access.HasSecondFactor(app)}
}
