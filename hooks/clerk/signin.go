package clerk

import (
	"net/http"

	"greenroom/hooks/people"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"
)

// maxTokenBytes is several times the size of a session token with many claims.
const maxTokenBytes = 32 << 10

// bindTokenSignIn serves POST /api/portal/auth/clerk: {token}, a session token of Clerk's, is exchanged for
// PocketBase's own answer to a sign-in. So any site of the owner's with a Clerk sign-in can use the portal's API.
func bindTokenSignIn(s *service, v *verifier) {
	s.app.OnServe().BindFunc(func(se *core.ServeEvent) error {
		se.Router.POST("/api/portal/auth/clerk", func(e *core.RequestEvent) error { return s.signIn(e, v) }).Bind(apis.BodyLimit(maxTokenBytes))
		return se.Next()
	})
}

func (s *service) signIn(e *core.RequestEvent, v *verifier) error {
	var form struct {
		Token string `json:"token" form:"token"`
	}
	if err := e.BindBody(&form); err != nil || form.Token == "" {
		return e.BadRequestError("Send {\"token\": …}, a Clerk session token.", err)
	}
	c, err := v.verify(form.Token)
	if err != nil {
		return e.UnauthorizedError("The Clerk session is not valid any more. Sign in again.", err)
	}
	var email string
	if c.EmailVerified {
		email = people.Address(c.Email)
	}
	client, err := s.clientFor(known(c.Subject, email, c.Name))
	if err != nil {
		return err
	}
	return apis.RecordAuthResponse(e, client, integration, nil)
}

// clientFor returns the client of a user who has proved to be signed in at Clerk. The user is linked now if their
// verified email allows it. Its errors are HTTP answers.
func (s *service) clientFor(u user) (client *core.Record, err error) {
	err = s.app.RunInTransaction(func(tx core.App) error {
		dead, err := isDeleted(tx, u.Id)
		if err != nil {
			return err
		}
		if dead {
			return router.NewUnauthorizedError("This account was deleted at Clerk.", nil)
		}
		if client, err = clientOf(tx, u.Id); client != nil || err != nil {
			return err
		}
		done, err := s.place(tx, factsOf(u))
		if err != nil {
			return err
		}
		if done == conflict {
			return nil // the transaction must commit, because it stored the facts
		}
		client, err = clientOf(tx, u.Id)
		return err
	})
	switch {
	case err != nil && unfit(err):
		return nil, err
	case err != nil:
		return nil, router.NewInternalServerError("The sign-in could not be finished. Try again in a moment.", err)
	case client != nil && client.GetBool("clerkBanned"):
		return nil, router.NewUnauthorizedError("This account is banned at Clerk.", nil)
	case client == nil:
		return nil, router.NewApiError(http.StatusConflict,
			"Your account is not ready yet. Try again in a moment; if it stays like this, ask the studio.", map[string]any{"retryAfterSeconds": 2})
	}
	return client, nil
}
