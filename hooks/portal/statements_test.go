package portal_test

import (
	"context"
	"fmt"
	"net/http"
	"reflect"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/testkit"
)

// Fields of every kind that the owner adds appear on a page that was read before, and disappear when they are removed
// or hidden.
func TestFieldsOfTheOwner(t *testing.T) {
	r := newRoom(t)
	project := r.full()
	path := "projects/" + project.Id
	r.Raw(path) // the statements are expanded now
	added := []struct {
		field core.Field
		value any
	}{
		{&core.TextField{Name: "extraText"}, "some <text> & \"quotes\""},
		{&core.NumberField{Name: "extraNumber"}, 12.5},
		{&core.NumberField{Name: "extraCount"}, 3},
		{&core.BoolField{Name: "extraBool"}, true},
		{&core.DateField{Name: "extraDate"}, "2026-02-03 04:05:06.000Z"},
		{&core.EmailField{Name: "extraEmail"}, "a@example.com"},
		{&core.URLField{Name: "extraUrl"}, "https://example.com/"},
		{&core.EditorField{Name: "extraEditor"}, "<p>rich</p>"},
		{&core.SelectField{Name: "extraSelect", Values: []string{"a", "b"}}, "a"},
		{&core.SelectField{Name: "extraSelects", Values: []string{"a", "b"}, MaxSelect: 2}, []string{"a", "b"}},
		{&core.JSONField{Name: "extraJson"}, fields{"a": []any{1.0, "x"}}},
		{&core.GeoPointField{Name: "extraPlace"}, fields{"lon": 1.5, "lat": 2.5}},
		{&core.RelationField{Name: "extraRelations", CollectionId: project.Collection().Id, MaxSelect: 2}, []string{project.Id}},
	}
	for _, collection := range []string{"goals", "projects"} {
		for _, a := range added {
			t.Run(collection+"/"+a.field.GetName(), func(t *testing.T) {
				r.change(collection, func(c *core.Collection) { c.Fields.Add(a.field) })
				for _, value := range []any{nil, a.value} {
					record := r.first(collection)
					if value != nil {
						record.Set(a.field.GetName(), value)
						if err := r.App.Save(record); err != nil {
							t.Fatal(err)
						}
					}
					want := r.Record(record)[a.field.GetName()]
					for _, page := range []string{path, "overview"} {
						got, there := r.shown(page, collection)[a.field.GetName()]
						if shown := page == path || collection == "projects"; shown && (!there || !reflect.DeepEqual(got, want)) {
							t.Errorf("%s shows %#v (%v); PocketBase answers %#v", page, got, there, want)
						}
					}
				}
				r.change(collection, func(c *core.Collection) { c.Fields.GetByName(a.field.GetName()).SetHidden(true) })
				testkit.MustNotContain(t, "the page with it hidden", r.Raw(path), a.field.GetName())
				r.change(collection, func(c *core.Collection) { c.Fields.RemoveByName(a.field.GetName()) })
				testkit.MustNotContain(t, "the page without it", r.Raw(path), a.field.GetName())
			})
		}
	}
}

func (r *room) change(collection string, change func(c *core.Collection)) {
	r.T.Helper()
	c, err := r.App.FindCollectionByNameOrId(collection)
	if err != nil {
		r.T.Fatal(err)
	}
	change(c)
	if err := r.App.Save(c); err != nil {
		r.T.Fatal(err)
	}
}

func (r *room) first(collection string) *core.Record {
	r.T.Helper()
	record, err := r.App.FindFirstRecordByFilter(collection, "id != ''")
	if err != nil {
		r.T.Fatal(err)
	}
	return record
}

// shown returns the first record of a collection on a page.
func (r *room) shown(path, collection string) fields {
	r.T.Helper()
	page := r.Page(path)
	if project, ok := page["project"].(fields); ok && collection == "projects" {
		return project
	}
	if elements, ok := page[collection].([]any); ok {
		return elements[0].(fields)
	}
	return nil
}

// A page with a hundred records of each kind needs as many SQL statements as one with a single record of each.
func TestStatementsDoNotGrow(t *testing.T) {
	spy := &testkit.Recorder{}
	r := furnish(t, testkit.Connect(t, testkit.Dir(t), nil, spy.Connect))
	small := r.full()
	big := r.full()
	for table, columns := range map[string]string{"milestones": "title, status", "sessions": "title, date", "goals": "title", "deliverables": "title, status",
		"attachments": "filename, session", "action_items": "title, assignedTo"} {
		r.Exec("INSERT INTO "+table+" (id, project, client, created, "+columns+") WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 99)"+
			" SELECT printf('"+table[:1]+"x%013d', i), project, client, created, "+columns+" FROM n, "+table+" WHERE project = {:project}", dbx.Params{"project": big.Id})
	}
	for _, parent := range []string{"milestone", "session", "goal"} {
		r.Exec("INSERT INTO comments (id, "+parent+", client, body, isJames, created) SELECT id, id, client, 'words', TRUE, created"+
			" FROM "+parent+"s WHERE project = {:project} AND id LIKE '_x0%'", dbx.Params{"project": big.Id})
	}
	again := func(path string) int64 {
		before := spy.Asked()
		r.Raw(path)
		return spy.Asked() - before
	}
	asked := func(path string) int64 {
		r.Raw(path) // prepares the statements, and whatever a new connection needs
		r.Exec("UPDATE clients SET clerkNamedAt = clerkNamedAt + 1", nil)
		return again(path)
	}
	one, hundred := asked("projects/"+small.Id), asked("projects/"+big.Id)
	page := r.Page("projects/" + big.Id)
	if milestones := testkit.List(t, page, "milestones"); len(milestones) != 100 || len(testkit.List(t, milestones[50], "comments")) != 1 {
		t.Fatalf("the big page has %d milestones, the 51st with %v", len(milestones), milestones[50]["comments"])
	}
	if one != hundred || one < 8 {
		t.Errorf("a page of one asks %d statements, a page of a hundred %d", one, hundred)
	}
	t.Logf("%d statements for a project's page, %d for the overview, %d for the bookings", one, asked("overview"), asked("bookings"))

	for _, path := range []string{"projects/" + big.Id, "overview"} {
		r.Raw(path)
		if n := again(path); n != 0 { // except for the question whether anything changed, on a connection that is not counted
			t.Errorf("%s asks %d statements while nothing changes", path, n)
		}
	}

	full := asked("overview")
	r.clear("projects")
	r.clear("milestones")
	r.clear("comments")
	if none := asked("overview"); none != full {
		t.Errorf("an overview of nothing asks %d statements, of much %d", none, full)
	}
}

