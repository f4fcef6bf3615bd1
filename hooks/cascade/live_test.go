package cascade_test

import (
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/testkit"
)

// audience is a server with the people who listen to it.
type audience struct {
	t        *testing.T
	url      string
	people   map[string]person
	ana, ben *core.Record
}

type person struct{ token, self string } // self is a topic on which they are told of changes to themselves

func newAudience(t *testing.T, s *testkit.Studio) *audience {
	t.Helper()
	ana, anaToken := s.Client("Ana")
	ben, benToken := s.Client("Ben")
	return &audience{t: t, url: s.URL, ana: ana, ben: ben, people: map[string]person{
		"ana": {anaToken, "clients/" + ana.Id}, "ben": {benToken, "clients/" + ben.Id}, "owner": {s.Owner, "clients/*"},
	}}
}

// on returns the same audience for another server with the same data.
func (a audience) on(t *testing.T, url string) *audience {
	a.t, a.url = t, url
	return &a
}

func (a *audience) do(method, path, who string, body any) testkit.Answer {
	a.t.Helper()
	return testkit.Request(a.t, a.url, method, path, a.people[who].token, body)
}

// listen subscribes everybody to the topics.
func (a *audience) listen(topics ...string) map[string]*testkit.Live {
	a.t.Helper()
	lines := map[string]*testkit.Live{}
	for who, p := range a.people {
		lines[who] = testkit.Listen(a.t, a.url, p.token, append(topics, p.self)...)
		a.t.Cleanup(lines[who].Close)
	}
	return lines
}

// nothingMore checks that nobody is told anything before a change to Ana and Ben.
func (a *audience) nothingMore(lines map[string]*testkit.Live) {
	a.t.Helper()
	for _, client := range []*core.Record{a.ana, a.ben} {
		if answer := a.do("PATCH", "/api/collections/clients/records/"+client.Id, "owner", map[string]any{"company": "Company"}); answer.Status != 200 {
			a.t.Fatalf("%d %s", answer.Status, answer.Raw)
		}
	}
	for who, line := range lines {
		more := line.Before(func(m testkit.LiveMessage) bool { return m.Collection == "clients" })
		if len(more) > 0 {
			a.t.Errorf("%s hears %v", who, more)
		}
	}
}

// thread is a project with comments by their words.
type thread struct {
	project  *core.Record
	comments map[string]*core.Record
}

func newThread(s *testkit.Studio, client *core.Record) thread {
	project := s.Make("projects", map[string]any{"client": client.Id, "title": "First", "serviceType": "AUDIO"})
	milestone := s.Make("milestones", map[string]any{"project": project.Id, "title": "Milestone"})
	goal := s.Make("goals", map[string]any{"project": project.Id, "title": "Goal"})
	return thread{project, map[string]*core.Record{
		"one":   s.Make("comments", map[string]any{"milestone": milestone.Id, "body": "one"}),
		"two":   s.Make("comments", map[string]any{"milestone": milestone.Id, "body": "two"}),
		"three": s.Make("comments", map[string]any{"goal": goal.Id, "body": "three"}),
	}}
}

