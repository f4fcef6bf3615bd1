package people_test

import (
	"database/sql"
	"errors"
	"testing"

	"github.com/pocketbase/dbx"

	"greenroom/hooks/people"
	"greenroom/hooks/testkit"
)

// Clients whose addresses are stored in either form are found by both forms.
func TestFindByEmailWhateverTheFormOfTheDomain(t *testing.T) {
	s := testkit.New(t, nil)
	old := s.Make("clients", map[string]any{"email": "ben@example.com"})
	if _, err := s.App.DB().Update("clients", dbx.Params{"email": "Ben@xn--bcher-kva.example"}, dbx.HashExp{"id": old.Id}).Execute(); err != nil {
		t.Fatal(err)
	}
	newer := s.Make("clients", map[string]any{"email": "ana@bücher.example"})
	for given, want := range map[string]string{
		"ben@bücher.example": old.Id, "BEN@BÜCHER.example": old.Id, "ben@xn--bcher-kva.example": old.Id, " ben@XN--bcher-kva.example ": old.Id,
		"ana@bücher.example": newer.Id, "Ana@xn--bcher-kva.example": newer.Id, "ana@BÜCHER.EXAMPLE": newer.Id,
	} {
		if found, err := people.FindByEmail(s.App, given); err != nil || found.Id != want {
			t.Errorf("%q: %v", given, err)
		}
	}
	for _, given := range []string{"", "@", "nobody", "ana@bucher.example", "ana+x@bücher.example"} {
		if _, err := people.FindByEmail(s.App, given); !errors.Is(err, sql.ErrNoRows) {
			t.Errorf("%q: %v", given, err)
		}
	}
}
