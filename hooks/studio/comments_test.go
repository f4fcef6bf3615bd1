package studio_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/testkit"
)

// TestRemoveCommentsOfOneAuthorWithinATime: earlier comments, those of others, and verdicts stay.
func TestRemoveCommentsOfOneAuthorWithinATime(t *testing.T) {
	r := newRoom(t)
	goal := r.Make("goals", fields{"project": r.album.Id, "title": "Goal"})
	deliverable := r.Make("deliverables", fields{"project": r.album.Id, "title": "Mix", "status": "DELIVERED"})
	write := func(at string, more fields) *core.Record {
		t.Helper()
		values := fields{"goal": goal.Id, "body": "flooded", "authorName": "Ana", "author": r.ana.Id}
		for name, value := range more {
			values[name] = value
		}
		comment := r.Make("comments", values)
		_, err := r.App.DB().Update("comments", dbx.Params{"created": "2026-11-28 " + at + ":00.000Z"}, dbx.HashExp{"id": comment.Id}).Execute()
		if err != nil {
			t.Fatal(err)
		}
		return comment
	}
	before := write("08:59", nil)
	jamess := write("09:30", fields{"isJames": true, "authorName": "James", "author": ""})
	person := r.Make("clients", fields{"email": "eve@example.com", "account": r.ana.Id, "access": "all"})
	persons := write("09:30", fields{"author": person.Id})
	gone := []*core.Record{write("09:00", nil), write("10:00", fields{"deletedAt": "2026-11-28 10:01:00Z"}), write("10:59", nil)}
	after := write("11:00", nil)
	verdict := r.Do("PATCH", testkit.RecordPath(deliverable), r.anaToken, fields{"status": "APPROVED"})
	if verdict.Status != 200 {
		t.Fatalf("%d %s", verdict.Status, verdict.Raw)
	}
	if _, err := r.App.DB().Update("comments", dbx.Params{"created": "2026-11-28 10:30:00.000Z"}, dbx.HashExp{"kind": "approval"}).Execute(); err != nil {
		t.Fatal(err)
	}
	_ = r.Do("DELETE", testkit.RecordPath(after), r.Owner, nil) // the last comment of the thread is then one of the flood

	line := r.Live(r.anaToken, "portal")
	defer line.Close()
	answer := r.Do("POST", "/api/studio/comments/remove", r.Owner, fields{"author": r.ana.Id, "from": "2026-11-28T09:00:00Z", "until": "2026-11-28T11:00:00Z"})
	if answer.Status != 200 || answer.JSON()["removed"] != 3.0 || answer.JSON()["kept"] != 1.0 {
		t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	var heard []string
	for _, message := range line.Take(3) {
		heard = append(heard, message.String())
	}
	for _, comment := range gone {
		if testkit.Exists(r.Studio, comment) || !slices.Contains(heard, "delete comments "+comment.Id) {
			t.Errorf("a comment of the range is still there, or nobody heard of it: %v", heard)
		}
	}
	for name, comment := range map[string]*core.Record{"before it": before, "James's": jamess, "a person's": persons} {
		if !testkit.Exists(r.Studio, comment) {
			t.Errorf("one %s is gone", name)
		}
	}
	var ends []string
	if err := r.App.DB().NewQuery("SELECT id FROM comments WHERE lastWord AND goal != ''").Column(&ends); err != nil || !slices.Equal(ends, []string{persons.Id}) {
		t.Errorf("the thread ends with %v, want %s (%v)", ends, persons.Id, err)
	}
	if found := r.Do("GET", "/api/portal/search?q=flooded", r.anaToken, nil); strings.Count(string(found.Raw), `"collection":"comments"`) != 3 {
		t.Errorf("search still finds what is gone: %s", found.Raw)
	}
}

func TestRemoveCommentsSaysWhatIsMissing(t *testing.T) {
	r := newRoom(t)
	for _, c := range []struct {
		body   fields
		status int
	}{
		{fields{}, 400}, {fields{"author": r.ana.Id}, 400}, {fields{"author": r.ana.Id, "from": "yesterday"}, 400},
		{fields{"author": r.ana.Id, "from": "2026-11-28T09:00:00Z", "until": "later"}, 400}, {fields{"author": "nobody", "from": "2026-11-28T09:00:00Z"}, 404},
	} {
		if answer := r.Do("POST", "/api/studio/comments/remove", r.Owner, c.body); answer.Status != c.status || answer.Message() == "" {
			t.Errorf("%v: %d %s", c.body, answer.Status, answer.Raw)
		}
	}
}

// TestRemoveTwentyThousandComments takes little time while the owner and the client have pages open.
func TestRemoveTwentyThousandComments(t *testing.T) {
	r := newRoom(t)
	goal := r.Make("goals", fields{"project": r.album.Id, "title": "Goal"})
	_, err := r.App.DB().NewQuery(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 20000)
		INSERT INTO comments (id, goal, client, author, authorName, body, created, updated)
		SELECT printf('flood%010d', i), {:goal}, {:ana}, {:ana}, 'Ana', 'words', '2026-01-01 09:00:00.000Z', '2026-01-01 09:00:00.000Z' FROM n`).
		Bind(dbx.Params{"goal": goal.Id, "ana": r.ana.Id}).Execute()
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	answer := r.Do("POST", "/api/studio/comments/remove", r.Owner, fields{"author": r.ana.Id, "from": "2026-01-01T00:00:00Z"})
	if answer.Status != 200 || fmt.Sprint(answer.JSON()["removed"]) != "20000" {
		t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	// Deleting one by one took over a minute; the bound leaves room for a busy machine.
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("it took %v", took)
	} else {
		t.Log(took)
	}
}
