package search_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/dbx"

	"greenroom/hooks/database"
	"greenroom/hooks/search"
	"greenroom/hooks/testkit"
	"greenroom/pb_migrations"
)

// find searches as a visitor, and returns the results as "collection title".
func find(t *testing.T, s *testkit.Studio, token, query, more string) (found []string, raw string) {
	t.Helper()
	answer := s.Do("GET", "/api/portal/search?q="+url.QueryEscape(query)+more, token, nil)
	if answer.Status != 200 {
		t.Fatalf("%s: %d %s", query, answer.Status, answer.Raw)
	}
	for _, item := range answer.JSON()["items"].([]any) {
		i := item.(map[string]any)
		found = append(found, fmt.Sprint(i["collection"], " ", i["title"]))
	}
	slices.Sort(found)
	return found, string(answer.Raw)
}

// Each collection is searched, by queries written in different ways.
func TestFind(t *testing.T) {
	r := testkit.NewRoom(t)
	project := r.Project("Slow Thaw", testkit.Fields{"description": "The second album, mixed in København."})
	in := testkit.Fields{"project": project.Id}
	session := r.With("sessions", testkit.Fields{"title": "Mix review", "notes": "The snare is late in “Slow Thaw”.\nWe bring it up by 2 dB. Café later."}, in)
	goal := r.With("goals", testkit.Fields{"title": "Louder chorus", "description": "Snares and brass"}, in)
	milestone := r.With("milestones", testkit.Fields{"title": "Mastering"}, in)
	r.With("deliverables", testkit.Fields{"title": "Mix 3", "feedback": "The snare, again", "status": "DELIVERED"}, in)
	r.With("action_items", testkit.Fields{"title": "Send the snare samples", "assignedTo": "client"}, in)
	r.With("attachments", testkit.Fields{"file": testkit.TextFile("snare.txt"), "filename": "snare take 2.txt"}, in)
	r.With("comments", testkit.Fields{"session": session.Id, "body": "I love the snare <b>now</b> & always"})
	r.With("comments", testkit.Fields{"goal": goal.Id, "body": "Größe und Überraschung"})
	r.With("comments", testkit.Fields{"milestone": milestone.Id, "body": "nothing here"})

	for query, want := range map[string][]string{
		"snare":                {"action_items Send the snare samples", "attachments snare take 2.txt", "comments Mix review", "deliverables Mix 3", "goals Louder chorus", "sessions Mix review"},
		"SNAR":                 {"action_items Send the snare samples", "attachments snare take 2.txt", "comments Mix review", "deliverables Mix 3", "goals Louder chorus", "sessions Mix review"},
		`"snare is late"`:      {"sessions Mix review"},
		"“snare is late”":      {"sessions Mix review"},
		`"late is snare"`:      nil,
		"snare late":           {"sessions Mix review"},
		"cafe":                 {"sessions Mix review"},
		"CAFÉ":                 {"sessions Mix review"},
		"grosse":               nil,
		"große uberraschung":   {"comments Louder chorus"},
		"slow thaw":            {"projects Slow Thaw", "sessions Mix review"},
		"mastering":            {"milestones Mastering"},
		"album":                {"projects Slow Thaw"},
		"zither":               nil,
		"**":                   nil,
		`"" AND OR NOT (`:      nil,
		"client : " + r.Ana.Id: nil,
		"snare OR mastering":   nil, // "or" is a word like others
		"words : snare":        nil,
		"2 db":                 {"sessions Mix review"},
	} {
		if got, _ := find(t, r.Studio, r.AnaToken, query, ""); !slices.Equal(got, want) {
			t.Errorf("%s: %q", query, got)
		}
		if got, _ := find(t, r.Studio, r.BenToken, query, ""); len(got) > 0 {
			t.Errorf("Ben finds %q by %s", got, query)
		}
		if got, _ := find(t, r.Studio, r.Owner, query, ""); !slices.Equal(got, want) {
			t.Errorf("the owner, %s: %q", query, got)
		}
		if got, _ := find(t, r.Studio, r.Owner, query, "&as="+r.Ben.Id); len(got) > 0 {
			t.Errorf("the owner as Ben finds %q by %s", got, query)
		}
	}
	_, raw := find(t, r.Studio, r.AnaToken, "love snare", "")
	for _, want := range []string{`"project":"` + project.Id + `"`, `"projectTitle":"Slow Thaw"`,
		`I <mark>love</mark> the <mark>snare</mark> &lt;b&gt;now&lt;/b&gt; &amp; always`} {
		if !strings.Contains(raw, want) {
			t.Errorf("%s is not in %s", want, raw)
		}
	}
	for query, status := range map[string]int{"a": 400, "": 400, " b ": 400, strings.Repeat("x", 201): 400} {
		if answer := r.Do("GET", "/api/portal/search?q="+url.QueryEscape(query), r.AnaToken, nil); answer.Status != status {
			t.Errorf("%q: %d", query, answer.Status)
		}
	}
	for token, status := range map[string]int{"": 401} {
		if answer := r.Do("GET", "/api/portal/search?q=snare", token, nil); answer.Status != status {
			t.Errorf("a guest: %d", answer.Status)
		}
	}
}

