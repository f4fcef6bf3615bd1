package calendar_test

import (
	"testing"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/testkit"
)

// band creates people of a client and signs them in.
func band(t testing.TB, s *testkit.Studio, client *core.Record, names ...string) (tokens []string) {
	t.Helper()
	for _, name := range names {
		person := s.Make("clients", map[string]any{"account": client.Id, "access": "work", "name": name, "email": name + "@example.com", "verified": true})
		tokens = append(tokens, testkit.Token(t, person))
	}
	return tokens
}

// An address of any of a client's people makes the booking the client's, one booking however many of them are invited.
// Each of them sees it on their pages and in a feed of their own.
func TestAnyPersonIsTheirClientsGuest(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	ana, _ := s.Client("ana")
	_, bens := s.Client("ben")
	tokens := band(t, s, ana, "bea", "guy")
	f.Put("person", meeting("With Bea alone", 24, "BEA@example.com"))
	f.Put("all", meeting("With all of them", 48, "bea@example.com", "ana@example.com", "guy@example.com"))
	f.Put("two clients", meeting("With a person and another client", 72, "guy@example.com", "ben@example.com"))
	result(t, s, syncPath)
	wants(t, bookings(t, s),
		"all: ana, With all of them, on, ",
		"person: ana, With Bea alone, on, ",
		"two clients: ana, With a person and another client, on, ",
		"two clients~ben: ben, With a person and another client, on, ",
	)

	f.Put("person", meeting("With Guy now", 24, "guy@example.com"))
	if got := result(t, s, syncPath); got[0] != 0 || got[1] != 1 || got[2] != 0 {
		t.Errorf("another of their people: %v", got)
	}
	for _, token := range tokens {
		if events := newFeed(t, s, token).events(t); len(events) != 3 {
			t.Errorf("a person's feed: %v", events)
		}
		if page := s.Do("GET", "/api/portal/bookings", token, nil).JSON(); len(page["upcoming"].([]any)) != 3 {
			t.Errorf("a person's bookings: %v", page)
		}
	}
	if events := newFeed(t, s, bens).events(t); len(events) != 1 {
		t.Errorf("another client's feed: %v", events)
	}
}

// The feed of a removed person ends, and no other.
func TestAFeedEndsWithItsPerson(t *testing.T) {
	s := studio(t, testkit.NewGoogle(t))
	ana, anas := s.Client("ana")
	tokens := band(t, s, ana, "bea", "guy")
	feeds := []follower{newFeed(t, s, anas), newFeed(t, s, tokens[0]), newFeed(t, s, tokens[1])}
	bea, err := s.App.FindAuthRecordByEmail("clients", "bea@example.com")
	if err != nil {
		t.Fatal(err)
	}
	if answer := s.Do("DELETE", "/api/portal/people/"+bea.Id, anas, nil); answer.Status != 204 {
		t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	for i, want := range []int{200, 404, 200} {
		if got := feeds[i].get(t).Status; got != want {
			t.Errorf("feed %d: %d, not %d", i, got, want)
		}
	}
}