// TestDeletesInPocketBasesTopics deletes a project while its client, another client and the owner listen to its
// comments in PocketBase's own topics. PocketBase without Greenroom gets the same, which proves the table of
// expectations.
func TestDeletesInPocketBasesTopics(t *testing.T) {
	filtered := func(filter string) func(thread) string {
		return func(th thread) string {
			return testkit.Topic("comments/*", map[string]string{"filter": strings.ReplaceAll(filter, "PROJECT", th.project.Id)})
		}
	}
	const ownFilter = "not asked"
	cases := []struct {
		name       string
		topic      func(th thread) string
		ana, owner string // the words of the comments that each is told of; Ben is told of none
	}{
		{"all", func(th thread) string { return "comments/*" }, "one three two", "one three two"},
		{"all, by the collection's id", func(th thread) string { return th.comments["one"].Collection().Id + "/*" }, "one three two", "one three two"},
		{"all, in the old way", func(th thread) string { return "comments" }, "one three two", "one three two"},
		{"one", func(th thread) string { return "comments/" + th.comments["two"].Id }, "two", "two"},
		{"one that stays", func(th thread) string { return "comments/" + th.project.Id }, "", ""},
		{"filtered by a field", filtered("body = 'two'"), "two", "two"},
		{"filtered by two fields", filtered("isJames = true && body ~ 't'"), "three two", "three two"},
		{"filtered by nonsense", filtered("body = "), "", ""},
		{"some fields", func(th thread) string { return testkit.Topic("comments/*", map[string]string{"fields": "id,body"}) }, "one three two", "one three two"},
		// PocketBase also restricts the owner's own filter to what a client may see, which Greenroom does not copy.
		{"filtered by what goes as well", filtered("milestone.project = 'PROJECT'"), "one two", ownFilter},
		{"filtered by what goes as well, two steps away", filtered("goal.project.title = 'First'"), "three", ownFilter},
		{"filtered by a hidden field", filtered("deletedBody = ''"), "", ownFilter},
		{"filtered by how one asks", filtered("@request.method = 'GET'"), "", ownFilter},
		{"filtered by who asks", filtered("@request.auth.name = 'Ana'"), "", ownFilter},
	}

	s := testkit.New(t, nil)
	ours := newAudience(t, s)
	newThread(s, ours.ben)
	var threads []thread
	for range cases {
		threads = append(threads, newThread(s, ours.ana))
	}
	pocketBases := ours.on(t, serve(t, twin(t, s)))

	for name, server := range map[string]*audience{"here": ours, "PocketBase": pocketBases} {
		for i, c := range cases {
			t.Run(name+"/"+c.name, func(t *testing.T) {
				a := server.on(t, server.url)
				th := threads[i]
				words := map[string]string{}
				for text, comment := range th.comments {
					words[comment.Id] = text
				}
				topic := c.topic(th)
				lines := a.listen(topic)
				before := map[string]map[string]any{} // as the owner and Ana see them
				for id := range words {
					for _, who := range []string{"ana", "owner"} {
						before[who+id] = a.do("GET", "/api/collections/comments/records/"+id, who, nil).JSON()
					}
				}
				if answer := a.do("DELETE", "/api/collections/projects/records/"+th.project.Id, "owner", nil); answer.Status != 204 {
					t.Fatalf("%d %s", answer.Status, answer.Raw)
				}
				for who, want := range map[string]string{"ana": c.ana, "owner": c.owner} {
					if want == ownFilter {
						continue
					}
					var heard []string
					for _, m := range lines[who].Take(len(strings.Fields(want))) {
						heard = append(heard, words[m.Id()])
						if m.Action != "delete" || m.Topic != topic {
							t.Errorf("%s hears %v on %s", who, m, m.Topic)
						}
						if strings.Contains(topic, "fields") {
							if fields := slices.Sorted(maps.Keys(m.Record)); !slices.Equal(fields, []string{"body", "id"}) {
								t.Errorf("%s hears fields nobody asked for: %v", who, fields)
							}
						} else if !reflect.DeepEqual(m.Record, before[who+m.Id()]) {
							t.Errorf("%s hears %v, and read %v before", who, m.Record, before[who+m.Id()])
						}
					}
					slices.Sort(heard)
					if got := strings.Join(heard, " "); got != want {
						t.Errorf("%s hears of %q, not of %q", who, got, want)
					}
				}
				if c.owner == ownFilter {
					delete(lines, "owner")
				}
				a.nothingMore(lines)
			})
		}
	}
}

