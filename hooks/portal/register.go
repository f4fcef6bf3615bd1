// Package portal is what a client's page asks for: one request and a few prepared statements for each, and the live topic
// that says when to look again.
//
// All of it is read, but that a client ends their own sign-ins. A client sees what is theirs by the client column; the owner
// may look at a page as a client sees it, by ?as=<client id>, and as nothing but a reader: no route here writes for them.
package portal

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"greenroom/hooks/config"
)

// NotHere is the one answer to a page that does not exist and to a page of somebody else's.
const NotHere = "This page does not exist or you do not have access."

// Register binds the routes below /api/portal and the live topic.
func Register(app core.App, c config.Config) {
	live(app)
	s := newStatements(app)
	f := newFinished(s)
	now := time.Now
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		group := e.Router.Group("/api/portal")
		group.Bind(apis.SkipSuccessActivityLog()) // a line for each page that is read tells nobody anything
		group.GET("/overview", Page(func(e *core.RequestEvent, client *core.Record) error { return overview(e, s, f, client, now()) }))
		group.GET("/projects/{id}", Page(func(e *core.RequestEvent, client *core.Record) error { return project(e, s, f, client, now()) }))
		group.GET("/bookings", Page(func(e *core.RequestEvent, client *core.Record) error { return bookings(e, s, client, now()) }))
		group.GET("/export", Page(func(e *core.RequestEvent, client *core.Record) error { return exportAll(e, s, client) }))
		group.POST("/signout", signOut)
		group.GET("/health", func(e *core.RequestEvent) error { return health(e, c) }).Bind(apis.RequireSuperuserAuth())
		return e.Next()
	})
}

// Page answers a GET with what one client sees, once it is clear that the visitor may see it: the client themselves, or
// the owner looking as that client.
func Page(answer func(e *core.RequestEvent, client *core.Record) error) func(e *core.RequestEvent) error {
	return func(e *core.RequestEvent) error {
		client, err := viewer(e)
		if err != nil {
			return err
		}
		e.Response.Header().Set("Cache-Control", "private, no-cache")
		return failure(e, answer(e, client))
	}
}

// failure makes an error that is no answer yet one that tells the visitor what to do, and the log why.
func failure(e *core.RequestEvent, err error) error {
	var answer *router.ApiError
	if err == nil || errors.As(err, &answer) {
		return err
	}
	return e.InternalServerError("The page could not be read just now. Nothing is lost; try again in a moment.", err)
}

// viewer is the client whose page is asked for.
func viewer(e *core.RequestEvent) (*core.Record, error) {
	query := e.Request.URL.Query()
	as := query.Get("as")
	switch {
	case e.Auth == nil:
		return nil, e.UnauthorizedError("Sign in to see this page.", nil)
	case e.Auth.Collection().Name == "clients":
		if query.Has("as") {
			return nil, e.ForbiddenError("Only the owner may look at a page as a client.", nil)
		}
		return e.Auth, nil
	case !e.HasSuperuserAuth():
		return nil, e.ForbiddenError("Only clients and the owner may see this page.", nil)
	case as == "":
		return nil, e.BadRequestError("Say whose page you want to see: add ?as=<client id>.", nil)
	}
	client, err := e.App.FindRecordById("clients", as)
	if err != nil {
		return nil, e.NotFoundError(NotHere, err)
	}
	e.App.Logger().Info("The owner looked at a page as a client.", "owner", e.Auth.Id, "client", client.Id, "page", e.Request.URL.Path)
	return client, nil
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
