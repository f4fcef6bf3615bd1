package access

import (
	"errors"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"
)

// NotHere is the answer both to a page that does not exist and to one that the visitor may not see.
const NotHere = "This page does not exist or you do not have access."

// Page returns the handler of a page of one client. It guards the route: the visitor must be the client, or the owner
// who looks as a client (?as=).
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

// Answer turns an internal error into an answer for the visitor, with the cause for the log. API errors and nil stay as
// they are.
func Answer(e *core.RequestEvent, err error) error {
	var answer *router.ApiError
	if err == nil || errors.As(err, &answer) {
		return err
	}
	return e.InternalServerError("The page could not be read just now. Nothing is lost; try again in a moment.", err)
}

// Viewer returns the client whose page is requested. Errors are API errors. A look of the owner's as a client is
// logged.
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
