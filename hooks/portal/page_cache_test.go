package portal_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"

	"greenroom/hooks/portal"
	"greenroom/hooks/testkit"
)

// visit is what a browser gets that sends the headers.
func (r *room) visit(path string, headers ...string) (status int, header http.Header, body []byte) {
	r.T.Helper()
	request, err := http.NewRequest("GET", r.URL+"/api/portal/"+path, nil)
	if err != nil {
		r.T.Fatal(err)
	}
	request.Header.Set("Authorization", r.AnaToken)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultTransport.RoundTrip(request) // with the header set, it leaves the body as it comes
	if err != nil {
		r.T.Fatal(err)
	}
	defer response.Body.Close()
	if body, err = io.ReadAll(response.Body); err != nil {
		r.T.Fatal(err)
	}
	return response.StatusCode, response.Header, body
}

const plain = "identity"

func TestUnchangedPageIsNotSentAgain(t *testing.T) {
	r := newRoom(t)
	project := r.full()
	for _, path := range []string{"projects/" + project.Id, "overview"} {
		t.Run(path[:4], func(t *testing.T) {
			status, header, body := r.visit(path, "Accept-Encoding", plain)
			tag := header.Get("ETag")
			if status != 200 || tag == "" || header.Get("Cache-Control") != "private, no-cache" || header.Get("Content-Length") != fmt.Sprint(len(body)) {
				t.Fatalf("%d %v", status, header)
			}
			same := func(when, sent string) {
				t.Helper()
				status, header, body := r.visit(path, "Accept-Encoding", plain, "If-None-Match", sent)
				if status != 304 || len(body) != 0 || header.Get("ETag") != tag || header.Get("Cache-Control") != "private, no-cache" {
					t.Errorf("%s: %d %v %s", when, status, header, body)
				}
			}
			same("at once", tag)
			same("with another tag", `"other", `+tag)
			r.Exec("UPDATE clients SET clerkNamedAt = clerkNamedAt + 1", nil) // which no page shows
			same("after a commit that left it as it was", tag)

			r.Exec("UPDATE projects SET title = title || '!' WHERE id = {:id}", dbx.Params{"id": project.Id})
			status, header, changed := r.visit(path, "Accept-Encoding", plain, "If-None-Match", tag)
			if status != 200 || header.Get("ETag") == tag || bytes.Equal(changed, body) {
				t.Errorf("after a change: %d %v", status, header)
			}
			if status, _, _ := r.visit(path, "If-None-Match", header.Get("ETag"), "Authorization", "none"); status != 401 {
				t.Errorf("a guest with a tag gets %d", status)
			}
		})
	}
}

func TestPagesAreCompressedForWhoTakesIt(t *testing.T) {
	r := newRoom(t)
	path := "projects/" + r.full().Id
	_, _, want := r.visit(path, "Accept-Encoding", plain)
	for _, c := range []struct {
		accept string
		zipped bool
	}{{"gzip", true}, {"gzip, deflate, br, zstd", true}, {"br;q=1.0, gzip;q=0.8", true}, {"deflate", false}, {"gzip;q=0", false}, {"gzip; q=0.0, br", false}, {plain, false}} {
		t.Run(c.accept, func(t *testing.T) {
			for range 2 {
				status, header, body := r.visit(path, "Accept-Encoding", c.accept)
				if zipped := header.Get("Content-Encoding") == "gzip"; status != 200 || zipped != c.zipped || !strings.Contains(strings.Join(header.Values("Vary"), ","), "Accept-Encoding") {
					t.Fatalf("%d %v", status, header)
				}
				if c.zipped {
					body = unzip(t, body)
				}
				if !bytes.Equal(body, want) {
					t.Errorf("%s\nis not\n%s", body, want)
				}
			}
		})
	}
}

