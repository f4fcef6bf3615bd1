package records_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/testkit"
)

// meanwhile runs do once, after a request has read its record and before it writes it.
func meanwhile(s *testkit.Studio, collection string, do func()) {
	var once sync.Once
	s.App.OnRecordUpdateRequest(collection).BindFunc(func(e *core.RecordRequestEvent) error {
		once.Do(do)
		return e.Next()
	})
}

// TestAnAnswerShowsFieldsAlone looks for what the rules of writing carry along on a record.
func TestAnAnswerShowsFieldsAlone(t *testing.T) {
	s := testkit.New(t, nil)
	h := testkit.NewHousehold(t, s, "ana")
	goal := h.Records["goals"]
	for name, answer := range map[string]testkit.Answer{
		"create": s.Do("POST", "/api/collections/comments/records", h.Token, map[string]any{"goal": goal.Id, "body": "words"}),
		"update": s.Do("PATCH", testkit.RecordPath(goal), h.Token, map[string]any{"completedAt": "2026-01-01 00:00:00Z"}),
	} {
		if answer.Status != 200 || strings.Contains(string(answer.Raw), "@") {
			t.Errorf("%s: %d %s", name, answer.Status, answer.Raw)
		}
	}
}

func TestAnUpdateKeepsWhatAnotherWriterChanged(t *testing.T) {
	s := testkit.New(t, nil)
	h := testkit.NewHousehold(t, s, "ana")
	goal := h.Records["goals"]
	stale := s.Reload(goal)

	if answer := s.Do("PATCH", testkit.RecordPath(goal), h.Token, map[string]any{"completedAt": "2026-01-01 00:00:00Z"}); answer.Status != 200 {
		t.Fatal(answer.Status)
	}
	stale.Set("title", "renamed")
	if err := s.App.Save(stale); err != nil {
		t.Fatal(err)
	}
	if now := s.Reload(goal); now.GetString("title") != "renamed" || now.GetString("completedAt") == "" {
		t.Errorf("title %q, completedAt %q: one of the two changes was lost", now.GetString("title"), now.GetString("completedAt"))
	}
	if stale.GetString("completedAt") == "" {
		t.Error("the record in hand does not show the row as it is")
	}
}

func TestVerdictsMeetTheRowAsItIs(t *testing.T) {
	for name, tc := range map[string]struct {
		first, second map[string]any // what James writes in between, and what the client's request sends
		status        int
		ends          string
	}{
		"approved when James has taken it back":        {map[string]any{"status": "IN_PROGRESS"}, map[string]any{"status": "APPROVED"}, 400, "IN_PROGRESS"},
		"changes asked when James has approved":        {map[string]any{"status": "APPROVED"}, map[string]any{"status": "IN_PROGRESS", "feedback": "x"}, 400, "APPROVED"},
		"approved when James has approved":             {map[string]any{"status": "APPROVED"}, map[string]any{"status": "APPROVED"}, 200, "APPROVED"},
		"approved when James has renamed it meanwhile": {map[string]any{"title": "renamed"}, map[string]any{"status": "APPROVED"}, 200, "APPROVED"},
	} {
		t.Run(name, func(t *testing.T) {
			s := testkit.New(t, nil)
			h := testkit.NewHousehold(t, s, "ana")
			deliverable := h.Records["deliverables"]
			meanwhile(s, "deliverables", func() {
				other := s.Reload(deliverable)
				other.Load(tc.first)
				if err := s.App.Save(other); err != nil {
					t.Error(err)
				}
			})
			answer := s.Do("PATCH", testkit.RecordPath(deliverable), h.Token, tc.second)
			now := s.Reload(deliverable)
			if answer.Status != tc.status || now.GetString("status") != tc.ends {
				t.Errorf("%d %s, and it is %s; want %d and %s", answer.Status, answer.Raw, now.GetString("status"), tc.status, tc.ends)
			}
			if title := tc.first["title"]; title != nil && now.GetString("title") != title {
				t.Errorf("title %q: the other change was lost", now.GetString("title"))
			}
		})
	}
}

func TestRecordMovedToAnotherClientCannotBeWritten(t *testing.T) {
	s := testkit.New(t, nil)
	ana, ben := testkit.NewHousehold(t, s, "ana"), testkit.NewHousehold(t, s, "ben")
	goal := ana.Records["goals"]
	meanwhile(s, "goals", func() {
		project := s.Reload(ana.Records["projects"])
		project.Set("client", ben.Client.Id)
		if err := s.App.Save(project); err != nil {
			t.Error(err)
		}
	})
	answer := s.Do("PATCH", testkit.RecordPath(goal), ana.Token, map[string]any{"completedAt": "2026-01-01 00:00:00Z"})
	if answer.Status != 404 || s.Reload(goal).GetString("completedAt") != "" {
		t.Errorf("%d %s, want 404 and no tick", answer.Status, answer.Raw)
	}
}

func TestDeletedRecordCannotBeWritten(t *testing.T) {
	s := testkit.New(t, nil)
	h := testkit.NewHousehold(t, s, "ana")
	goal := h.Records["goals"]
	meanwhile(s, "goals", func() {
		if err := s.App.Delete(s.Reload(goal)); err != nil {
			t.Error(err)
		}
	})
	if answer := s.Do("PATCH", testkit.RecordPath(goal), h.Token, map[string]any{"completedAt": "2026-01-01 00:00:00Z"}); answer.Status != 404 || testkit.Exists(s, goal) {
		t.Errorf("%d %s, want 404", answer.Status, answer.Raw)
	}
}

// TestManyWriters has clients and the owner write the same records at the same time. No write is lost, and none
// deadlocks.
func TestManyWriters(t *testing.T) {
	s := testkit.New(t, nil)
	h := testkit.NewHousehold(t, s, "ana")
	item, fields := h.Records["action_items"], []string{"title", "dueDate"}
	values := map[string]string{"title": "after", "dueDate": "2027-01-01 00:00:00.000Z"}
	for round := range 20 {
		for field := range values {
			s.Do("PATCH", testkit.RecordPath(item), s.Owner, map[string]any{field: map[string]any{"title": "before", "dueDate": ""}[field], "completedAt": ""})
		}
		var writers sync.WaitGroup
		for _, field := range fields {
			writers.Go(func() { s.Do("PATCH", testkit.RecordPath(item), s.Owner, map[string]any{field: values[field]}) })
		}
		writers.Go(func() {
			s.Do("PATCH", testkit.RecordPath(item), h.Token, map[string]any{"completedAt": "2026-01-01 00:00:00Z"})
		})
		writers.Wait()
		now := s.Reload(item)
		if now.GetString("title") != values["title"] || now.GetString("dueDate") != values["dueDate"] || now.GetString("completedAt") == "" {
			t.Fatalf("round %d: %q, %q, %q: a change was lost", round, now.GetString("title"), now.GetString("dueDate"), now.GetString("completedAt"))
		}
	}
}
