package access

import (
	"errors"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/security"
)

// If the server's clock was ahead, perhaps by a year, codes and tokens made then would be valid for a year after it is
// corrected. Therefore a code from the future is refused, and so is a token that expires later than one made now would.

// clockSlack is the difference between two readings of the clock that counts as normal.
const clockSlack = 5 * time.Minute

var errLastsTooLong = errors.New("the clock was ahead when the token was made")

func fromTheFuture(made time.Time) bool { return made.After(time.Now().Add(clockSlack)) }

// lastsTooLong reports whether a sign-in token expires later than one made now. Tokens that cannot be renewed are
// exempt, because the owner chose their duration.
func lastsTooLong(record *core.Record, token string) bool {
	claims, err := security.ParseUnverifiedJWT(token)
	if err != nil {
		return true
	}
	renewable, _ := claims[core.TokenClaimRefreshable].(bool)
	return renewable && endsLate(claims, record.Collection().AuthToken.DurationTime())
}

// endsLate reports whether a token expires later than one that is made now with the given duration.
func endsLate(claims jwt.MapClaims, life time.Duration) bool {
	end, err := claims.GetExpirationTime()
	return err != nil || end == nil || fromTheFuture(end.Add(-life))
}

// filePaths is the prefix of PocketBase's route for files, which takes a token in the address.
const filePaths = "GET /api/files/"

// boundFileTokens removes a file token that expires too late from the address, so that the request is answered as a
// guest's. File tokens always have the collection's duration, since nobody can choose another.
func boundFileTokens(app core.App) {
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Router.BindFunc(func(e *core.RequestEvent) error {
			query := e.Request.URL.Query()
			if !strings.HasPrefix(e.Request.Pattern, filePaths) || !query.Has("token") {
				return e.Next()
			}
			token := query.Get("token")
			record, err := e.App.FindAuthRecordByToken(token, core.TokenTypeFile)
			if err != nil { // PocketBase refuses it as well
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
