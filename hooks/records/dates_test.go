package records_test

import (
	"testing"

	"greenroom/hooks/testkit"
)

// TestTheOwnerMayGiveDates makes records with dates, as an import from another system does.
func TestTheOwnerMayGiveDates(t *testing.T) {
	s := testkit.New(t, nil)
	client, token := s.Client("Ana")
	project := s.Make("projects", map[string]any{"client": client.Id, "title": "Album", "serviceType": "AUDIO"})
	goal := s.Make("goals", map[string]any{"project": project.Id, "title": "Goal"})
	path := "/api/collections/comments/records"
	answer := s.Do("POST", path, s.Owner, map[string]any{"goal": goal.Id, "body": "words", "created": "2020-01-02T03:04:05.678Z", "updated": "2020-02-02 00:00:00.000Z"})
	if got := answer.JSON(); answer.Status != 200 || got["created"] != "2020-01-02 03:04:05.678Z" || got["updated"] != "2020-02-02 00:00:00.000Z" {
		t.Errorf("%d %s", answer.Status, answer.Raw)
	}
	if answer := s.Do("POST", path, s.Owner, map[string]any{"goal": goal.Id, "body": "words", "created": "yesterday"}); answer.Status != 400 {
		t.Errorf("a date that is none: %d %s", answer.Status, answer.Raw)
	}
	if answer := s.Do("POST", path, token, map[string]any{"goal": goal.Id, "body": "words", "created": "2020-01-02T03:04:05Z"}); answer.Status != 400 {
		t.Errorf("a client's date: %d %s", answer.Status, answer.Raw)
	}
}