// The index follows every way in which words can change or be deleted.
func TestTheIndexFollowsEveryChange(t *testing.T) {
	r := testkit.NewRoom(t)
	project := r.Project("Album")
	goal := r.With("goals", testkit.Fields{"title": "Goal", "project": project.Id})
	comment := r.With("comments", testkit.Fields{"goal": goal.Id, "body": "the first zither", "authorName": "Ana", "isJames": false})
	path := "/api/collections/comments/records/" + comment.Id
	ana := func(query string) int { found, _ := find(t, r.Studio, r.AnaToken, query, ""); return len(found) }
	ben := func(query string) int { found, _ := find(t, r.Studio, r.BenToken, query, ""); return len(found) }
	owner := func(query string) int { found, _ := find(t, r.Studio, r.Owner, query, ""); return len(found) }
	check := func(step string, got, want int) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %d", step, got)
		}
	}
	check("made", ana("zither"), 1)
	r.Do("PATCH", path, r.Owner, map[string]any{"body": "the second theremin"})
	check("the old words", ana("zither"), 0)
	check("the new words", ana("theremin"), 1)
	r.Do("PATCH", "/api/collections/projects/records/"+project.Id, r.Owner, map[string]any{"client": r.Ben.Id})
	check("moved away", ana("theremin"), 0)
	check("moved there", ben("theremin"), 1)
	r.Do("PATCH", "/api/collections/projects/records/"+project.Id, r.Owner, map[string]any{"client": r.Ana.Id})
	check("moved back", ana("theremin"), 1)
	r.Exec("UPDATE comments SET body = '', deletedBody = body, deletedAt = '2026-01-01 00:00:00.000Z'", nil)
	check("deleted words, of the client", ana("theremin"), 0)
	check("deleted words, of the owner", owner("theremin"), 0)
	r.Do("PATCH", "/api/collections/goals/records/"+goal.Id, r.Owner, map[string]any{"description": "a glockenspiel"})
	check("a description", ana("glockenspiel"), 1)
	r.Do("DELETE", "/api/collections/projects/records/"+project.Id, r.Owner, nil)
	check("the tree is gone", owner("glockenspiel"), 0)
	var left int
	if err := r.App.DB().NewQuery("SELECT count(*) FROM " + pb_migrations.SearchTable).Row(&left); err != nil || left != 0 {
		t.Errorf("%d rows of the index are left, %v", left, err)
	}
	if err := pb_migrations.RebuildSearch(r.App.NonconcurrentDB()); err != nil {
		t.Error(err)
	}
}

// BenchmarkSearch searches the words of one client among 100,000 comments of a thousand clients.
func BenchmarkSearch(b *testing.B) {
	s := testkit.Connect(b, testkit.Dir(b), nil, database.Connect)
	ana, _ := s.Client("Ana")
	exec := func(statement string) {
		if _, err := s.App.DB().NewQuery(statement).Bind(dbx.Params{"ana": ana.Id}).Execute(); err != nil {
			b.Fatal(err)
		}
	}
	const numbers = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
	client := "CASE WHEN i % 1000 = 7 THEN {:ana} ELSE printf('c%014d', i % 1000) END"
	exec("INSERT INTO projects (id, client, title, serviceType) " + fmt.Sprintf(numbers, 999) + "SELECT printf('p%014d', i), " + client + ", 'Album', 'AUDIO' FROM n")
	exec("INSERT INTO goals (id, project, client, title) " + fmt.Sprintf(numbers, 999) + "SELECT printf('g%014d', i), printf('p%014d', i), " + client + ", 'Goal' FROM n")
	exec("INSERT INTO comments (id, goal, client, body) " + fmt.Sprintf(numbers, 99_999) + "SELECT printf('m%014d', i), printf('g%014d', i % 1000), " + client +
		", 'the snare of take ' || i || ' is a little late in the chorus, and the brass comes too early' FROM n")
	for _, query := range []string{"snare", "sna", "snare chorus", `"little late"`, "zither"} {
		b.Run(strings.ReplaceAll(query, " ", "_"), func(b *testing.B) {
			for b.Loop() {
				if _, err := search.Find(b.Context(), s.App, query, ana.Id); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(time.Millisecond), "ms/op")
		})
	}
}
