package studio_test

import (
	"context"
	"database/sql"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/dbx"

	"greenroom/hooks/testkit"
)

// TestTheBriefingIsTheOwners: only the owner can read the briefing, and in a new studio its lists are empty and not
// null.
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

// TestTheBriefingSortsNothing has SQLite explain the briefing's queries: each list is read in order from an index, up
// to its limit. Only the list of what is due is sorted, because it merges three indexes.
func TestTheBriefingSortsNothing(t *testing.T) {
	s := testkit.New(t, nil)
	var asked []string
	db := s.App.ConcurrentDB().(*dbx.DB)
	db.QueryLogFunc = func(_ context.Context, _ time.Duration, text string, _ *sql.Rows, _ error) {
		asked = append(asked, text)
	}
	s.Do("GET", "/api/studio/briefing", s.Owner, nil)
	db.QueryLogFunc = nil
	lists := 0
	for _, text := range asked {
		if !strings.Contains(text, "c.archivedAt = ''") {
			continue
		}
		lists++
		var steps []struct {
			Detail string `db:"detail"`
		}
		if err := s.App.ConcurrentDB().NewQuery("EXPLAIN QUERY PLAN " + text).All(&steps); err != nil {
			t.Fatal(err)
		}
		sorts, allowed := 0, strings.Count(text, "UNION ALL")/2
		for _, step := range steps {
			if strings.Contains(step.Detail, "TEMP B-TREE FOR ORDER BY") {
				sorts++
			}
		}
		if sorts > allowed {
			t.Errorf("%.80s… sorts: %v", text, steps)
		}
	}
	if lists != 6 {
		t.Errorf("%d lists were asked for", lists)
	}
}
