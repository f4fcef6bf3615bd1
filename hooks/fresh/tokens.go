package fresh

import (
	"strings"
	"sync"
	"time"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/pocketbase/pocketbase/tools/security"
)

// maxTokens is how many verified tokens are kept, of two or three kilobytes each with their record.
const maxTokens = 4096

// Register takes the place of PocketBase's own middleware that finds out who asks: what it found for a token is kept until
// the next commit, and never beyond the token's end.
func Register(app core.App) {
	t := &tokens{clock: &clock{app: app}, known: map[string]verified{}}
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Router.Bind(&hook.Handler[*core.RequestEvent]{
			Id:       apis.DefaultLoadAuthTokenMiddlewareId, // replaces it
			Priority: apis.DefaultLoadAuthTokenMiddlewarePriority,
			Func:     t.load,
		})
		return e.Next()
	})
	app.OnTerminate().BindFunc(func(e *core.TerminateEvent) error {
		if err := t.clock.stop(); err != nil {
			e.App.Logger().Warn("A connection to the database could not be closed.", "error", err)
		}
		return e.Next()
	})
}

// tokens are those that were good a moment ago.
type tokens struct {
	clock *clock

	mu    sync.RWMutex
	known map[string]verified
}

type verified struct {
	record  *core.Record // never handed out itself: a request may change what it gets
	at      Moment
	expires time.Time
}

// load says whose request it is, as PocketBase's own does: nobody's without a good token.
func (t *tokens) load(e *core.RequestEvent) error {
	token := tokenOf(e)
	if e.Auth != nil || token == "" {
		return e.Next()
	}
	moment, err := t.clock.now()
	if err != nil {
		e.App.Logger().Error("Nothing is kept between requests.", "error", err)
	}
	e.Set(momentKey, moment)
	if e.Auth, err = t.verify(e.App, token, moment); err != nil {
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

// verify gives the token's record, as it is at the moment.
func (t *tokens) verify(app core.App, token string, moment Moment) (*core.Record, error) {
	if v, ok := t.get(token); ok && v.good(app, moment) {
		return copyOf(v.record), nil
	}
	record, err := app.FindAuthRecordByToken(token, core.TokenTypeAuth)
	if err != nil {
		t.forget(token)
		return nil, err
	}
	if expires := expiry(token); moment != Unknown && !expires.IsZero() {
		t.keep(token, verified{copyOf(record), moment, expires})
	}
	return record, nil
}

// good tells whether the token would pass again. The app takes a collection's new secret into use before the commit, and back
// when that fails, so the moment alone does not tell.
func (v verified) good(app core.App, moment Moment) bool {
	collection, err := app.FindCachedCollectionByNameOrId(v.record.Collection().Id)
	return err == nil && collection == v.record.Collection() && v.at.Is(moment) && time.Now().Before(v.expires)
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
