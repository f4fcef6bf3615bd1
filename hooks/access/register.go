// Package access decides who may send a request, and how much: it signs clients in and out, caches verified tokens,
// determines the client whose page is requested, limits rates, concurrency, bodies and queries, and keeps secrets in
// addresses out of the log.
package access

import (
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/config"
	"greenroom/hooks/database"
)

// Register binds the guards and limits to the app, and serves POST /api/portal/signout.
func Register(app core.App, c config.Config) {
	limitAddresses(app, c, time.Now)
	boundLog(app, maxLogBytes)
	limitConcurrency(app)
	signIn(app, time.Now)
	nameSignIns(app)
	serveSecondFactor(app, c)
	limitBodies(app)
	answerTrouble(app)
	boundLines(app, linesOfAddress)
	boundExpressions(app)
	boundQueries(app, queryTime)
	rememberTokens(app, database.NewVersionReader(app))
	boundFileTokens(app)
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Router.POST("/api/portal/signout", signOut)
		return e.Next()
	})
}
