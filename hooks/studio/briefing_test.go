package studio_test

import (
	"testing"

	"greenroom/hooks/testkit"
)

// TestTheBriefingIsTheOwners: nobody else hears of other people's work, and a new studio's is empty lists, not null.
func TestTheBriefingIsTheOwners(t *testing.T) {
	s := testkit.New(t, nil)
	_, client := s.Client("ana")
	for token, status := range map[string]int{"": 401, client: 403, s.Owner: 200} {
		if answer := s.Do("GET", "/api/studio/briefing", token, nil); answer.Status != status {
			t.Errorf("%d %s, want %d", answer.Status, answer.Raw, status)
		}
	}
	briefing := s.Do("GET", "/api/studio/briefing", s.Owner, nil).JSON()
	for _, name := range []string{"comments", "changes", "overdue", "dueThisWeek", "unnoted", "nextBookings", "approvals", "troubles"} {
		if list, ok := briefing[name].([]any); !ok || len(list) > 0 {
			t.Errorf("%s is %v", name, briefing[name])
		}
	}
}
