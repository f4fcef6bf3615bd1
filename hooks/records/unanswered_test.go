package records_test

import (
	"testing"

	"github.com/pocketbase/dbx"

	"greenroom/hooks/testkit"
)

// lastWords returns the ids of all comments that are marked as the last of their thread.
func lastWords(t *testing.T, s *testkit.Studio) map[string]bool {
	t.Helper()
	found, err := s.App.FindAllRecords("comments", dbx.HashExp{"lastWord": true})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for _, c := range found {
		out[c.GetString("body")] = true
	}
	return out
}

func TestTheLastWordOfAThreadIsKnown(t *testing.T) {
	s := testkit.New(t, nil)
	client, token := s.Client("ana")
	project := s.Make("projects", map[string]any{"client": client.Id, "title": "Album", "serviceType": "AUDIO"})
	goal := s.Make("goals", map[string]any{"project": project.Id, "title": "Finish"})
	other := s.Make("goals", map[string]any{"project": project.Id, "title": "Tour"})
	say := func(who, about, body string) string {
		t.Helper()
		answer := s.Do("POST", "/api/collections/comments/records", who, map[string]any{"goal": about, "body": body})
		if answer.Status != 200 {
			t.Fatalf("%d %s", answer.Status, answer.Raw)
		}
		return answer.JSON()["id"].(string)
	}
	wants := func(step string, bodies ...string) {
		t.Helper()
		got := lastWords(t, s)
		if len(got) != len(bodies) {
			t.Errorf("%s: %v, want %v", step, got, bodies)
		}
		for _, body := range bodies {
			if !got[body] {
				t.Errorf("%s: %v, want %v", step, got, bodies)
			}
		}
	}
	path := func(id string) string { return "/api/collections/comments/records/" + id }

	first := say(token, goal.Id, "one")
	wants("one comment", "one")
	second := say(s.Owner, goal.Id, "two")
	wants("an answer", "two")
	third := say(token, goal.Id, "three")
	fourth := say(token, other.Id, "four")
	wants("another thread", "three", "four")
	s.Do("PATCH", path(first), token, map[string]any{"body": "one, edited"})
	wants("an edit of an older one", "three", "four")
	s.Do("DELETE", path(third), token, nil)
	wants("a client's delete", "two", "four")
	s.Do("DELETE", path(second), s.Owner, nil)
	wants("the owner's delete", "one, edited", "four")
	s.Do("DELETE", path(fourth), token, nil)
	wants("the only one of a thread deleted", "one, edited")
	s.Do("PATCH", path(first), s.Owner, map[string]any{"goal": other.Id})
	wants("moved to another thread", "one, edited")
	say(token, goal.Id, "five")
	wants("a new one where it was", "one, edited", "five")
}
