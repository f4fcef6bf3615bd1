package portal_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/database"
	"greenroom/hooks/portal"
	"greenroom/hooks/testkit"
)

// After each of many random writes, of every kind, the pages of two clients equal pages built from the database.
func TestNoChangeShowsLate(t *testing.T) {
	r := furnish(t, testkit.Connect(t, testkit.Dir(t), nil, database.Connect))
	project := r.full()
	bens := r.Project("Ben's", fields{"client": r.Ben.Id})
	r.With("goals", fields{"title": "Goal"}, fields{"project": bens.Id})
	seed := testkit.Seed(t)
	w := &writer{room: r, project: project.Id, bens: bens.Id, random: rand.New(rand.NewPCG(seed, 0))}
	tags := map[string]string{}
	for n := range 150 {
		did := w.write(n)
		for _, at := range []struct{ token, client, project string }{
			{r.AnaToken, r.Ana.Id, project.Id}, {r.AnaToken, r.Ana.Id, ""}, {r.BenToken, r.Ben.Id, project.Id}, {r.BenToken, r.Ben.Id, bens.Id}, {r.BenToken, r.Ben.Id, ""},
		} {
			path := "overview"
			if at.project != "" {
				path = "projects/" + at.project
			}
			want, err := portal.Uncached(r.App, at.client, at.project)
			if err != nil {
				t.Fatal(err)
			}
			visit := func(headers ...string) (int, http.Header, []byte) {
				return r.visit(path, append(headers, "Authorization", at.token)...)
			}
			known := at.client + path
			for range 2 { // built, and then from the cache
				status, header, got := visit("Accept-Encoding", []string{plain, "gzip"}[w.random.IntN(2)], "If-None-Match", tags[known])
				switch {
				case len(want) == 0:
					if status != 404 {
						t.Fatalf("seed %d, write %d, %s: %s is %d", seed, n, did, path, status)
					}
					continue
				case status == 304:
					if tags[known] != header.Get("ETag") {
						t.Fatalf("seed %d, write %d, %s: 304 with another tag", seed, n, did)
					}
					_, header, got = visit("Accept-Encoding", plain)
				}
				if header.Get("Content-Encoding") == "gzip" {
					got = unzip(t, got)
				}
				if !bytes.Equal(got, want) {
					t.Fatalf("seed %d, write %d, %s: %s is\n%s\nand not\n%s", seed, n, did, path, got, want)
				}
				tags[known] = header.Get("ETag")
			}
		}
	}
}

// After one client's comment, another client's page comes from the cache without reading the database. The server's
// background work may cause a read, but not each time.
func TestACommentLeavesOthersPagesKept(t *testing.T) {
	read, opened := new(testkit.Recorder), 0
	r := furnish(t, testkit.Connect(t, testkit.Dir(t), nil, func(path string) (*dbx.DB, error) {
		if opened++; opened == 1 { // the first pool opened is the one that reads
			return read.Connect(path)
		}
		return database.Connect(path)
	}))
	project := r.full()
	goal := r.With("goals", fields{"title": "Goal"}, fields{"project": project.Id})
	bens := "projects/" + r.Project("Ben's", fields{"client": r.Ben.Id}).Id
	reads := func(change func()) (kept bool) {
		for range 10 {
			r.visit(bens, "Authorization", r.BenToken)
			change()
			before := read.Asked()
			if status, _, _ := r.visit(bens, "Authorization", r.BenToken); status != 200 {
				t.Fatal(status)
			}
			kept = kept || read.Asked() == before
		}
		return kept
	}
	comment := func() {
		r.SaveAs(r.AnaToken, "POST", "comments/records", fields{"goal": goal.Id, "body": "words"})
	}
	if !reads(comment) {
		t.Error("Ben's page was built anew, or his token verified anew, each time that Ana commented")
	}
	for name, change := range map[string]func(){
		"his own project": func() {
			r.Exec("UPDATE projects SET description = description || 'x' WHERE client = {:ben}", dbx.Params{"ben": r.Ben.Id})
		},
		"another process": func() { r.Elsewhere("UPDATE comments SET body = body || 'x'") },
	} {
		if reads(change) {
			t.Errorf("%s: his page was still kept", name)
		}
	}
}

// writer makes random writes in one project.
type writer struct {
	*room
	project string
	bens    string
	random  *rand.Rand
}

func (w *writer) any(collection string) string {
	var id string
	_ = w.App.DB().NewQuery("SELECT id FROM {{" + collection + "}} WHERE client = {:client} ORDER BY random() LIMIT 1").
		Bind(dbx.Params{"client": w.Ana.Id}).Row(&id) // "" if there is none
	return id
}

