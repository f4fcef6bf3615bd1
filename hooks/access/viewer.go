package access

import (
	"errors"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"
)

// NotHere is the one answer to a page that does not exist and to a page of somebody else's.
const NotHere = "This page does not exist or you do not have access."

// Page answers a GET with what one client sees, once it is clear that the visitor may see it: the client themselves, or
// the owner looking as that client.
func Page(answer func(e *core.RequestEvent, client *core.Record) error) func(e *core.RequestEvent) error {
	return func(e *core.RequestEvent) error {
		client, err := Viewer(e)
		if err != nil {
			return err
		}
		e.Response.Header().Set("Cache-Control", "private, no-cache")
		return Answer(e, answer(e, client))
	}
}

// Answer makes an error that is no answer yet one that tells the visitor what to do, and the log why.
func Answer(e *core.RequestEvent, err error) error {
	var answer *router.ApiError
	if err == nil || errors.As(err, &answer) {
		return err
	}
	return e.InternalServerError("The page could not be read just now. Nothing is lost; try again in a moment.", err)
}

// Viewer is the client whose page is asked for.
func Viewer(e *core.RequestEvent) (*core.Record, error) {
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
