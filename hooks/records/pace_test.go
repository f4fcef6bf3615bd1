package records_test

import (
	"net/http"
	"strings"
	"testing"

	"greenroom/hooks/testkit"
)

// TestCommentsHaveAPace writes more than anybody types, by themselves and in batches.
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