// Pages are read while a writer repeatedly changes records of all kinds in one transaction. Each page shows one state.
func TestPageIsOneMoment(t *testing.T) {
	r := newRoom(t)
	project := r.full()
	other := r.With("goals", fields{"title": "Other", "project": project.Id})
	goal := r.first("goals")
	pair := []*core.Record{r.With("comments", fields{"goal": goal.Id, "body": "left"}), r.With("comments", fields{"goal": other.Id, "body": "right"})}
	write := func(n int) error {
		return r.App.RunInTransaction(func(tx core.App) error {
			for _, statement := range []string{
				"UPDATE projects SET title = {:n} WHERE id = {:project}", "UPDATE milestones SET title = {:n} WHERE project = {:project}",
				"UPDATE sessions SET title = {:n} WHERE project = {:project}", "UPDATE goals SET title = {:n} WHERE project = {:project}",
				"UPDATE deliverables SET title = {:n} WHERE project = {:project}", "UPDATE action_items SET title = {:n} WHERE project = {:project}",
				"UPDATE attachments SET filename = {:n} WHERE project = {:project}", "UPDATE comments SET body = {:n}",
			} {
				if _, err := tx.DB().NewQuery(statement).Bind(dbx.Params{"n": fmt.Sprint(n), "project": project.Id}).Execute(); err != nil {
					return err
				}
			}
			for i, comment := range pair { // they change places
				goals := []string{goal.Id, other.Id}
				if _, err := tx.DB().Update("comments", dbx.Params{"goal": goals[(i+n)%2]}, dbx.HashExp{"id": comment.Id}).Execute(); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := write(0); err != nil {
		t.Fatal(err)
	}
	done, failed := make(chan struct{}), make(chan error, 1)
	go func() {
		for n := 1; ; n++ {
			select {
			case <-done:
				failed <- nil
				return
			default:
			}
			if err := write(n); err != nil {
				failed <- err
				return
			}
		}
	}()
	moments := map[string]bool{}
	for reads := 0; len(moments) < 20 && reads < 2000; reads++ {
		for _, path := range []string{"projects/" + project.Id, "overview"} {
			page := r.Page(path)
			seen := map[string]bool{}
			testkit.EachText(page, "", func(name, text string) {
				if name == "title" && text != "Call" || name == "filename" || name == "body" || name == "projectTitle" {
					seen[text] = true
					moments[text] = true
				}
			})
			if len(seen) != 1 {
				t.Fatalf("%s mixes %d moments: %v", path, len(seen), seen)
			}
			if path == "overview" {
				continue
			}
			for _, comments := range testkit.List(t, page, "goals") {
				moved := 0
				for _, comment := range testkit.List(t, comments, "comments") {
					if comment["id"] == pair[0].Id || comment["id"] == pair[1].Id {
						moved++
					}
				}
				if moved != 1 {
					t.Fatalf("a thread has %d of the two comments that change places", moved)
				}
			}
		}
	}
	close(done)
	if err := <-failed; err != nil {
		t.Fatal(err)
	}
	if len(moments) < 20 {
		t.Errorf("only %d moments were seen: the writer did not run", len(moments))
	}
}

// Pages are opened before any statement has been expanded, each with the only free connection, as after a start with
// many visitors. A request that holds a connection must not wait for another.
func TestFirstVisitorsAllAtOnce(t *testing.T) {
	r := newRoom(t)
	project := r.full()
	pool := r.App.ConcurrentDB().(*dbx.DB).DB()
	for _, path := range pages(project.Id) {
		t.Run(path[:4], func(t *testing.T) {
			r.change("goals", func(c *core.Collection) { c.Fields.Add(&core.TextField{Name: "x" + path[:4]}) }) // the statements have to be expanded anew
			pool.SetMaxOpenConns(1)
			defer pool.SetMaxOpenConns(8)
			ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
			defer cancel()
			request, _ := http.NewRequestWithContext(ctx, "GET", r.URL+"/api/portal/"+path, nil)
			request.Header.Set("Authorization", r.AnaToken)
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			if response.StatusCode != 200 {
				t.Error(response.Status)
			}
		})
	}
}
