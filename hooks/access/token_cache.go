package access

import (
	"strings"
	"sync"
	"time"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/pocketbase/pocketbase/tools/security"

	"greenroom/hooks/database"
)

// maxTokens is how many verified tokens are cached. Each takes two or three kilobytes with its record.
const maxTokens = 4096

// rememberTokens replaces PocketBase's middleware that loads the auth record of a token. A verified token is cached
// until it expires, or until a commit that concerns its record.
func rememberTokens(app core.App, versions *database.VersionReader) {
	t := &tokens{versions: versions, known: map[string]verified{}}
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Router.Bind(&hook.Handler[*core.RequestEvent]{
			Id:       apis.DefaultLoadAuthTokenMiddlewareId, // replaces PocketBase's
			Priority: apis.DefaultLoadAuthTokenMiddlewarePriority,
			Func:     t.load,
		})
		return e.Next()
	})
	app.OnTerminate().BindFunc(func(e *core.TerminateEvent) error {
		if err := t.versions.Close(); err != nil {
			e.App.Logger().Warn("A connection to the database could not be closed.", "error", err)
		}
		return e.Next()
	})
}

// versionKey is the key under which a request stores the database's version at its beginning.
const versionKey = "access.version"

// VersionOf returns the database's version at the beginning of a signed-in request, or an unknown version.
func VersionOf(e *core.RequestEvent) database.Version {
	version, _ := e.Get(versionKey).(database.Version)
	return version
}

// Outdate makes the request's version unknown, because the database may have changed since its beginning. Caches are
// then not used for it.
func Outdate(e *core.RequestEvent) { e.Set(versionKey, database.Version{}) }

// tokens is the cache of verified tokens.
type tokens struct {
	versions *database.VersionReader

	mu    sync.RWMutex
	known map[string]verified
}

type verified struct {
	record  *core.Record // copied before it is handed out, because requests may change it
	at      database.Version
	expires time.Time
}

// load sets the request's auth record from its token, as PocketBase does. With an invalid token the request is a
// guest's.
func (t *tokens) load(e *core.RequestEvent) error {
	token := tokenOf(e)
	if e.Auth != nil || token == "" {
		return e.Next()
	}
	version, err := t.versions.Now()
	if err != nil {
		e.App.Logger().Error("Nothing is kept between requests.", "error", err)
	}
	e.Set(versionKey, version)
	if e.Auth, err = t.verify(e.App, token, version); err != nil {
		if database.Trouble(err) != 0 {
			return err // a failing database says nothing about the token, so the visitor must not appear signed out
		}
		e.App.Logger().Debug("A token was refused.", "error", err)
	}
	return e.Next()
}

func tokenOf(e *core.RequestEvent) string {
	token := e.Request.Header.Get("Authorization")
	const scheme = "Bearer "
	if len(token) > len(scheme) && strings.EqualFold(token[:len(scheme)], scheme) {
		return token[len(scheme):]
	}
	return token
}

// verify returns the auth record of a token as of a version of the database, or why the token is refused.
func (t *tokens) verify(app core.App, token string, version database.Version) (*core.Record, error) {
	if v, ok := t.get(token); ok && v.good(app, version) {
		return copyOf(v.record), nil
	}
	record, err := app.FindAuthRecordByToken(token, core.TokenTypeAuth)
	if err == nil && lastsTooLong(record, token) {
		err = errLastsTooLong
	}
	if err == nil {
		var ended bool
		if ended, err = hasEnded(app, record.Id, token); ended {
			err = errEnded
		}
	}
	if err != nil {
		t.forget(token)
		return nil, err
	}
	if expires := expiry(token); version.Known() && !expires.IsZero() {
		t.put(token, verified{copyOf(record), version, expires})
	}
	return record, nil
}

// good reports whether the token would be accepted again. PocketBase uses a collection's new secret before its commit,
// and goes back if that fails, so the database's version alone is not enough.
func (v verified) good(app core.App, version database.Version) bool {
	collection, err := app.FindCachedCollectionByNameOrId(v.record.Collection().Id)
	return err == nil && collection == v.record.Collection() && v.holds(version) && time.Now().Before(v.expires)
}

// holds reports whether no commit since then concerns the token: for a client or person, their own row; for other
// records any commit does. Ended sign-ins concern everybody.
func (v verified) holds(now database.Version) bool {
	if v.record.Collection().Name == "clients" {
		return v.at.Holds(now, database.OwnRow(v.record.Id))
	}
	return v.at.Holds(now)
}

// expiry returns when a token expires, or the zero time if it does not say.
func expiry(token string) time.Time {
	claims, err := security.ParseUnverifiedJWT(token)
	if err != nil {
		return time.Time{}
	}
	end, err := claims.GetExpirationTime()
	if err != nil || end == nil {
		return time.Time{}
	}
	return end.Time
}

// copyOf returns a copy of a record that shares no data which a save changes.
func copyOf(record *core.Record) *core.Record {
	out := record.Fresh()
	if password, ok := out.GetRaw(core.FieldNamePassword).(*core.PasswordFieldValue); ok {
		own := *password
		out.SetRaw(core.FieldNamePassword, &own)
	}
	return out
}

func (t *tokens) get(token string) (verified, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	v, ok := t.known[token]
	return v, ok
}

func (t *tokens) put(token string, v verified) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for other := range t.known {
		if len(t.known) < maxTokens {
			break
		}
		delete(t.known, other) // an arbitrary one, because maps have no order
	}
	t.known[token] = v
}

func (t *tokens) forget(token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.known, token)
}