// TestNoFilterStandsInTheWay deletes a project while everybody listens with every kind of filter that they may use.
// None of them may make the owner's delete fail.
func TestNoFilterStandsInTheWay(t *testing.T) {
	s := testkit.New(t, nil)
	a := newAudience(t, s)
	var topics, plain []string
	for _, filter := range []string{
		"@request.auth.name = 'Ana'", "@request.auth.projects_via_client.title ?= 'First'", "@request.query.filter != ''", "@request.body.x = 1",
		"@collection.clients.name ?= 'Ben'", "@collection.comments:other.body ?= body", "@now > created", "@random = 1", "@nothing = 1",
		"client.name = 'Ana'", "client.archivedAt = ''", "client.tokenKey = 'x'", "client.client.client = 'x'", "deletedBody = ''", "nothing = 1",
		"milestone.project.client.name = 'Ana'", "milestone.comments_via_milestone.body ?= 'one'", "client.projects_via_client.milestones_via_project.title ?~ 'M'",
		"body:lower = 'one'", "body:each = 'one'", "body:length > 1", "body:isset = true", "body:excerpt = 'x'", "client:each ?= 'x'", "milestone.title:lower = 'x'",
		"geoDistance(created, 1, 2, 3) > 1", "geoDistance('a', 'b', 'c', 'd') > 1", "strftime('%Y', created) = '2026'", "strftime('%q', body, body) = 1",
		"body = null", "null = null", "true = 1", "1 = 1", "body ~ '%\\\\_'", "body ~ ''", "body > 99999999999999999999", "created > 'yesterday'", "'' = ''",
		"body = 'one", "((((body = 'one'", "body = \"one\" && (", "", " ", "&& ||", strings.Repeat("(", 150) + "1=1" + strings.Repeat(")", 150),
		strings.TrimSuffix(strings.Repeat("id!=1&&", 140), "&&"), "'; DELETE FROM comments; --' = body", "body ?= 'a' || body ?= 'b' && body ?!= 'c'",
	} {
		topic := testkit.Topic("comments/*", map[string]string{"filter": filter})
		topics = append(topics, topic)
		if !strings.Contains(filter, "_via_") && !strings.Contains(filter, "@collection") { // clients may not
			plain = append(plain, topic)
		}
	}
	for who := range a.people {
		may := plain
		if who == "owner" {
			may = topics
		}
		line := testkit.Listen(t, s.URL, a.people[who].token, may...)
		defer line.Close()
	}
	th := newThread(s, a.ana)
	if answer := a.do("DELETE", "/api/collections/projects/records/"+th.project.Id, "owner", nil); answer.Status != 204 {
		t.Errorf("%d %s", answer.Status, answer.Raw)
	}
}

