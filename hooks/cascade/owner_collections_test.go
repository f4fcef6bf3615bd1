package cascade_test

import (
	"testing"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/testkit"
)

// addCollection adds a collection as the owner may at run time.
func addCollection(t *testing.T, app core.App, name string, fields ...core.Field) *core.Collection {
	t.Helper()
	return saveCollection(t, app, core.NewBaseCollection(name), fields...)
}

func saveCollection(t *testing.T, app core.App, c *core.Collection, fields ...core.Field) *core.Collection {
	t.Helper()
	c.Fields.Add(fields...)
	if err := app.Save(c); err != nil {
		t.Fatal(err)
	}
	return c
}

// relation returns a field that points to a collection and has its name.
func relation(t *testing.T, app core.App, to string, change func(r *core.RelationField)) *core.RelationField {
	t.Helper()
	target, err := app.FindCollectionByNameOrId(to)
	if err != nil {
		t.Fatal(err)
	}
	r := &core.RelationField{Name: to, CollectionId: target.Id}
	if change != nil {
		change(r)
	}
	return r
}

func cascading(r *core.RelationField) { r.CascadeDelete = true }
func multiple(r *core.RelationField)  { r.MaxSelect = 9 }

// TestCollectionsOfTheOwner: with collections and relations that the owner adds later, a delete leaves and announces
// the same as PocketBase's own.
func TestCollectionsOfTheOwner(t *testing.T) {
	type studio struct {
		*testkit.Studio
		kept, gone *core.Record // two projects, of which the second is deleted
	}
	cases := []struct {
		name   string
		add    func(t *testing.T, s studio)
		delete func(s studio) *core.Record // what is deleted instead of the project gone
	}{
		{"one that goes along, with files and something under it", func(t *testing.T, s studio) {
			contracts := addCollection(t, s.App, "contracts", relation(t, s.App, "projects", cascading), &core.FileField{Name: "scan", MaxSelect: 1})
			pages := addCollection(t, s.App, "pages", relation(t, s.App, "contracts", cascading))
			for _, project := range []*core.Record{s.kept, s.gone} {
				contract := s.Make(contracts.Name, map[string]any{"projects": project.Id, "scan": textFile()})
				s.Make(pages.Name, map[string]any{"contracts": contract.Id})
			}
		}, nil},
		{"one that stays without it", func(t *testing.T, s studio) {
			notes := addCollection(t, s.App, "notes", relation(t, s.App, "projects", nil), relation(t, s.App, "attachments", nil), &core.TextField{Name: "text"})
			s.Make(notes.Name, map[string]any{"projects": s.gone.Id, "attachments": first(t, s.App, "attachments", s.gone).Id, "text": "keep this"})
			s.Make(notes.Name, map[string]any{"projects": s.kept.Id, "attachments": first(t, s.App, "attachments", s.gone).Id})
			s.Make(notes.Name, map[string]any{"text": "about nothing"})
		}, nil},
		{"one that points to many and stays", func(t *testing.T, s studio) {
			tours := addCollection(t, s.App, "tours", relation(t, s.App, "projects", multiple))
			s.Make(tours.Name, map[string]any{"projects": []string{s.kept.Id, s.gone.Id}})
			s.Make(tours.Name, map[string]any{"projects": []string{s.gone.Id}})
		}, nil},
		{"one that points to many and goes with the last", func(t *testing.T, s studio) {
			tours := addCollection(t, s.App, "tours", relation(t, s.App, "projects", func(r *core.RelationField) { multiple(r); cascading(r) }))
			s.Make(tours.Name, map[string]any{"projects": []string{s.kept.Id, s.gone.Id}})
			s.Make(tours.Name, map[string]any{"projects": []string{s.gone.Id}})
		}, nil},
		{"one that points to many further down", func(t *testing.T, s studio) {
			tours := addCollection(t, s.App, "tours", relation(t, s.App, "comments", func(r *core.RelationField) { multiple(r); cascading(r) }))
			comment := s.Make("comments", map[string]any{"milestone": first(t, s.App, "milestones", s.gone).Id, "body": "Words"})
			s.Make(tours.Name, map[string]any{"comments": []string{comment.Id}})
			s.Make(tours.Name, map[string]any{"comments": []string{comment.Id, first(t, s.App, "comments", nil).Id}})
		}, nil},
		{"a tree of its own kind", func(t *testing.T, s studio) {
			tasks := addCollection(t, s.App, "tasks", relation(t, s.App, "projects", cascading))
			saveCollection(t, s.App, tasks, relation(t, s.App, "tasks", cascading))
			root := s.Make("tasks", map[string]any{"projects": s.gone.Id})
			below := s.Make("tasks", map[string]any{"tasks": root.Id, "projects": s.kept.Id})
			s.Make("tasks", map[string]any{"tasks": below.Id})
			s.Make("tasks", map[string]any{"projects": s.kept.Id})
		}, nil},
		{"a ring of its own kind", func(t *testing.T, s studio) {
			tasks := addCollection(t, s.App, "tasks", &core.TextField{Name: "text"})
			saveCollection(t, s.App, tasks, relation(t, s.App, "tasks", cascading))
			one := s.Make("tasks", map[string]any{"text": "one"})
			two := s.Make("tasks", map[string]any{"text": "two", "tasks": one.Id})
			one.Set("tasks", two.Id)
			if err := s.App.Save(one); err != nil {
				t.Fatal(err)
			}
		}, func(s studio) *core.Record { return first(t, s.App, "tasks", nil) }},
		{"a way back from the project", func(t *testing.T, s studio) {
			pointBack(t, s.App, s.gone, nil)
		}, nil},
		{"a way back that the project needs", func(t *testing.T, s studio) {
			pointBack(t, s.App, s.gone, func(r *core.RelationField) { r.Required = true })
		}, nil},
		{"people who sign in", func(t *testing.T, s studio) {
			members := saveCollection(t, s.App, core.NewAuthCollection("members"), relation(t, s.App, "projects", cascading))
			member := s.Make("members", map[string]any{"email": "member@example.com", "password": "a password of tests", "projects": s.gone.Id})
			code := core.NewOTP(s.App)
			code.SetCollectionRef(members.Id)
			code.SetRecordRef(member.Id)
			code.SetPassword("12345678")
			origin := core.NewAuthOrigin(s.App)
			origin.SetCollectionRef(members.Id)
			origin.SetRecordRef(member.Id)
			origin.SetFingerprint("a browser")
			for _, model := range []core.Model{code, origin} {
				if err := s.App.Save(model); err != nil {
					t.Fatal(err)
				}
			}
		}, nil},
		{"a view", func(t *testing.T, s studio) {
			view := core.NewViewCollection("steps")
			view.ViewQuery = "SELECT id, project, title FROM milestones"
			saveCollection(t, s.App, view)
		}, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := testkit.New(t, nil)
			s.Client("Client")
			both := studio{s, biggest(t, s, "projects"), biggestAgain(t, s)}
			c.add(t, both)
			record := both.gone
			if c.delete != nil {
				record = c.delete(both)
			}
			oracle := twin(t, s)
			told, want := changes(s.App), changes(oracle)

			if err := oracle.Delete(find(t, oracle, record)); err != nil {
				t.Fatal(err)
			}
			if err := s.App.Delete(find(t, s.App, record)); err != nil {
				t.Fatalf("PocketBase deletes it, we do not: %v", err)
			}
			emptied := map[string]bool{}
			for key := range want {
				emptied[key.id] = key.action == "update"
			}
			sameLines(t, "rows", rows(t, s.App, emptied), rows(t, oracle, emptied))
			filesBecome(t, s.App)
			sameChanges(t, told, want)
		})
	}
}

