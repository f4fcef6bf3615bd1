package cascade_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/testkit"
)

// TestAfterDeleteHooks records what a delete handler gets: each deleted record once, as it was, those under a record
// before it, and nothing else.
func TestAfterDeleteHooks(t *testing.T) {
	for _, kind := range []string{"clients", "projects", "sessions"} {
		t.Run(kind, func(t *testing.T) {
			s := testkit.New(t, nil)
			g := grove{s, rand.New(rand.NewPCG(testkit.Seed(t), 0))}
			g.grow(1)
			record := biggest(t, s, kind)
			want := under(t, s.App, record)

			position := map[string]int{}
			s.App.OnRecordAfterDeleteSuccess().BindFunc(func(e *core.RecordEvent) error {
				if e.Record.Collection().Name == machinery {
					return e.Next()
				}
				key := keyOf(e.Record)
				if _, again := position[key]; again {
					t.Errorf("%s was announced twice", key)
				}
				position[key] = len(position)
				if got := contents(e.Record); got != want[key] {
					t.Errorf("%s was announced as %s, and was %s", key, got, want[key])
				}
				if _, err := e.App.FindRecordById(e.Record.Collection(), e.Record.Id); err == nil || e.App.IsTransactional() {
					t.Errorf("%s was announced before it was gone for good", key)
				}
				return e.Next()
			})
			if err := s.App.Delete(record); err != nil {
				t.Fatal(err)
			}

			for key := range want {
				if _, announced := position[key]; !announced {
					t.Errorf("%s went without a word", key)
				}
			}
			if len(position) != len(want) {
				t.Errorf("%d records were announced; %d went", len(position), len(want))
			}
			deepestFirst(t, s.App, want, position)
		})
	}
}

// TestAfterDeleteHooksOfALargeTree does the same with more records than a delete waits for: all are announced in the
// background, each once and complete.
func TestAfterDeleteHooksOfALargeTree(t *testing.T) {
	const many = 2000
	s := testkit.New(t, nil)
	s.Client("Client")
	project := biggest(t, s, "projects")
	_, err := s.App.DB().NewQuery("INSERT INTO comments (id, milestone, client, body) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {:many})" +
		" SELECT printf('x%014d', i), id, client, 'words' FROM n, milestones WHERE project = {:project}").Bind(dbx.Params{"many": many, "project": project.Id}).Execute()
	if err != nil {
		t.Fatal(err)
	}
	want := under(t, s.App, project)
	announced := make(chan [2]string, 2*len(want))
	s.App.OnRecordAfterDeleteSuccess().BindFunc(func(e *core.RecordEvent) error {
		if e.Record.Collection().Name != machinery {
			announced <- [2]string{keyOf(e.Record), contents(e.Record)}
		}
		return e.Next()
	})
	if err := s.App.Delete(project); err != nil {
		t.Fatal(err)
	}
	deadline := time.After(time.Minute)
	for range len(want) {
		select {
		case a := <-announced:
			if want[a[0]] != a[1] {
				t.Fatalf("%s was announced as %s, and was %q", a[0], a[1], want[a[0]])
			}
			delete(want, a[0])
		case <-deadline:
			t.Fatalf("%d records went without a word", len(want))
		}
	}
	if len(announced) > 0 {
		t.Errorf("%d more were announced", len(announced))
	}
	filesBecome(t, s.App)
}

// deepestFirst checks that no record was announced before one under it.
func deepestFirst(t *testing.T, app core.App, records map[string]string, position map[string]int) {
	t.Helper()
	said := map[string]bool{} // by relation
	for key, record := range records {
		var fields map[string]any
		if err := json.Unmarshal([]byte(record), &fields); err != nil {
			t.Fatal(err)
		}
		collection, err := app.FindCachedCollectionByNameOrId(fields["collection"].(string))
		if err != nil {
			t.Fatal(err)
		}
		for _, field := range collection.Fields {
			relation, ok := field.(*core.RelationField)
			if !ok || !relation.CascadeDelete {
				continue
			}
			above, err := app.FindCachedCollectionByNameOrId(relation.CollectionId)
			if err != nil {
				t.Fatal(err)
			}
			parent := above.Name + "/" + fmt.Sprint(fields[relation.Name])
			at, went := position[parent]
			if wrong := went && at < position[key]; wrong && !said[collection.Name+relation.Name] {
				said[collection.Name+relation.Name] = true
				t.Errorf("%s was announced before %s, which hung under it by %s", parent, key, relation.Name)
			}
		}
	}
}

// biggest returns a record of the kind with many records under it; missing ones are made.
func biggest(t *testing.T, s *testkit.Studio, kind string) *core.Record {
	t.Helper()
	client, err := s.App.FindFirstRecordByData("clients", "name", "Client")
	if err != nil {
		t.Fatal(err)
	}
	project := s.Make("projects", map[string]any{"client": client.Id, "title": "Project", "serviceType": "AUDIO"})
	session := s.Make("sessions", map[string]any{"project": project.Id, "title": "Session"})
	file := s.Make("attachments", map[string]any{"project": project.Id, "session": session.Id, "file": textFile()})
	s.Make("deliverables", map[string]any{"project": project.Id, "title": "Deliverable", "attachment": file.Id})
	s.Make("comments", map[string]any{"session": session.Id, "body": "Words"})
	for parent, collection := range map[string]string{"milestone": "milestones", "goal": "goals"} {
		s.Make("comments", map[string]any{parent: s.Make(collection, map[string]any{"project": project.Id, "title": "One"}).Id, "body": "Words"})
	}
	s.Make("bookings", map[string]any{"client": client.Id, "calendarEventId": "one", "startTime": "2026-01-02 10:00:00.000Z", "endTime": "2026-01-02 11:00:00.000Z"})
	return map[string]*core.Record{"clients": client, "projects": project, "sessions": session}[kind]
}

// under returns the record and all that is deleted with it, found record by record.
func under(t *testing.T, app core.App, record *core.Record) map[string]string {
	t.Helper()
	found := map[string]string{}
	var follow func(record *core.Record)
	follow = func(record *core.Record) {
		if found[keyOf(record)] != "" {
			return
		}
		found[keyOf(record)] = contents(record)
		references, err := app.FindCachedCollectionReferences(record.Collection())
		if err != nil {
			t.Fatal(err)
		}
		for from, fields := range references {
			for _, field := range fields {
				if !field.(*core.RelationField).CascadeDelete {
					continue
				}
				children, err := app.FindAllRecords(from, dbx.HashExp{field.GetName(): record.Id})
				if err != nil {
					t.Fatal(err)
				}
				for _, child := range children {
					follow(child)
				}
			}
		}
	}
	follow(find(t, app, record))
	return found
}

func keyOf(record *core.Record) string { return record.Collection().Name + "/" + record.Id }

// contents returns the whole content of a record.
func contents(record *core.Record) string {
	fields := record.FieldsData()
	fields["collection"] = record.Collection().Name
	delete(fields, core.FieldNamePassword)
	text, err := json.Marshal(fields)
	if err != nil {
		panic(err) // a record of the database always encodes
	}
	return string(text)
}
