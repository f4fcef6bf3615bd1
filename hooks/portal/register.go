// Package portal answers the requests of the portal's pages: one request for each page, and a few SQL statements for
// each request.
//
// All routes only read. A client sees the records with their id in the client column. The owner can read a page as a
// client sees it, by ?as=<client id>.
package portal

import (
	"net/http"
	"strconv"
	"time"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/access"
)

// Register binds the routes below /api/portal. zone is the studio's time zone.
func Register(app core.App, zone *time.Location) {
	s := newStatements(app)
	f := newPageCache(s)
	giveHTML(app)
	countComments(app)
	now := time.Now
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		group := e.Router.Group("/api/portal")
		group.Bind(apis.SkipSuccessActivityLog()) // a log line for each page would be of no use
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

// send answers with a finished JSON body.
func send(e *core.RequestEvent, body []byte) error {
	h := e.Response.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	e.Response.WriteHeader(http.StatusOK)
	_, err := e.Response.Write(body)
	return err
}