// TestDeletesInThePortalTopic does the same for Greenroom's own topic: each deleted record once, all in one message
// burst.
func TestDeletesInThePortalTopic(t *testing.T) {
	s := testkit.New(t, nil)
	a := newAudience(t, s)
	newThread(s, a.ben)
	th := newThread(s, a.ana)
	words := th.comments["one"]
	if answer := a.do("DELETE", "/api/collections/comments/records/"+newWords(a, th).Id, "ana", nil); answer.Status != 204 {
		t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	gone := under(t, s.App, th.project)
	lines := a.listen("portal")

	if answer := a.do("DELETE", "/api/collections/projects/records/"+th.project.Id, "owner", nil); answer.Status != 204 {
		t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	for who, takenBack := range map[string]string{"ana": "", "owner": "taken back"} {
		heard := map[string]bool{}
		for _, m := range lines[who].Take(len(gone)) {
			key := m.Collection + "/" + m.Id()
			if heard[key] || gone[key] == "" || m.Action != "delete" {
				t.Errorf("%s hears %v", who, m)
			}
			heard[key] = true
			if m.Text("client") != a.ana.Id {
				t.Errorf("%s hears of less than the record: %s", who, m.Raw)
			}
			if m.Collection == "comments" && m.Id() == words.Id && m.Text("body") != "one" {
				t.Errorf("%s hears of less than the comment: %s", who, m.Raw)
			}
			if m.Text("deletedAt") != "" && m.Text("body") != takenBack {
				t.Errorf("%s hears a deleted comment's words as %q", who, m.Text("body"))
			}
			if _, shown := m.Record["deletedBody"]; shown && who != "owner" {
				t.Errorf("%s hears a hidden field: %s", who, m.Raw)
			}
		}
	}
	a.nothingMore(lines)
}

// newWords makes a comment of Ana's.
func newWords(a *audience, th thread) *core.Record {
	a.t.Helper()
	answer := a.do("POST", "/api/collections/comments/records", "ana", map[string]any{"goal": th.comments["three"].GetString("goal"), "body": "taken back"})
	if answer.Status != 200 {
		a.t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	comment := core.NewRecord(th.comments["three"].Collection())
	comment.Id = answer.JSON()["id"].(string)
	return comment
}

// TestDeletesAmongOtherWork deletes in a batch request and in a program's transaction. A failed one deletes nothing and
// tells nobody; a successful one is announced.
func TestDeletesAmongOtherWork(t *testing.T) {
	batch := func(a *audience, requests ...map[string]any) int {
		return a.do("POST", "/api/batch", "owner", map[string]any{"requests": requests}).Status
	}
	remove := func(id string) map[string]any {
		return map[string]any{"method": "DELETE", "url": "/api/collections/projects/records/" + id}
	}
	rename := func(id, title string) map[string]any {
		return map[string]any{"method": "PATCH", "url": "/api/collections/projects/records/" + id, "body": map[string]any{"title": title}}
	}
	cases := []struct {
		name  string
		do    func(s *testkit.Studio, a *audience, gone, stays thread) (worked bool)
		works bool
	}{
		{"a batch whose last part fails", func(s *testkit.Studio, a *audience, gone, stays thread) bool {
			return batch(a, remove(gone.project.Id), rename(stays.project.Id, "")) == 200
		}, false},
		{"a batch whose first part fails", func(s *testkit.Studio, a *audience, gone, stays thread) bool {
			return batch(a, rename(stays.project.Id, ""), remove(gone.project.Id)) == 200
		}, false},
		{"a transaction that fails", func(s *testkit.Studio, a *audience, gone, stays thread) bool {
			return s.App.RunInTransaction(func(tx core.App) error {
				return errors.Join(tx.Delete(gone.project), errors.New("no"))
			}) == nil
		}, false},
		{"a batch that works", func(s *testkit.Studio, a *audience, gone, stays thread) bool {
			return batch(a, remove(gone.project.Id), rename(stays.comments["one"].Id, "x")) == 200 ||
				batch(a, remove(gone.project.Id)) == 200
		}, true},
		{"a transaction that works", func(s *testkit.Studio, a *audience, gone, stays thread) bool {
			return s.App.RunInTransaction(func(tx core.App) error { return tx.Delete(gone.project) }) == nil
		}, true},
	}
	s := testkit.New(t, nil)
	all := newAudience(t, s)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			a := all.on(t, all.url)
			gone, stays := newThread(s, a.ana), newThread(s, a.ana)
			went := under(t, s.App, gone.project)
			before := rows(t, s.App, nil)
			lines := a.listen("portal", "comments/*")
			if worked := c.do(s, a, gone, stays); worked != c.works {
				t.Fatalf("it worked: %v", worked)
			}
			if c.works {
				for _, who := range []string{"ana", "owner"} {
					heard := map[string]int{}
					for _, m := range lines[who].Take(len(went) + 3) {
						heard[m.Topic]++
					}
					if heard["portal"] != len(went) || heard["comments/*"] != 3 {
						t.Errorf("%s hears %v", who, heard)
					}
				}
				if left := under(t, s.App, stays.project); len(left) != len(went) {
					t.Errorf("%d records are left of the other project", len(left))
				}
			} else {
				sameLines(t, "rows", rows(t, s.App, nil), before)
			}
			a.nothingMore(lines)
		})
	}
}

// TestDeletedClientIsHungUpOn deletes a client who listens: the owner is told of everything, and the client's
// connection is closed.
func TestDeletedClientIsHungUpOn(t *testing.T) {
	s := testkit.New(t, nil)
	a := newAudience(t, s)
	th := newThread(s, a.ana)
	went := under(t, s.App, a.ana)
	lines := a.listen("portal")
	if answer := a.do("DELETE", "/api/collections/clients/records/"+a.ana.Id, "owner", nil); answer.Status != 204 {
		t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	lines["ana"].Ended()
	heard := map[string]bool{}
	for _, m := range lines["owner"].Take(len(went) + 1) { // the client twice, in both topics
		heard[m.Collection+"/"+m.Id()] = true
	}
	if len(heard) != len(went) || !heard["projects/"+th.project.Id] {
		t.Errorf("the owner hears of %v", heard)
	}
}

// serve returns the address of a server for an app without Greenroom's hooks.
func serve(t *testing.T, app core.App) (url string) {
	t.Helper()
	router, err := apis.NewRouter(app)
	if err != nil {
		t.Fatal(err)
	}
	mux, err := router.BuildMux()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.Handler(mux))
	t.Cleanup(server.Close)
	return server.URL
}
