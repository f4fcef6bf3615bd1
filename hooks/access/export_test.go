package access

import (
	"fmt"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/database"
)

// BoundLog bounds the log of an app.
var BoundLog = boundLog

// Verifier finds whose a token is as a request does, until it is stopped.
func Verifier(app core.App) (verify func(token string) (*core.Record, error), stop func() error) {
	t := &tokens{versions: database.NewVersionReader(app), known: map[string]verified{}}
	return func(token string) (*core.Record, error) {
		version, err := t.versions.Now()
		if err != nil {
			return nil, err
		}
		return t.verify(app, token, version)
	}, t.versions.Close
}

func TestKeptTokensAreBounded(t *testing.T) {
	all := &tokens{known: map[string]verified{}}
	for i := range 2 * maxTokens {
		token := fmt.Sprint(i)
		all.keep(token, verified{})
		if _, ok := all.get(token); !ok {
			t.Fatalf("token %d was not kept", i)
		}
	}
	if len(all.known) > maxTokens {
		t.Errorf("%d tokens are kept", len(all.known))
	}
}

// Ladder spaces codes: ask gives how long a recipient has to wait, forgive begins anew.
func Ladder(now func() time.Time) (ask func(who string) time.Duration, forgive func(who string)) {
	l := newLadder(now)
	return func(who string) time.Duration { _, wait := l.step(who); return wait }, l.reset
}
