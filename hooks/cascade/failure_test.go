package cascade_test

import (
	"errors"
	"testing"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"

	"greenroom/hooks/testkit"
)

var errInTheWay = errors.New("something is in the way")

// TestFailedDeletesChangeNothing makes a delete fail at each stage: nothing is deleted and nobody is told. Once the
// obstacle is removed, the same delete succeeds.
func TestFailedDeletesChangeNothing(t *testing.T) {
	inTheWayOf := func(s *testkit.Studio, record *core.Record, hooked *hook.TaggedHook[*core.RecordEvent], priority int, after bool) (clear func()) {
		id := hooked.Bind(&hook.Handler[*core.RecordEvent]{Priority: priority, Func: func(e *core.RecordEvent) error {
			if e.Record.Collection().Name != record.Collection().Name {
				return e.Next()
			}
			if after {
				if err := e.Next(); err != nil {
					return err
				}
			}
			return errInTheWay
		}})
		return func() { hooked.Unbind(id) }
	}
	plain := func(s *testkit.Studio, record *core.Record) error { return s.App.Delete(record) }
	cases := []struct {
		name   string
		kind   string
		block  func(s *testkit.Studio, record *core.Record) (clear func())
		delete func(s *testkit.Studio, record *core.Record) error
	}{
		{"before the row goes, all else gone", "projects", func(s *testkit.Studio, record *core.Record) func() {
			return inTheWayOf(s, record, s.App.OnRecordDeleteExecute(), 50, false)
		}, plain},
		{"after the row went", "clients", func(s *testkit.Studio, record *core.Record) func() {
			return inTheWayOf(s, record, s.App.OnRecordDeleteExecute(), 50, true)
		}, plain},
		{"before anything", "sessions", func(s *testkit.Studio, record *core.Record) func() {
			return inTheWayOf(s, record, s.App.OnRecordDelete(), 0, false)
		}, plain},
		{"while a deliverable gives up its file", "sessions", func(s *testkit.Studio, record *core.Record) func() {
			updates := s.App.OnRecordUpdateExecute("deliverables")
			id := updates.BindFunc(func(e *core.RecordEvent) error { return errInTheWay })
			return func() { updates.Unbind(id) }
		}, plain},
		{"something that needs a record that goes", "projects", func(s *testkit.Studio, record *core.Record) func() {
			return needs(t, s, "milestones")
		}, plain},
		{"something that needs the record itself", "projects", func(s *testkit.Studio, record *core.Record) func() {
			return needs(t, s, "projects")
		}, plain},
		{"the work around it fails", "clients", func(s *testkit.Studio, record *core.Record) func() { return func() {} },
			func(s *testkit.Studio, record *core.Record) error {
				return s.App.RunInTransaction(func(tx core.App) error {
					if err := tx.Delete(record); err != nil {
						return err
					}
					return errInTheWay
				})
			}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := testkit.New(t, nil)
			s.Client("Client")
			record := biggest(t, s, c.kind)
			clear := c.block(s, record)
			announced := 0
			s.App.OnRecordAfterDeleteSuccess().BindFunc(func(e *core.RecordEvent) error {
				if e.Record.Collection().Name != machinery {
					announced++
				}
				return e.Next()
			})
			rowsBefore, filesBefore := rows(t, s.App, nil), files(t, s.App)

			if err := c.delete(s, record); err == nil {
				t.Fatal("the delete did not fail")
			}
			sameLines(t, "rows", rows(t, s.App, nil), rowsBefore)
			sameLines(t, "files", files(t, s.App), filesBefore)
			if announced > 0 {
				t.Errorf("%d deletes were announced and none happened", announced)
			}

			clear()
			announced = 0
			went := len(under(t, s.App, record))
			if err := s.App.Delete(record); err != nil {
				t.Fatalf("the delete fails when nothing is in its way: %v", err)
			}
			if announced != went {
				t.Errorf("%d deletes were announced; %d records went", announced, went)
			}
			filesBecome(t, s.App)
		})
	}
}

// needs adds a collection, as the owner may, with a record that requires the first record of another collection. clear
// removes it.
func needs(t *testing.T, s *testkit.Studio, collection string) (clear func()) {
	t.Helper()
	extra := addCollection(t, s.App, "contracts", relation(t, s.App, collection, func(r *core.RelationField) { r.Required = true }))
	needed, err := s.App.FindFirstRecordByFilter(collection, "id != ''")
	if err != nil {
		t.Fatal(err)
	}
	contract := s.Make(extra.Name, map[string]any{collection: needed.Id})
	return func() {
		if err := s.App.Delete(contract); err != nil {
			t.Fatal(err)
		}
	}
}