// TestEachRecordByItself shows when PocketBase's own cascade is at work: it runs the hooks before a delete for each
// record.
func TestEachRecordByItself(t *testing.T) {
	cases := []struct {
		name   string
		change func(r *core.RelationField)
		want   int // records for which those hooks ran
	}{
		{"set by set where each relation is to one record", cascading, 1},
		{"by PocketBase where one is to many", func(r *core.RelationField) { multiple(r); cascading(r) }, 7}, // the project and those below it; what hangs under these goes set by set
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := testkit.New(t, nil)
			s.Client("Client")
			project := biggest(t, s, "projects")
			tours := addCollection(t, s.App, "tours", relation(t, s.App, "projects", c.change))
			s.Make(tours.Name, map[string]any{"projects": project.Id})
			before := 0
			s.App.OnRecordDelete().BindFunc(func(e *core.RecordEvent) error {
				if e.Record.Collection().Name != machinery { // the list of files to remove is kept there
					before++
				}
				return e.Next()
			})
			if err := s.App.Delete(project); err != nil {
				t.Fatal(err)
			}
			if before != c.want {
				t.Errorf("%d records were deleted by themselves, not %d", before, c.want)
			}
		})
	}
}

// change is what a listener is told of an updated or deleted record.
type change struct{ action, collection, id string }

