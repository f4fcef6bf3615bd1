package access

import (
	"errors"
	"net/http"

	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/pocketbase/pocketbase/tools/router"

	"greenroom/hooks/database"
)

var troubles = map[int]string{
	http.StatusInsufficientStorage: "This could not be stored just now: the studio's disk is full. Keep what you wrote and try again later.",
	http.StatusServiceUnavailable:  "The studio is too busy to do this just now. Nothing is lost; try again in a moment.",
}

// answerTrouble answers failures of the machine with 507 or 503. PocketBase would answer a full disk as a mistake of
// the visitor's (400), and a slow database as a missing sign-in (401).
func answerTrouble(app core.App) {
	app.OnServe().BindFunc(func(se *core.ServeEvent) error {
		se.Router.Bind(&hook.Handler[*core.RequestEvent]{
			Id:       "greenroomTrouble",
			Priority: apis.DefaultLoadAuthTokenMiddlewarePriority - 1,
			Func: func(e *core.RequestEvent) error {
				err := e.Next()
				status := troubleOf(err)
				if status == 0 {
					return err
				}
				e.Response.Header().Set("Retry-After", "5")
				return router.NewApiError(status, troubles[status], err)
			},
		})
		return se.Next()
	})
}

// troubleOf returns the status for a failure of the machine that is the cause of an error, also within the requests of
// a batch, or 0.
func troubleOf(err error) int {
	var answer *router.ApiError
	var each validation.Errors
	var resolver router.SafeErrorResolver
	switch {
	case errors.As(err, &answer):
		if answer.Status > http.StatusInternalServerError {
			return 0 // the handler has named the failure itself
		}
		cause, _ := answer.RawData().(error)
		return troubleOf(cause)
	case errors.As(err, &each):
		for _, inner := range each {
			if status := troubleOf(inner); status != 0 {
				return status
			}
		}
	case errors.As(err, &resolver):
		if within, ok := resolver.Resolve(map[string]any{}).(map[string]any); ok {
			inner, _ := within["response"].(error)
			return troubleOf(inner)
		}
	}
	return database.Trouble(err)
}
