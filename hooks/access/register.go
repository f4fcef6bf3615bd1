// Package access says who asks: it lets clients sign in and out, remembers verified tokens, finds the client whose page
// is asked for, keeps secrets in addresses out of the log, and bounds the size of requests.
package access

import (
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/config"
	"greenroom/hooks/database"
)

// Register binds the guards to the app and serves the end of sign-ins.
func Register(app core.App, c config.Config) {
	guardFront(app, c, time.Now)
	boundLog(app, maxLogBytes)
	takeTurns(app)
	signIn(app, time.Now)
	nameSignIns(app)
	serveSecondFactor(app, c)
	limitBodies(app)
	answerTrouble(app)
	boundQueries(app, queryTime)
	rememberTokens(app, database.NewVersionReader(app))
	boundFileTokens(app)
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Router.POST("/api/portal/signout", signOut)
		return e.Next()
	})
}
