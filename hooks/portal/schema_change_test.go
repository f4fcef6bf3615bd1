package portal_test

import (
	"bytes"
	"net/http"
	"testing"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"

	"greenroom/hooks/testkit"
)

// PocketBase knows a collection's new fields before the change is committed, and the portal's statements know it only
// after the commit. A page that is read in between is that of before or after, and never fails.
func TestAPageReadWhileTheOwnerChangesFields(t *testing.T) {
	r := newRoom(t)
	path := "/api/portal/projects/" + r.full().Id
	read := func(when string) []byte {
		t.Helper()
		answer := r.Do("GET", path, r.AnaToken, nil)
		if answer.Status != http.StatusOK {
			t.Errorf("%s: %d %s", when, answer.Status, answer.Raw)
		}
		return answer.Raw
	}
	when := ""
	r.App.OnCollectionAfterUpdateSuccess("goals").Bind(&hook.Handler[*core.CollectionEvent]{Priority: -1000, Func: func(e *core.CollectionEvent) error {
		read(when + ", just committed")
		return e.Next()
	}})
	for _, change := range []struct {
		name   string
		change func(goals *core.Collection)
		shown  bool
	}{
		{"a field is added", func(goals *core.Collection) { goals.Fields.Add(&core.TextField{Name: "extra"}) }, true},
		{"it is removed", func(goals *core.Collection) { goals.Fields.RemoveByName("extra") }, false},
	} {
		when = change.name
		err := r.App.RunInTransaction(func(tx core.App) error {
			goals, err := tx.FindCollectionByNameOrId("goals")
			if err != nil {
				return err
			}
			change.change(goals)
			if err := tx.Save(goals); err != nil {
				return err
			}
			read(when + ", not yet committed")
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if shown := bytes.Contains(read(when), []byte(`"extra":`)); shown != change.shown {
			t.Errorf("%s: shown %t", when, shown)
		}
	}
}

// Columns that PocketBase's collections have are missing in the tables. The statements are expanded once without them, and
// anew when the schema changes. A page that cannot do without one fails, and expands nothing at each visit.
func TestAColumnThatStaysMissing(t *testing.T) {
	spy := &testkit.Recorder{}
	r := furnish(t, testkit.Connect(t, testkit.Dir(t), nil, spy.Connect))
	path := "/api/portal/projects/" + r.full().Id
	visit := func() (status, expansions int) {
		t.Helper()
		r.Exec("UPDATE clients SET clerkNamedAt = clerkNamedAt + 1", nil) // the page is not taken from the cache
		before := spy.Ran("SELECT name FROM pragma_table_info(?)")
		status = r.Do("GET", path, r.AnaToken, nil).Status
		return status, spy.Ran("SELECT name FROM pragma_table_info(?)") - before
	}
	visit()
	for _, step := range []struct {
		change string
		status int
	}{
		{"ALTER TABLE goals DROP COLUMN targetDate", http.StatusOK},
		{"ALTER TABLE goals ADD COLUMN targetDate TEXT DEFAULT '' NOT NULL", http.StatusOK},
		{"ALTER TABLE milestones RENAME COLUMN sortOrder TO lost", http.StatusInternalServerError},
	} {
		r.Exec(step.change, nil)
		status, first := visit()
		_, second := visit()
		if status != step.status || first == 0 || second > 0 {
			t.Errorf("%s: status %d, %d statements are expanded at the first visit and %d at the second", step.change, status, first, second)
		}
	}
}
