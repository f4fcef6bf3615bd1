// Package portal is what a client's page asks for: one request and a few prepared statements for each.
//
// All of it is read. A client sees what is theirs by the client column; the owner may look at a page as a client sees
// it, by ?as=<client id>, and as nothing but a reader: no route here writes for them.
package portal

import (
	"net/http"
	"strconv"
	"time"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/access"
)

// Register binds the routes below /api/portal. The zone is the studio's.
func Register(app core.App, zone *time.Location) {
	s := newStatements(app)
	f := newPageCache(s)
	giveHTML(app)
	countComments(app)
	now := time.Now
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		group := e.Router.Group("/api/portal")
		group.Bind(apis.SkipSuccessActivityLog()) // a line for each page that is read tells nobody anything
		group.GET("/overview", access.Page(func(e *core.RequestEvent, client *core.Record) error { return overview(e, s, f, client, now()) }))
		group.GET("/projects/{id}", access.Page(func(e *core.RequestEvent, client *core.Record) error { return project(e, s, f, client, now()) }))
		group.GET("/bookings", access.Page(func(e *core.RequestEvent, client *core.Record) error { return bookings(e, s, client, now()) }))
		group.GET("/export", access.Page(func(e *core.RequestEvent, client *core.Record) error { return exportAll(e, s, client) }))
		group.GET("/comments", func(e *core.RequestEvent) error { return access.Answer(e, comments(e, s)) })
		group.GET("/deliverables/{id}/receipt", func(e *core.RequestEvent) error { return access.Answer(e, receipt(e, zone)) })
		group.GET("/attachments/{id}/markers", func(e *core.RequestEvent) error { return access.Answer(e, markers(e)) })
		return e.Next()
	})
}

// send writes a finished JSON body.
func send(e *core.RequestEvent, body []byte) error {
	h := e.Response.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	e.Response.WriteHeader(http.StatusOK)
	_, err := e.Response.Write(body)
	return err
}
