package cli

import (
	"strings"
	"testing"
	"time"

	"greenroom/hooks/testkit"
)

// TestCommentsAreRemoved deletes with and without a running server: only comments within the time go.
func TestCommentsAreRemoved(t *testing.T) {
	dir := testkit.Dir(t)
	s := serve(t, dir)
	nora := save(t, s, "clients", map[string]any{"email": "nora@example.com", "name": "Nora"})
	project := save(t, s, "projects", map[string]any{"client": nora.Id, "title": "Album", "serviceType": "AUDIO"})
	goal := save(t, s, "goals", map[string]any{"project": project.Id, "title": "An album"})
	left := func() (bodies string) {
		t.Helper()
		all, err := s.App.FindAllRecords("comments")
		if err != nil {
			t.Fatal(err)
		}
		for _, comment := range all {
			bodies += comment.GetString("body") + " "
		}
		return bodies
	}
	at := func(body, created string) { // a comment that a program saves without author counts as the owner's
		t.Helper()
		comment := save(t, s, "comments", map[string]any{"goal": goal.Id, "client": nora.Id, "author": nora.Id, "body": body})
		if _, err := s.App.NonconcurrentDB().NewQuery("UPDATE comments SET created = {:at}, author = {:author}, isJames = FALSE WHERE id = {:id}").
			Bind(map[string]any{"at": created + ":00.000Z", "author": nora.Id, "id": comment.Id}).Execute(); err != nil {
			t.Fatal(err)
		}
	}
	at("early", "2026-11-28 08:00")
	at("flood", "2026-11-28 09:00")
	at("late", "2026-11-28 11:00")
	elsewhere := open(t, dir)
	if out := must(t, elsewhere, "comments", "remove", "nora@example.com", "--from", "2026-11-28T08:30:00Z", "--until", "2026-11-28T11:00:00Z"); !strings.HasPrefix(out, "Removed 1 comment of Nora") {
		t.Error(out)
	}
	if bodies := left(); strings.Contains(bodies, "flood") || !strings.Contains(bodies, "early") || !strings.Contains(bodies, "late") {
		t.Errorf("left by the server: %q", bodies)
	}
	for _, c := range []struct{ from, until, want string }{
		{"", "", "--from is malformed"},
		{"yesterday", "", "--from is malformed"},
		{"2026-11-28T08:30:00Z", "noon", "--until is malformed"},
		{"2026-11-28T11:00:00Z", "2026-11-28T11:00:00Z", "--from is not before --until"},
		{time.Now().Add(time.Hour).Format(time.RFC3339), "", "--from is not before --until"},
	} {
		out, err := execute(t, elsewhere, "comments", "remove", "nora@example.com", "--from", c.from, "--until", c.until)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("from %q until %q: %q, %v", c.from, c.until, out, err)
		}
	}
	s.stop()
	if out := must(t, elsewhere, "comments", "remove", nora.Id, "--from", "2026-11-28T11:00:00Z", "--until", "2026-11-28T12:00:00Z"); !strings.HasPrefix(out, "Removed 1 comment of Nora") {
		t.Error(out)
	}
}
