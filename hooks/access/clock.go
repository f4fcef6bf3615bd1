package access

import (
	"errors"
	"time"

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
	end, err := claims.GetExpirationTime()
	return renewable && (err != nil || end == nil || fromTheFuture(end.Add(-record.Collection().AuthToken.DurationTime())))
}
