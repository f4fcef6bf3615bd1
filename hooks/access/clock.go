package access

import (
	"errors"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/security"
)

// A clock that was ahead, by a year perhaps, and was put right has left codes and tokens behind that would be good for
// a year. What claims to be made later than now, or to last longer than anything made now, ends at once.

// clockSlack is by how much two readings of the clock may differ without one of them being wrong.
const clockSlack = 5 * time.Minute

var errLastsTooLong = errors.New("the clock was ahead when the token was made")

func fromTheFuture(made time.Time) bool { return made.After(time.Now().Add(clockSlack)) }

// lastsTooLong tells whether a sign-in ends later than one that is made now. Tokens that the owner makes for a time of
// their own choice cannot be renewed, and are left alone.
func lastsTooLong(record *core.Record, token string) bool {
	claims, err := security.ParseUnverifiedJWT(token)
	if err != nil {
		return true
	}
	renewable, _ := claims[core.TokenClaimRefreshable].(bool)
	return renewable && endsLate(claims, record.Collection().AuthToken.DurationTime())
}

// endsLate tells whether a token ends later than one of that life that is made now.
func endsLate(claims jwt.MapClaims, life time.Duration) bool {
	end, err := claims.GetExpirationTime()
	return err != nil || end == nil || fromTheFuture(end.Add(-life))
}

// filePaths begins the patterns of PocketBase's own way to a file, which takes a token in the address.
const filePaths = "GET /api/files/"

// boundFileTokens takes a file token that lasts too long off its address, which then gives what a guest may see. Nobody
// chooses how long one lasts, so the life that the collection says is the whole rule.
func boundFileTokens(app core.App) {
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Router.BindFunc(func(e *core.RequestEvent) error {
			query := e.Request.URL.Query()
			if !strings.HasPrefix(e.Request.Pattern, filePaths) || !query.Has("token") {
				return e.Next()
			}
			token := query.Get("token")
			record, err := e.App.FindAuthRecordByToken(token, core.TokenTypeFile)
			if err != nil { // PocketBase refuses it, too
				return e.Next()
			}
			if claims, err := security.ParseUnverifiedJWT(token); err != nil || endsLate(claims, record.Collection().FileToken.DurationTime()) {
				query.Del("token")
				e.Request.URL.RawQuery = query.Encode()
			}
			return e.Next()
		})
		return e.Next()
	})
}
