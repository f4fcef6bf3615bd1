package records_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/testkit"
)

// TestCommentsHaveAPace sends more comments than anybody types, one by one and in batches.
func TestCommentsHaveAPace(t *testing.T) {
	s := testkit.New(t, nil)
	settings := s.App.Settings()
	settings.RateLimits.Enabled = true
	if err := s.App.Save(settings); err != nil {
		t.Fatal(err)
	}
	ana, token := s.Client("Ana")
	project := s.Make("projects", map[string]any{"client": ana.Id, "title": "Album", "serviceType": "AUDIO"})
	goal := s.Make("goals", map[string]any{"project": project.Id, "title": "Goal"})
	comment := map[string]any{"goal": goal.Id, "body": "words"}
	const path = "/api/collections/comments/records"
	for i := range 30 {
		if answer := s.Do("POST", path, token, comment); answer.Status != http.StatusOK {
			t.Fatalf("comment %d: %d %s", i, answer.Status, answer.Raw)
		}
	}
	answer := s.Do("POST", path, token, comment)
	if answer.Status != http.StatusTooManyRequests || !strings.Contains(answer.Message(), "30 a minute") || answer.Header.Get("Retry-After") == "" {
		t.Errorf("the 31st: %d %s", answer.Status, answer.Raw)
	}
	batch := map[string]any{"requests": []any{map[string]any{"method": "POST", "url": path, "body": comment}}}
	if answer := s.Do("POST", "/api/batch", token, batch); answer.Status == http.StatusOK {
		t.Errorf("in a batch: %d %s", answer.Status, answer.Raw)
	}
	if answer := s.Do("POST", path, s.Owner, comment); answer.Status != http.StatusOK {
		t.Errorf("the owner: %d %s", answer.Status, answer.Raw)
	}
}

// TestARestartGivesNobodyFiveHundredMoreComments writes a day's comments into the table before the server starts.
func TestARestartGivesNobodyFiveHundredMoreComments(t *testing.T) {
	s := testkit.New(t, nil)
	settings := s.App.Settings()
	settings.RateLimits.Enabled = true
	if err := s.App.Save(settings); err != nil {
		t.Fatal(err)
	}
	ana, token := s.Client("Ana")
	ben, bens := s.Client("Ben")
	goalOf := func(client *core.Record) string {
		project := s.Make("projects", map[string]any{"client": client.Id, "title": "Album", "serviceType": "AUDIO"})
		return s.Make("goals", map[string]any{"project": project.Id, "title": "Goal"}).Id
	}
	anas := goalOf(ana)
	written := func(n int, ago string) {
		t.Helper()
		_, err := s.App.DB().NewQuery(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < {:n})
			INSERT INTO comments (id, goal, client, author, authorName, body, created, updated)
			SELECT lower(hex(randomblob(7))) || 'x', {:goal}, {:ana}, {:ana}, 'Ana', 'words', strftime('%Y-%m-%d %H:%M:%fZ', 'now', {:ago}), '' FROM n`).
			Bind(dbx.Params{"n": n, "goal": anas, "ana": ana.Id, "ago": ago}).Execute()
		if err != nil {
			t.Fatal(err)
		}
	}
	written(600, "-25 hours")
	written(499, "-23 hours")
	write := func(token, goal string) int {
		return s.Do("POST", "/api/collections/comments/records", token, map[string]any{"goal": goal, "body": "words"}).Status
	}
	if got := write(token, anas); got != http.StatusOK {
		t.Errorf("the 500th of the day: %d", got)
	}
	if got := write(token, anas); got != http.StatusTooManyRequests {
		t.Errorf("the 501st: %d", got)
	}
	if got := write(bens, goalOf(ben)); got != http.StatusOK {
		t.Errorf("somebody else's first: %d", got)
	}
}
