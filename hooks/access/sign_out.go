package access

import (
	"net/http"

	"github.com/pocketbase/pocketbase/core"
)

// signOut ends all of a client's sign-ins, on every device. The open live connections close with the change of the key.
func signOut(e *core.RequestEvent) error {
	switch {
	case e.Auth == nil:
		return e.UnauthorizedError("Sign in to end your sign-ins.", nil)
	case e.Auth.Collection().Name != "clients":
		return e.ForbiddenError("Only clients sign out here.", nil)
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
