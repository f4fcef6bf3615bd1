package studio_test

import (
	"context"
	"database/sql"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/dbx"

	"greenroom/hooks/config"
	"greenroom/hooks/studio"
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

// TestWhatIsDueCountsByTheStudiosDay: a whole day is stored as its midnight in UTC. Any other time has the date that it has
// in the studio's zone, whichever that of UTC is.
func TestWhatIsDueCountsByTheStudiosDay(t *testing.T) {
	for zone, due := range map[string]struct{ today, overdue, thisWeek, later []string }{
		"America/New_York": {
			today:    []string{"2026-11-24 00:00:00Z", "2026-11-25 04:59:00Z"},
			overdue:  []string{"2026-11-23 00:00:00Z", "2026-11-24 04:59:00Z"},
			thisWeek: []string{"2026-11-30 00:00:00Z", "2026-12-01 04:59:00Z"},
			later:    []string{"2026-12-01 00:00:00Z", "2026-12-01 05:00:00Z"}},
		"Asia/Tokyo": {
			today:    []string{"2026-11-24 00:00:00Z", "2026-11-23 15:00:00Z"},
			overdue:  []string{"2026-11-23 00:00:00Z", "2026-11-23 14:59:00Z"},
			thisWeek: []string{"2026-11-30 00:00:00Z", "2026-11-30 14:59:00Z"},
			later:    []string{"2026-12-01 00:00:00Z", "2026-11-30 15:00:00Z"}},
	} {
		s := testkit.New(t, nil)
		client, _ := s.Client("ana")
		project := s.Make("projects", fields{"client": client.Id, "title": "Album", "serviceType": "AUDIO"})
		want := map[string]string{}
		for list, dates := range map[string][]string{"overdue": due.overdue, "this week": append(due.today, due.thisWeek...), "later": due.later} {
			for _, date := range dates {
				s.Make("milestones", fields{"project": project.Id, "title": date, "dueDate": date})
				want[date] = list
			}
		}
		c, err := config.Parse(map[string]string{"GREENROOM_TIMEZONE": zone})
		if err != nil {
			t.Fatal(err)
		}
		for _, clock := range []string{"00:01", "12:00", "23:59"} {
			now, err := time.ParseInLocation("2006-01-02 15:04", "2026-11-24 "+clock, c.Timezone)
			if err != nil {
				t.Fatal(err)
			}
			b, err := studio.ReadBriefing(s.App, c, now)
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			for date := range want {
				got[date] = "later"
			}
			for list, entries := range map[string][]studio.Entry{"overdue": b.Overdue, "this week": b.DueThisWeek} {
				for _, e := range entries {
					got[e.Title] = list
				}
			}
			if !maps.Equal(got, want) {
				t.Errorf("%s at %s: %v, want %v", zone, clock, got, want)
			}
		}
	}
}
