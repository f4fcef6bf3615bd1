package access

import (
	"fmt"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/database"
)

// BoundLog sets the limits of an app's log.
var BoundLog = boundLog

// BoundLines limits the live lines of one address.
var BoundLines = boundLines

// Verifier returns a function that verifies a token as a request does, until it is stopped.
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
		all.put(token, verified{})
		if _, ok := all.get(token); !ok {
			t.Fatalf("token %d was not kept", i)
		}
	}
	if len(all.known) > maxTokens {
		t.Errorf("%d tokens are kept", len(all.known))
	}
}

// CodeSpacing returns ask, which requests a code and returns how long the recipient has to wait, and forgive, which
// resets the waits.
func CodeSpacing(now func() time.Time) (ask func(who string) time.Duration, forgive func(who string)) {
	l := newCodeSpacing(now)
	return func(who string) time.Duration { _, wait := l.step(who); return wait }, l.reset
}
