package records

import (
	"errors"
	"net/http"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/pocketbase/pocketbase/tools/router"
)

// allowedCreates has the sentence that says what a client may create, for requests that PocketBase refuses without one.
// It is the same for a parent of somebody else's and for one that does not exist, so that it tells nothing.
var allowedCreates = map[string]string{
	"comments":    "A comment belongs to exactly one session, milestone, goal or deliverable of your own projects. Name it in session, milestone, goal or deliverable.",
	"attachments": "A file belongs to one of your own projects. Name it in project.",
}

func explainRefusals(app core.App) {
	app.OnServe().BindFunc(func(se *core.ServeEvent) error {
		se.Router.Bind(&hook.Handler[*core.RequestEvent]{
			Id:       "greenroomRefusals",
			Priority: apis.DefaultLoadAuthTokenMiddlewarePriority + 1,
			Func: func(e *core.RequestEvent) error {
				err := e.Next()
				var refusal *router.ApiError
				if e.Request.Pattern != "POST /api/collections/{collection}/records" || e.Auth == nil || !errors.As(err, &refusal) ||
					refusal.Status != http.StatusBadRequest || len(refusal.Data) > 0 {
					return err
				}
				if collection, _ := e.App.FindCachedCollectionByNameOrId(e.Request.PathValue("collection")); collection != nil {
					if sentence := allowedCreates[collection.Name]; sentence != "" {
						return e.BadRequestError(sentence, refusal.RawData())
					}
				}
				return err
			},
		})
		return se.Next()
	})
}