func unzip(t *testing.T, body []byte) []byte {
	t.Helper()
	zipped, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(zipped)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestOverviewChangesWithTheClock reads it while a booking ends, with no write between.
func TestOverviewChangesWithTheClock(t *testing.T) {
	r := newRoom(t)
	ends := time.Now().Add(time.Second)
	r.booking("Ending", 0, fields{"startTime": testkit.Away(-time.Hour), "endTime": ends})
	r.booking("Next", 3*time.Hour)
	for {
		late := time.Now().After(ends)
		title := r.Page("overview")["nextBooking"].(fields)["title"]
		if title == "Next" {
			break
		}
		if late {
			t.Fatalf("after its end the next booking is %v", title)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// TestPageOfAClientIsNotAnothers asks for the same address by two clients, both ways round.
func TestPageOfAClientIsNotAnothers(t *testing.T) {
	r := newRoom(t)
	project := r.full()
	path := "/api/portal/projects/" + project.Id
	for range 2 {
		if answer := r.Do("GET", path, r.AnaToken, nil); answer.Status != 200 {
			t.Errorf("Ana gets %d", answer.Status)
		}
		if answer := r.Do("GET", path, r.BenToken, nil); answer.Status != 404 {
			t.Errorf("Ben gets %d %s", answer.Status, answer.Raw)
		}
		ana, ben := r.Do("GET", "/api/portal/overview", r.AnaToken, nil), r.Do("GET", "/api/portal/overview", r.BenToken, nil)
		if bytes.Equal(ana.Raw, ben.Raw) {
			t.Errorf("Ana and Ben get %s", ana.Raw)
		}
	}
}

// TestAFieldThatIsHiddenIsNotKept reads a page just between the commit that hides a field and the news of it.
func TestAFieldThatIsHiddenIsNotKept(t *testing.T) {
	r := newRoom(t)
	path := "/api/portal/projects/" + r.full().Id
	described := func() bool {
		project, _ := r.Do("GET", path, r.AnaToken, nil).JSON()["project"].(fields)
		return project["description"] != nil
	}
	r.App.OnCollectionAfterUpdateSuccess("projects").Bind(&hook.Handler[*core.CollectionEvent]{Priority: -1000, Func: func(e *core.CollectionEvent) error {
		described()
		return e.Next()
	}})
	if !described() {
		t.Fatal("a project has no description")
	}
	collection, err := r.App.FindCollectionByNameOrId("projects")
	if err != nil {
		t.Fatal(err)
	}
	collection.Fields.GetByName("description").SetHidden(true)
	if err := r.App.Save(collection); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if described() {
			t.Error("a hidden field is shown")
		}
	}
}

// TestNoChangeShowsLate writes at random, in every way that there is, and compares after each write what a client gets
// with the page built from the database.
func TestNoChangeShowsLate(t *testing.T) {
	r := newRoom(t)
	project := r.full()
	seed := testkit.Seed(t)
	w := &writer{room: r, project: project.Id, random: rand.New(rand.NewPCG(seed, 0))}
	tags := map[string]string{}
	for n := range 150 {
		did := w.write(n)
		for _, at := range []string{project.Id, ""} {
			path := "overview"
			if at != "" {
				path = "projects/" + at
			}
			want, err := portal.Unkept(r.App, r.Ana.Id, at)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // built, and kept
				status, header, got := r.visit(path, "Accept-Encoding", []string{plain, "gzip"}[w.random.IntN(2)], "If-None-Match", tags[path])
				switch {
				case len(want) == 0:
					if status != 404 {
						t.Fatalf("seed %d, write %d, %s: %s is %d", seed, n, did, path, status)
					}
					continue
				case status == 304:
					if tags[path] != header.Get("ETag") {
						t.Fatalf("seed %d, write %d, %s: 304 with another tag", seed, n, did)
					}
					_, header, got = r.visit(path, "Accept-Encoding", plain)
				}
				if header.Get("Content-Encoding") == "gzip" {
					got = unzip(t, got)
				}
				if !bytes.Equal(got, want) {
					t.Fatalf("seed %d, write %d, %s: %s is\n%s\nand not\n%s", seed, n, did, path, got, want)
				}
				tags[path] = header.Get("ETag")
			}
		}
	}
}

// writer writes at random into one project.
type writer struct {
	*room
	project string
	random  *rand.Rand
}

func (w *writer) any(collection string) string {
	var id string
	_ = w.App.DB().NewQuery("SELECT id FROM {{" + collection + "}} WHERE client = {:client} ORDER BY random() LIMIT 1").
		Bind(dbx.Params{"client": w.Ana.Id}).Row(&id) // none is ""
	return id
}

// write does one thing and says what.
func (w *writer) write(n int) string {
	w.T.Helper()
	children := []string{"milestones", "sessions", "goals", "deliverables", "action_items"}
	collection := children[w.random.IntN(len(children))]
	title := fmt.Sprint("title ", n)
	id := w.any(collection)
	in := fields{"project": w.project, "assignedTo": "client"}
	rest := "/api/collections/" + collection + "/records"
	switch kind := w.random.IntN(16); kind {
	case 0:
		w.Do("POST", rest, w.Owner, fields{"project": w.project, "title": title, "assignedTo": "client"})
	case 1:
		w.Do("PATCH", rest+"/"+id, w.Owner, fields{"title": title})
	case 2:
		w.Do("DELETE", rest+"/"+id, w.Owner, nil) // and all that hangs under it
	case 3:
		w.Do("POST", "/api/collections/comments/records", w.AnaToken, fields{"goal": w.any("goals"), "body": title})
	case 4:
		w.Do("PATCH", "/api/collections/comments/records/"+w.any("comments"), w.AnaToken, fields{"body": title})
	case 5:
		w.Do("DELETE", "/api/collections/comments/records/"+w.any("comments"), w.AnaToken, nil)
	case 6:
		w.Do("POST", "/api/collections/comments/records", w.Owner, fields{"milestone": w.any("milestones"), "body": title})
	case 7:
		w.With(collection, fields{"title": title}, in) // by a program
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
	}
	return fmt.Sprint(collection, " ", n)
}
