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

// maxTokens is how many verified tokens are kept, of two or three kilobytes each with their record.
const maxTokens = 4096

// rememberTokens takes the place of PocketBase's own middleware that finds out who asks: what it found for a token is
// kept until a commit that concerns who it is, and never beyond the token's end.
func rememberTokens(app core.App, versions *database.VersionReader) {
	t := &tokens{versions: versions, known: map[string]verified{}}
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Router.Bind(&hook.Handler[*core.RequestEvent]{
			Id:       apis.DefaultLoadAuthTokenMiddlewareId, // replaces it
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

// versionKey is where a request keeps the version of the database at its beginning.
const versionKey = "access.version"

// VersionOf is the version of the database at which a signed-in request began.
func VersionOf(e *core.RequestEvent) database.Version {
	version, _ := e.Get(versionKey).(database.Version)
	return version
}

// Outdate says that the database may have changed since the request began, so that nothing that is kept answers it.
func Outdate(e *core.RequestEvent) { e.Set(versionKey, database.Version{}) }

// tokens are those that were good a moment ago.
type tokens struct {
	versions *database.VersionReader

	mu    sync.RWMutex
	known map[string]verified
}

type verified struct {
	record  *core.Record // never handed out itself: a request may change what it gets
	at      database.Version
	expires time.Time
}

// load says whose request it is, as PocketBase's own does: nobody's without a good token.
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
			return err // nobody can tell whether the token is good: the sign-in has not ended
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

// verify gives the token's record, as that version of the database has it.
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
		t.keep(token, verified{copyOf(record), version, expires})
	}
	return record, nil
}

// good tells whether the token would pass again. The app takes a collection's new secret into use before the commit,
// and back when that fails, so the version alone does not tell.
func (v verified) good(app core.App, version database.Version) bool {
	collection, err := app.FindCachedCollectionByNameOrId(v.record.Collection().Id)
	return err == nil && collection == v.record.Collection() && v.holds(version) && time.Now().Before(v.expires)
}

// holds tells whether nothing was committed that a token depends on: its own row, where it is that of a client or of a
// client's person. What other people sign in with concerns everybody, and so do the sign-ins that were ended.
func (v verified) holds(now database.Version) bool {
	if v.record.Collection().Name == "clients" {
		return v.at.Holds(now, v.record.Id)
	}
	return v.at.Holds(now)
}

// expiry is a token's end; zero where it names none.
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

// copyOf is a record that shares nothing that a save writes to.
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

func (t *tokens) keep(token string, v verified) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for other := range t.known {
		if len(t.known) < maxTokens {
			break
		}
		delete(t.known, other) // any one: the order of a map is no order
	}
	t.known[token] = v
}

func (t *tokens) forget(token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.known, token)
}