// changes counts what the after-hooks report from now on.
func changes(app core.App) map[change]int {
	told := map[change]int{}
	hear := func(action string) func(e *core.RecordEvent) error {
		return func(e *core.RecordEvent) error {
			if e.Record.Collection().Name != machinery {
				told[change{action, e.Record.Collection().Name, e.Record.Id}]++
			}
			return e.Next()
		}
	}
	app.OnRecordAfterDeleteSuccess().BindFunc(hear("delete"))
	app.OnRecordAfterUpdateSuccess().BindFunc(hear("update"))
	return told
}

// sameChanges compares two such counts. PocketBase also reports updates of records that it deletes a moment later.
func sameChanges(t *testing.T, got, want map[change]int) {
	t.Helper()
	for c, times := range got {
		if want[c] != times {
			t.Errorf("told %d times, by PocketBase %d times: %v", times, want[c], c)
		}
	}
	for c, times := range want {
		goes := want[change{"delete", c.collection, c.id}] > 0
		if got[c] == 0 && !(c.action == "update" && goes) {
			t.Errorf("never told, by PocketBase %d times: %v", times, c)
		}
	}
}

// first returns the first record of a collection; of one project if one is given.
func first(t *testing.T, app core.App, collection string, project *core.Record) *core.Record {
	t.Helper()
	query := app.RecordQuery(collection).OrderBy("rowid").Limit(1)
	if project != nil {
		query.AndWhere(dbx.HashExp{"project": project.Id})
	}
	record := &core.Record{}
	if err := query.One(record); err != nil {
		t.Fatal(err)
	}
	return record
}

// biggestAgain makes a second project of the same client.
func biggestAgain(t *testing.T, s *testkit.Studio) *core.Record {
	t.Helper()
	client := first(t, s.App, "clients", nil)
	project := s.Make("projects", map[string]any{"client": client.Id, "title": "Other", "serviceType": "MUSICIAN"})
	s.Make("milestones", map[string]any{"project": project.Id, "title": "Milestone"})
	file := s.Make("attachments", map[string]any{"project": project.Id, "file": textFile()})
	s.Make("deliverables", map[string]any{"project": project.Id, "title": "Deliverable", "attachment": file.Id})
	return project
}

// pointBack gives projects a relation to one of their files.
func pointBack(t *testing.T, app core.App, project *core.Record, change func(r *core.RelationField)) {
	t.Helper()
	projects, err := app.FindCollectionByNameOrId("projects")
	if err != nil {
		t.Fatal(err)
	}
	saveCollection(t, app, projects, relation(t, app, "attachments", change))
	fresh := find(t, app, project)
	fresh.Set("attachments", first(t, app, "attachments", project).Id)
	if err := app.Save(fresh); err != nil {
		t.Fatal(err)
	}
}
