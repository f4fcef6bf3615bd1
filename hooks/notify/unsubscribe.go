package notify

import (
	"errors"
	"net/http"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/access"
)

// Every notice has an address by which a mail program can unsubscribe its reader with one click (RFC 8058), without a
// sign-in. The key in it is the client's own and permits nothing else. A new key of the client's ends it.

const (
	unsubscribePath = "/api/portal/unsubscribe"
	maxFormBytes    = 1 << 10
)

func (o *outbox) bindUnsubscribe() {
	o.app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		// Mail scanners open links, so a GET changes nothing: it leads to the settings.
		e.Router.GET(unsubscribePath, func(e *core.RequestEvent) error {
			return e.Redirect(http.StatusSeeOther, "/settings")
		}).Bind(access.HideQuery(), apis.SkipSuccessActivityLog())
		e.Router.POST(unsubscribePath, unsubscribe).Bind(access.HideQuery(), apis.SkipSuccessActivityLog(), apis.BodyLimit(maxFormBytes))
		return e.Next()
	})
}

func unsubscribe(e *core.RequestEvent) error {
	key := access.SecretQuery(e).Get("key")
	if key == "" {
		return e.NotFoundError(notSubscribed, errors.New("no key"))
	}
	client, err := e.App.FindFirstRecordByData("clients", "unsubscribeKey", key)
	if err != nil {
		return e.NotFoundError(notSubscribed, err)
	}
	client.Set("notices", choiceNone)
	if err := e.App.Save(client); err != nil {
		return e.InternalServerError("That could not be saved. Try again in a moment.", err)
	}
	return e.String(http.StatusOK, "You get no more mail about your projects. You can change that in the portal's settings.\n")
}

const notSubscribed = "This address does not work any more. You can choose which mail you get in the portal's settings."
