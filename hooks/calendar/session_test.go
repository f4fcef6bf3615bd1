package calendar_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/testkit"
)

// booking creates a booking of a meeting that began so many hours ago and took 45 minutes.
func booking(s *testkit.Studio, client *core.Record, id string, hoursAgo float64, more map[string]any) *core.Record {
	start := time.Now().Add(-time.Duration(hoursAgo * float64(time.Hour)))
	fields := map[string]any{"client": client.Id, "calendarEventId": id, "title": "Call", "startTime": start, "endTime": start.Add(45 * time.Minute)}
	for name, value := range more {
		fields[name] = value
	}
	return s.Make("bookings", fields)
}

func TestWhichBookingsBecomeSessions(t *testing.T) {
	s := testkit.New(t, nil)
	ana, anas := s.Client("ana")
	ben, _ := s.Client("ben")
	cas, _ := s.Client("cas")
	project := s.Make("projects", map[string]any{"client": ana.Id, "title": "Album", "serviceType": "AUDIO"})
	held := s.Make("projects", map[string]any{"client": ana.Id, "title": "Held", "serviceType": "AUDIO", "status": "ON_HOLD"})
	s.Make("projects", map[string]any{"client": ben.Id, "title": "One", "serviceType": "AUDIO"})
	second := s.Make("projects", map[string]any{"client": ben.Id, "title": "Two", "serviceType": "AUDIO"})
	over := booking(s, ana, "over", 2, nil)
	named := booking(s, ana, "named", 2, nil)
	long := booking(s, ana, "long", 2, map[string]any{"title": strings.Repeat("long ", 100)[:499]})
	future := booking(s, ana, "future", -2, nil)
	running := booking(s, ana, "running", 0.5, nil)
	off := booking(s, ana, "off", 2, map[string]any{"cancelledAt": time.Now()})
	bens := booking(s, ben, "bens", 2, nil)
	casOwn := booking(s, cas, "cas", 2, nil)
	notes := map[string]any{"notes": strings.Repeat("é", 100_000), "title": "Mixing"}

	for _, c := range []struct {
		name, token, booking string
		body                 any
		status               int
		say                  string // the message of the refusal, or the session's title
		project              string
	}{
		{"a guest", "", over.Id, nil, 401, "", ""},
		{"the client", anas, over.Id, nil, 403, "", ""},
		{"an unknown booking", s.Owner, "nowhere12345678", nil, 404, "no such booking", ""},
		{"not over", s.Owner, future.Id, nil, 400, "not over", ""},
		{"going on", s.Owner, running.Id, nil, 400, "not over", ""},
		{"cancelled", s.Owner, off.Id, nil, 400, "cancelled", ""},
		{"two active projects", s.Owner, bens.Id, nil, 400, "say which one", ""},
		{"no project", s.Owner, casOwn.Id, nil, 400, "say which one", ""},
		{"somebody else's project", s.Owner, bens.Id, map[string]any{"project": project.Id}, 400, "no such project", ""},
		{"a project that is none", s.Owner, bens.Id, map[string]any{"project": "nowhere12345678"}, 400, "no such project", ""},
		{"notes that are too long", s.Owner, over.Id, map[string]any{"notes": strings.Repeat("x", 100_001)}, 400, "", ""},
		{"no JSON", s.Owner, over.Id, "text", 400, "could not be read", ""},
		{"the only active project", s.Owner, over.Id, nil, 200, "Call", project.Id},
		{"asked again", s.Owner, over.Id, notes, 200, "Call", project.Id},
		{"a project on hold, with words", s.Owner, named.Id, map[string]any{"project": held.Id, "notes": notes["notes"], "title": "Mixing"}, 200, "Mixing", held.Id},
		{"one of two", s.Owner, bens.Id, map[string]any{"project": second.Id}, 200, "Call", second.Id},
		{"a long title", s.Owner, long.Id, nil, 200, "long long", project.Id},
	} {
		answer := s.Do("POST", "/api/portal/bookings/"+c.booking+"/session", c.token, c.body)
		if answer.Status != c.status {
			t.Errorf("%s: %d %.300s", c.name, answer.Status, answer.Raw)
			continue
		}
		if c.status != 200 {
			if !strings.Contains(answer.Message(), c.say) {
				t.Errorf("%s: %s", c.name, answer.Message())
			}
			continue
		}
		session := answer.JSON()
		if title, _ := session["title"].(string); !strings.HasPrefix(title, c.say) || session["project"] != c.project || session["durationMin"] != 45.0 {
			t.Errorf("%s: %v", c.name, session)
		}
	}
	if got := count(t, s, "sessions"); got != 4 {
		t.Errorf("%d sessions", got)
	}
}

func TestTwoSessionsAtOnceAreOne(t *testing.T) {
	s := testkit.New(t, nil)
	ana, _ := s.Client("ana")
	s.Make("projects", map[string]any{"client": ana.Id, "title": "Album", "serviceType": "AUDIO"})
	over := booking(s, ana, "over", 2, nil)
	var mu sync.Mutex
	ids := map[any]bool{}
	inParallel(8, func() {
		answer := s.Do("POST", "/api/portal/bookings/"+over.Id+"/session", s.Owner, nil)
		mu.Lock()
		defer mu.Unlock()
		ids[answer.JSON()["id"]] = true
	})()
	if len(ids) != 1 || ids[nil] || count(t, s, "sessions") != 1 {
		t.Errorf("the sessions are %v", ids)
	}
}

func count(t testing.TB, s *testkit.Studio, collection string) int64 {
	t.Helper()
	n, err := s.App.CountRecords(collection)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
