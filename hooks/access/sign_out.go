package access

import (
	"net/http"

	"github.com/pocketbase/pocketbase/core"
)

// signOut ends all sign-ins of a client, on every device. With {"here": true} it ends only the one that asks, the
// client's or the owner's. Live connections of ended sign-ins are closed.
func signOut(e *core.RequestEvent) error {
	if e.Auth == nil {
		return e.UnauthorizedError("Sign in to end your sign-ins.", nil)
	}
	var form struct {
		Here bool `json:"here" form:"here"`
	}
	if err := e.BindBody(&form); err != nil {
		return e.BadRequestError("Send nothing, or here as true or false, as JSON.", err)
	}
	if form.Here && !e.Request.URL.Query().Has("as") {
		if err := endSignIn(e.App, e.Auth, tokenOf(e)); err != nil {
			return Answer(e, err)
		}
		return e.NoContent(http.StatusNoContent)
	}
	if e.Auth.Collection().Name != "clients" {
		return e.ForbiddenError("Only clients sign out everywhere here; the owner may end the sign-in of this device alone.", nil)
	}
	client, err := e.App.FindRecordById("clients", e.Auth.Id)
	if err != nil {
		return e.UnauthorizedError("Sign in to end your sign-ins.", err)
	}
	client.RefreshTokenKey()
	if err := e.App.Save(client); err != nil {
		return e.InternalServerError("You could not be signed out just now. Try again in a moment.", err)
	}
	return e.NoContent(http.StatusNoContent)
}
