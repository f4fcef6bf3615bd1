package portal_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/pocketbase/dbx"

	"greenroom/hooks/testkit"
)

// fill writes n comments into a thread, one for each second.
func (r *room) fill(thread, id, client string, n int) {
	r.T.Helper()
	_, err := r.App.NonconcurrentDB().NewQuery(fmt.Sprintf(`INSERT INTO comments (id, %s, client, body, authorName, created, updated)
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {:n})
		SELECT printf('c%%014d', i), {:id}, {:client}, 'number ' || i || ' ' || hex(zeroblob(100)), 'Ana',
			strftime('%%Y-%%m-%%d %%H:%%M:%%S', 1700000000 + i, 'unixepoch') || '.000Z', '2026-01-01 10:00:00.000Z' FROM n`, thread)).
		Bind(dbx.Params{"id": id, "client": client, "n": n}).Execute()
	if err != nil {
		r.T.Fatal(err)
	}
}

// A thread with twenty thousand comments is read in pages, by its client and by the owner.
func TestALongThreadComesByPage(t *testing.T) {
	r := newRoom(t)
	project := r.With("projects", fields{"client": r.Ana.Id, "title": "Album", "serviceType": "AUDIO"})
	session := r.With("sessions", fields{"project": project.Id, "title": "Mix", "date": "2026-01-01 10:00:00Z"})
	goal := r.With("goals", fields{"project": project.Id, "title": "Goal"})
	r.With("comments", fields{"goal": goal.Id, "body": "another thread"})
	const all = 20_000
	r.fill("session", session.Id, project.GetString("client"), all)

	for path, token := range map[string]string{"/api/portal/projects/" + project.Id: r.AnaToken, "/api/studio/projects/" + project.Id: r.Owner} {
		best := time.Hour
		var answer testkit.Answer
		for range 3 {
			began := time.Now()
			answer = r.Do("GET", path, token, nil)
			best = min(best, time.Since(began))
		}
		thread := testkit.List(t, answer.JSON(), "sessions")[0]
		comments := testkit.List(t, thread, "comments")
		if len(answer.Raw) > 1<<20 || len(comments) != 50 || thread["olderComments"] != float64(all-50) {
			t.Fatalf("%s: %d bytes, %d comments, %v older ones, after %v", path, len(answer.Raw), len(comments), thread["olderComments"], best)
		}
		if comments[0]["id"] != fmt.Sprintf("c%014d", all-49) || comments[49]["id"] != fmt.Sprintf("c%014d", all) {
			t.Errorf("%s: from %v to %v", path, comments[0]["id"], comments[49]["id"])
		}
		t.Logf("%s: %d bytes in %v", path, len(answer.Raw), best)

		before, seen := comments[0]["id"], 50
		for range 3 {
			answer := r.Do("GET", fmt.Sprintf("/api/portal/comments?session=%s&before=%s", session.Id, before), token, nil)
			items := testkit.List(t, answer.JSON(), "items")
			seen += len(items)
			if answer.Status != 200 || len(items) != 50 || items[49]["id"] != fmt.Sprintf("c%014d", all-seen+50) || answer.JSON()["olderComments"] != float64(all-seen) {
				t.Fatalf("before %v: %d %d items, %v older ones", before, answer.Status, len(items), answer.JSON()["olderComments"])
			}
			before = items[0]["id"]
		}
	}
	first := r.Do("GET", fmt.Sprintf("/api/portal/comments?session=%s&before=c%014d", session.Id, 4), r.AnaToken, nil)
	if items := testkit.List(t, first.JSON(), "items"); len(items) != 3 || first.JSON()["olderComments"] != 0.0 {
		t.Errorf("the first page: %s", first.Raw)
	}
}

// Threads of other clients cannot be read, whatever the parameters.
func TestOlderCommentsAreOnesOwn(t *testing.T) {
	r := newRoom(t)
	project := r.With("projects", fields{"client": r.Ana.Id, "title": "Album", "serviceType": "AUDIO"})
	goal := r.With("goals", fields{"project": project.Id, "title": "Goal"})
	said := r.With("comments", fields{"goal": goal.Id, "body": "words"})
	elsewhere := r.With("comments", fields{"goal": r.With("goals", fields{"project": project.Id, "title": "Other"}).Id, "body": "words"})
	ben := r.BenToken
	person := testkit.Token(t, r.With("clients", fields{"email": "drums@example.com", "account": r.Ana.Id, "access": "work"}))
	path := "/api/portal/comments?goal=" + goal.Id
	for name, tc := range map[string]struct {
		path, token string
		want        int
	}{
		"a guest": {path, "", 401}, "somebody else": {path, ben, 404}, "somebody else, with before": {path + "&before=" + said.Id, ben, 404},
		"a thread that is none": {"/api/portal/comments?goal=nosuchrecord123", r.AnaToken, 404}, "no thread": {"/api/portal/comments", r.AnaToken, 400},
		"before none": {path + "&before=nosuchrecord123", r.AnaToken, 404}, "before one of another thread": {path + "&before=" + elsewhere.Id, r.AnaToken, 404},
		"before the first": {path + "&before=" + said.Id, r.AnaToken, 200},
		"two threads":      {path + "&session=x", r.AnaToken, 400}, "another kind": {"/api/portal/comments?session=" + goal.Id, r.AnaToken, 404},
		"as somebody, by a client": {path + "&as=" + project.GetString("client"), ben, 403}, "one's own": {path, r.AnaToken, 200}, "one of their people": {path, person, 200},
		"the owner":               {path, r.Owner, 200},
		"the owner as the client": {path + "&as=" + project.GetString("client"), r.Owner, 200},
	} {
		if answer := r.Do("GET", tc.path, tc.token, nil); answer.Status != tc.want {
			t.Errorf("%s: %d %s", name, answer.Status, answer.Raw)
		}
	}
}

