package access_test

import (
	"testing"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/access"
	"greenroom/hooks/testkit"
)

// BenchmarkToken verifies a token from the cache, and in PocketBase's own way.
func BenchmarkToken(b *testing.B) {
	s := testkit.New(b, nil)
	_, token := s.Client("Ana")
	verify, stop := access.Verifier(s.App)
	defer stop()
	for name, find := range map[string]func() (*core.Record, error){
		"kept": func() (*core.Record, error) { return verify(token) },
		"anew": func() (*core.Record, error) { return s.App.FindAuthRecordByToken(token, core.TokenTypeAuth) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := find(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
