package records_test

import (
	"testing"

	"greenroom/hooks/testkit"
)

// TestAnAddressHasOneForm makes clients with spellings of one address, and with addresses that mail cannot reach.
func TestAnAddressHasOneForm(t *testing.T) {
	s := testkit.New(t, nil)
	create := func(email string) testkit.Answer {
		return s.Do("POST", "/api/collections/clients/records", s.Owner, map[string]any{"email": email})
	}
	if answer := create("ben@xn--bcher-kva.example"); answer.Status != 200 || answer.JSON()["email"] != "ben@bücher.example" {
		t.Errorf("%d %s", answer.Status, answer.Raw)
	}
	for _, same := range []string{"ben@bücher.example", "BEN@bücher.example", "ben@XN--BCHER-KVA.example"} {
		if answer := create(same); answer.Status != 400 {
			t.Errorf("%s: %d %s", same, answer.Status, answer.Raw)
		}
	}
	for _, unreachable := range []string{"änne@example.com", "анна@example.com", "josé@bücher.example"} {
		if answer := create(unreachable); answer.Status != 400 {
			t.Errorf("%s: %d %s", unreachable, answer.Status, answer.Raw)
		}
	}
	for _, other := range []string{"b.en@bücher.example", "ben+studio@bücher.example"} {
		if answer := create(other); answer.Status != 200 {
			t.Errorf("%s: %d %s", other, answer.Status, answer.Raw)
		}
	}
}