// In one thread, two people of the client's side and the owner each see which comments are their own.
func TestEachSeesWhichCommentsAreTheirOwn(t *testing.T) {
	r := newRoom(t)
	project := r.Project("Album")
	goal := r.With("goals", fields{"project": project.Id, "title": "Goal"})
	person := r.With("clients", fields{"email": "drums@example.com", "name": "Ana", "account": r.Ana.Id, "access": "work"})
	drums := testkit.Token(t, person)
	r.SaveAs(r.AnaToken, "POST", "comments/records", fields{"goal": goal.Id, "body": "of the client"})
	r.SaveAs(drums, "POST", "comments/records", fields{"goal": goal.Id, "body": "of the person"})
	r.SaveAs(r.Owner, "POST", "comments/records", fields{"goal": goal.Id, "body": "of the owner"})
	for name, tc := range map[string]struct{ query, token, want string }{
		"the client": {"", r.AnaToken, "true false false"}, "the person, of the same name": {"", drums, "false true false"},
		"the owner as the person": {"as=" + person.Id, r.Owner, "false true false"},
	} {
		page := r.Do("GET", "/api/portal/projects/"+project.Id+"?"+tc.query, tc.token, nil)
		older := r.Do("GET", "/api/portal/comments?goal="+goal.Id+"&"+tc.query, tc.token, nil)
		thread := testkit.List(t, testkit.List(t, page.JSON(), "goals")[0], "comments")
		for from, comments := range map[string][]fields{"page": thread, "thread": testkit.List(t, older.JSON(), "items")} {
			if got := fmt.Sprint(comments[0]["mine"], " ", comments[1]["mine"], " ", comments[2]["mine"]); got != tc.want {
				t.Errorf("%s, on the %s: %s, want %s", name, from, got, tc.want)
			}
		}
	}
}

// Every kind of thread is read in pages; in a deliverable's, each comment has the version and moment that it is about.
func TestEveryKindOfThreadComesByPage(t *testing.T) {
	r := newRoom(t)
	project := r.Project("Album")
	in := fields{"project": project.Id, "title": "Thing"}
	session := r.With("sessions", fields{"date": "2026-01-01 10:00:00Z"}, in)
	parents := map[string]string{"session": session.Id, "milestone": r.With("milestones", in).Id, "goal": r.With("goals", in).Id,
		"deliverable": r.With("deliverables", in).Id}
	for kind, id := range parents {
		r.fill(kind, id, r.Ana.Id, 60)
		answer := r.Do("GET", "/api/portal/comments?"+kind+"="+id, r.AnaToken, nil)
		if items := testkit.List(t, answer.JSON(), "items"); len(items) != 50 || answer.JSON()["olderComments"] != 10.0 {
			t.Errorf("%s: %d, %d items, %v older ones", kind, answer.Status, len(items), answer.JSON()["olderComments"])
		}
		if other := r.Do("GET", "/api/portal/comments?"+kind+"="+id, r.BenToken, nil); other.Status != 404 {
			t.Errorf("%s, somebody else: %d", kind, other.Status)
		}
		r.Exec("DELETE FROM comments", nil) // the next kind's comments have the same ids
	}
	version := r.With("attachments", fields{"project": project.Id, "deliverable": parents["deliverable"], "file": testkit.TextFile("mix.txt"), "filename": "mix.txt"})
	said := r.SaveAs(r.AnaToken, "POST", "comments/records", fields{"deliverable": parents["deliverable"], "body": "The snare"})
	answer := r.Do("GET", "/api/portal/comments?deliverable="+parents["deliverable"], r.AnaToken, nil)
	items := testkit.List(t, answer.JSON(), "items")
	if len(items) != 1 || items[0]["id"] != said["id"] || items[0]["attachment"] != version.Id || items[0]["timed"] != false || items[0]["mine"] != true {
		t.Errorf("the thread of a deliverable: %s", answer.Raw)
	}
}
