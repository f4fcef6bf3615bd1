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

// One sign-in is one device's: its token, every copy of that token, and every token that it was renewed to. PocketBase
// can end a person's sign-ins only all at once, for its tokens are told apart by nothing. Here each token names its
// sign-in, and a sign-in that was ended is a row of integrations for as long as one of its tokens could still be good.

const (
	signInClaim = "signIn"
	endedPrefix = "signin:" // then whose it was and which one
	// maxEnded is how many ended sign-ins of one person are kept in mind; with one more, all of the person's end at once.
	maxEnded = 50
)

// signInKey is where a live connection keeps the sign-in with which it listens.
const signInKey = "greenroom.signIn"

var errEnded = errors.New("the sign-in was ended on its device")

// nameSignIns puts into each token to which sign-in it belongs: a new one, or the one that is renewed.
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

// signInOf is the sign-in that a token belongs to. One that was made without a sign-in, such as a token for a program,
// is a sign-in by itself.
func signInOf(token string) string {
	claims, err := security.ParseUnverifiedJWT(token)
	if name, ok := claims[signInClaim].(string); err == nil && ok && name != "" {
		return name
	}
	digest := sha256.Sum256([]byte(token))
	return hex.EncodeToString(digest[:])
}

func endedRow(person, signIn string) string { return endedPrefix + person + ":" + signIn }

// hasEnded tells whether the sign-in of a token was ended.
func hasEnded(app core.App, person, token string) (ended bool, err error) {
	err = app.DB().NewQuery("SELECT EXISTS (SELECT 1 FROM {{integrations}} WHERE [[name]] = {:name})").
		Bind(dbx.Params{"name": endedRow(person, signInOf(token))}).Row(&ended)
	return ended, err
}

// endSignIn ends one sign-in of a person, with its live connections.
func endSignIn(app core.App, person *core.Record, token string) error {
	signIn := signInOf(token)
	err := app.RunInTransaction(func(tx core.App) error {
		// Text compares as these times do, for both are of one length.
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

// lastOf is when the last token of a sign-in is over: one that was renewed a moment ago may be younger than this one.
func lastOf(person *core.Record, token string) types.DateTime {
	last := time.Now().Add(person.Collection().AuthToken.DurationTime())
	if expires := expiry(token); expires.After(last) {
		last = expires
	}
	at, _ := types.ParseDateTime(last) // a time always parses
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
