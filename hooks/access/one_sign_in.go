package access

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/security"
	"github.com/pocketbase/pocketbase/tools/types"
)

// A sign-in belongs to one device: its token, copies of the token, and all tokens renewed from it. PocketBase's tokens
// cannot be told apart, so it can only end all sign-ins of a person at once. Here each token names its sign-in in a
// claim, and a sign-in that was ended is a row of integrations until its last token has expired.

const (
	signInClaim = "signIn"
	endedPrefix = "signin:" // followed by <person>:<sign-in>
	// maxEnded is how many ended sign-ins of one person are stored. With one more, all sign-ins of that person end.
	maxEnded = 50
)

// signInKey is the key under which a live connection stores the sign-in that it was opened with.
const signInKey = "greenroom.signIn"

var errEnded = errors.New("the sign-in was ended on its device")

// nameSignIns adds the claim to each new token: the name of a new sign-in, or that of the token which is renewed.
func nameSignIns(app core.App) {
	app.OnRecordAuthRequest().BindFunc(func(e *core.RecordAuthRequestEvent) error {
		name := security.RandomString(20)
		if renewed := tokenOf(e.RequestEvent); e.AuthMethod == "" && e.Auth != nil && e.Auth.Id == e.Record.Id && renewed != "" {
			name = signInOf(renewed)
		}
		claims, err := security.ParseUnverifiedJWT(e.Token)
		if err != nil {
			return e.InternalServerError("You could not be signed in just now. Try again in a moment.", err)
		}
		claims[signInClaim] = name
		key := e.Record.TokenKey() + e.Collection.AuthToken.Secret
		if e.Token, err = jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(key)); err != nil {
			return e.InternalServerError("You could not be signed in just now. Try again in a moment.", err)
		}
		return e.Next()
	})
	app.OnRealtimeSubscribeRequest().BindFunc(func(e *core.RealtimeSubscribeRequestEvent) error {
		if e.Auth != nil {
			e.Client.Set(signInKey, signInOf(tokenOf(e.RequestEvent)))
		}
		return e.Next()
	})
}

// signInOf returns the name of a token's sign-in. A token without the claim, such as one that the owner made for a
// program, counts as a sign-in of its own, named by its hash.
func signInOf(token string) string {
	claims, err := security.ParseUnverifiedJWT(token)
	if name, ok := claims[signInClaim].(string); err == nil && ok && name != "" {
		return name
	}
	digest := sha256.Sum256([]byte(token))
	return hex.EncodeToString(digest[:])
}

func endedRow(person, signIn string) string { return endedPrefix + person + ":" + signIn }

// hasEnded reports whether the token's sign-in was ended.
func hasEnded(app core.App, person, token string) (ended bool, err error) {
	err = app.DB().NewQuery("SELECT EXISTS (SELECT 1 FROM {{integrations}} WHERE [[name]] = {:name})").
		Bind(dbx.Params{"name": endedRow(person, signInOf(token))}).Row(&ended)
	return ended, err
}

// endSignIn ends one sign-in of a person, and closes its live connections.
func endSignIn(app core.App, person *core.Record, token string) error {
	signIn := signInOf(token)
	err := app.RunInTransaction(func(tx core.App) error {
		// The cursor's text sorts like the time, because all these times have the same length.
		now := types.NowDateTime().String()
		prefix := prefixed(endedPrefix)
		prefix["now"] = now
		if _, err := tx.DB().NewQuery("DELETE FROM {{integrations}} WHERE [[name]] >= {:from} AND [[name]] < {:to} AND [[cursor]] < {:now}").Bind(prefix).Execute(); err != nil {
			return fmt.Errorf("access: forget ended sign-ins: %w", err)
		}
		var ended int
		own := endedRow(person.Id, "")
		if err := tx.DB().NewQuery("SELECT count(*) FROM {{integrations}} WHERE [[name]] >= {:from} AND [[name]] < {:to}").
			Bind(prefixed(own)).Row(&ended); err != nil {
			return fmt.Errorf("access: count ended sign-ins: %w", err)
		}
		if ended >= maxEnded {
			fresh, err := tx.FindRecordById(person.Collection(), person.Id)
			if err != nil {
				return err
			}
			fresh.RefreshTokenKey()
			return tx.Save(fresh)
		}
		return noteEnded(tx, endedRow(person.Id, signIn), lastOf(person, token))
	})
	if err != nil {
		return err
	}
	for _, connection := range connectionsOf(app, signIn) {
		app.SubscriptionsBroker().Unregister(connection)
	}
	return nil
}

func noteEnded(tx core.App, name string, until types.DateTime) error {
	collection, err := tx.FindCachedCollectionByNameOrId("integrations")
	if err != nil {
		return err
	}
	row := core.NewRecord(collection)
	row.Set("name", name)
	row.Set("state", "ended")
	row.Set("cursor", until.String())
	return tx.Save(row)
}

// lastOf returns when the last token of a sign-in expires. A token that was just renewed from this one may live longer.
func lastOf(person *core.Record, token string) types.DateTime {
	last := time.Now().Add(person.Collection().AuthToken.DurationTime())
	if expires := expiry(token); expires.After(last) {
		last = expires
	}
	at, _ := types.ParseDateTime(last) // parsing a time.Time cannot fail
	return at
}

func connectionsOf(app core.App, signIn string) (ids []string) {
	for id, connection := range app.SubscriptionsBroker().Clients() {
		if name, _ := connection.Get(signInKey).(string); cmp.Or(name, "-") == signIn {
			ids = append(ids, id)
		}
	}
	return ids
}