// write makes one write and describes it.
func (w *writer) write(n int) string {
	w.T.Helper()
	children := []string{"milestones", "sessions", "goals", "deliverables", "action_items"}
	collection := children[w.random.IntN(len(children))]
	title := fmt.Sprint("title ", n)
	id := w.any(collection)
	in := fields{"project": w.project, "assignedTo": "client"}
	rest := "/api/collections/" + collection + "/records"
	leaf := []string{"milestones", "goals", "action_items"}[w.random.IntN(3)] // programs may find these in any state
	switch kind := w.random.IntN(22); kind {
	case 0:
		w.Do("POST", rest, w.Owner, fields{"project": w.project, "title": title, "assignedTo": "client"})
	case 1:
		w.Do("PATCH", rest+"/"+id, w.Owner, fields{"title": title})
	case 2:
		w.Do("DELETE", rest+"/"+id, w.Owner, nil) // with everything below it
	case 3:
		w.Do("POST", "/api/collections/comments/records", w.AnaToken, fields{"goal": w.any("goals"), "body": title})
	case 4:
		w.Do("PATCH", "/api/collections/comments/records/"+w.any("comments"), w.AnaToken, fields{"body": title})
	case 5:
		w.Do("DELETE", "/api/collections/comments/records/"+w.any("comments"), w.AnaToken, nil)
	case 6:
		w.Do("POST", "/api/collections/comments/records", w.Owner, fields{"milestone": w.any("milestones"), "body": title})
	case 7:
		w.With(collection, fields{"title": title}, in) // as a program would
	case 8:
		file := w.With("attachments", fields{"file": testkit.TextFile("a.txt"), "session": w.any("sessions")}, in)
		if n%2 == 0 {
			w.Do("PATCH", "/api/collections/deliverables/records/"+w.any("deliverables"), w.Owner, fields{"attachment": file.Id})
		}
	case 9:
		w.Do("DELETE", "/api/collections/attachments/records/"+w.any("attachments"), w.Owner, nil)
	case 10:
		w.Exec("UPDATE {{"+collection+"}} SET title = {:title} WHERE client = {:client}", dbx.Params{"title": title, "client": w.Ana.Id})
	case 11:
		err := w.App.RunInTransaction(func(tx core.App) error {
			_, err := tx.DB().NewQuery("DELETE FROM comments WHERE id = {:id}").Bind(dbx.Params{"id": w.any("comments")}).Execute()
			return err
		})
		if err != nil {
			w.T.Fatal(err)
		}
	case 12:
		w.Elsewhere("UPDATE " + collection + " SET title = '" + title + " elsewhere'")
	case 13:
		w.Elsewhere("DELETE FROM comments WHERE id = (SELECT min(id) FROM comments)")
	case 14:
		to := []string{w.Ana.Id, w.Ben.Id}[w.random.IntN(2)] // to Ben, and later back to Ana
		w.Do("PATCH", "/api/collections/projects/records/"+w.project, w.Owner, fields{"client": to, "title": title})
	case 15:
		w.Elsewhere("UPDATE clients SET name = '" + title + "'")
	case 16:
		w.Exec("UPDATE goals SET title = {:title} WHERE project = {:project}", dbx.Params{"title": title, "project": w.bens})
	case 17: // two at once, usually in one commit
		var both sync.WaitGroup
		for _, project := range []string{w.project, w.bens} {
			both.Go(func() {
				if _, err := w.App.DB().NewQuery("UPDATE goals SET title = {:title} WHERE project = {:project}").
					Bind(dbx.Params{"title": title, "project": project}).Execute(); err != nil {
					w.T.Error(err)
				}
			})
		}
		both.Wait()
	case 18: // rolled back
		_ = w.App.RunInTransaction(func(tx core.App) error {
			_, err := tx.DB().NewQuery("UPDATE goals SET title = {:title}").Bind(dbx.Params{"title": title}).Execute()
			return errors.Join(err, errors.New("no"))
		})
	case 19, 20: // a row under one client's project with another client in its column, which no hook would write
		to := []string{w.Ana.Id, w.Ben.Id}[w.random.IntN(2)]
		w.Exec("UPDATE {{"+leaf+"}} SET client = {:to} WHERE id = (SELECT id FROM {{"+leaf+"}} ORDER BY random() LIMIT 1)", dbx.Params{"to": to})
	case 21:
		w.Exec("UPDATE {{"+leaf+"}} SET project = {:to}, title = {:title} WHERE id = {:id}",
			dbx.Params{"to": []string{w.project, w.bens}[w.random.IntN(2)], "title": title, "id": w.any(leaf)})
	}
	return fmt.Sprint(collection, " ", n)
}
