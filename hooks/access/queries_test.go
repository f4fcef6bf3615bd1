package access_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/dbx"

	"greenroom/hooks/database"
	"greenroom/hooks/testkit"
)

func TestAClientsQueryIsPlain(t *testing.T) {
	s := testkit.New(t, nil)
	ana, token := s.Client("Ana")
	project := s.Make("projects", map[string]any{"client": ana.Id, "title": "Album", "serviceType": "AUDIO"})
	goal := s.Make("goals", map[string]any{"project": project.Id, "title": "Goal"})
	s.Make("comments", map[string]any{"goal": goal.Id, "body": "words"})
	for query, want := range map[string]int{
		"filter=comments_via_goal.body~'x'":                         400,
		"filter=title='a'%26%26comments_via_goal.body?~'x'":         400,
		"filter=@collection.projects.title='x'":                     400,
		"filter=@COLLECTION.projects.title='x'":                     400,
		"filter=title='it\\'s'||comments_via_goal.id!=''":           400,
		"filter=title!=''//'%0A%26%26comments_via_goal.id!=''//'":   400,
		"filter=title='%26%26comments_via_goal.id!=''":              400,
		"sort=comments_via_goal.created":                            400,
		"sort=-created,@collection.projects.title":                  400,
		"sort=title&sort=comments_via_goal.created":                 400,
		"expand=project.goals_via_project":                          400,
		"expand=project.goals_v ia_project":                         400,
		"filter=title~'_via_'%26%26title!=\"@collection\"":          200,
		"filter=project.title='Album'%26%26project.client.name!=''": 200,
		"sort=-project.created,title":                               200,
		"expand=comments_via_goal":                                  200,
		"expand=comments_via_goal.goal,project.client":              200,
	} {
		address := "/api/collections/goals/records?" + strings.ReplaceAll(query, " ", "%20")
		answer := s.Do("GET", address, token, nil)
		refused := strings.Contains(answer.Message(), "Ask for the other collection by itself")
		if answer.Status != want || want == 400 && !refused && !strings.HasPrefix(query, "filter=title='%26") {
			t.Errorf("%s: %d %s", query, answer.Status, answer.Raw)
		}
		if want == 200 && answer.JSON()["totalItems"] != 1.0 && !strings.Contains(query, "_via_'") {
			t.Errorf("%s: %s", query, answer.Raw)
		}
	}
	if answer := s.Do("GET", "/api/collections/goals/records?filter="+url.QueryEscape("comments_via_goal.body ?~ 'words'"), s.Owner, nil); answer.Status != 200 || answer.JSON()["totalItems"] != 1.0 {
		t.Errorf("the owner's filter: %d %s", answer.Status, answer.Raw)
	}
}

// Every kind of answer with records refuses an expand that would read more than a page can hold: the comments of a
// goal, the goal of each, and its comments again.
func TestAnExpandIsPlainEverywhere(t *testing.T) {
	s := testkit.New(t, nil)
	ana, token := s.Client("Ana")
	project := s.Make("projects", map[string]any{"client": ana.Id, "title": "Album", "serviceType": "AUDIO"})
	goal := s.Make("goals", map[string]any{"project": project.Id, "title": "Goal"})
	comment := s.Make("comments", map[string]any{"goal": goal.Id, "body": "words", "authorName": "Ana"})
	const upAndDown = "expand=goal.comments_via_goal"
	words := map[string]any{"goal": goal.Id, "body": "more"}
	one := func(method, url string, body any) any {
		return map[string]any{"requests": []any{map[string]any{"method": method, "url": url, "body": body}}}
	}
	const path = "/api/collections/comments/records"
	for name, ask := range map[string]struct {
		method, path string
		body         any
	}{
		"view":    {"GET", path + "/" + comment.Id + "?" + upAndDown, nil},
		"create":  {"POST", path + "?" + upAndDown, words},
		"update":  {"PATCH", path + "/" + comment.Id + "?" + upAndDown, words},
		"batch":   {"POST", "/api/batch", one("POST", path+"?"+upAndDown, words)},
		"refresh": {"POST", "/api/collections/clients/auth-refresh?expand=account.projects_via_client", nil},
	} {
		answer := s.Do(ask.method, ask.path, token, ask.body)
		if answer.Status != 400 || !strings.Contains(answer.Message(), "Ask for the other collection by itself") {
			t.Errorf("%s: %d %s", name, answer.Status, answer.Raw)
		}
	}
	if n, err := s.App.CountRecords("comments"); n != 1 || err != nil {
		t.Errorf("%d comments, %v", n, err)
	}
	if answer := s.Do("GET", path+"/"+comment.Id+"?"+upAndDown, s.Owner, nil); answer.Status != 200 {
		t.Errorf("the owner's: %d %s", answer.Status, answer.Raw)
	}
}

// A subscription refuses options that would be evaluated at great cost with each change.
func TestASubscriptionIsPlain(t *testing.T) {
	s := testkit.New(t, nil)
	_, token := s.Client("Ana")
	for _, tc := range []struct {
		query map[string]string
		want  int
	}{
		{map[string]string{"filter": "goal.comments_via_goal.body ?~ 'x'"}, 400},
		{map[string]string{"expand": "goal.comments_via_goal"}, 400},
		{map[string]string{"filter": "goal.project.title = 'x'", "expand": "goal.project"}, 204},
	} {
		topic := testkit.Topic("comments/*", tc.query)
		live := testkit.Dial(t, s.URL)
		if answer := live.Subscribe(token, topic); answer.Status != tc.want {
			t.Errorf("%v: %d %s", tc.query, answer.Status, answer.Raw)
		}
		if answer := testkit.Dial(t, s.URL).Subscribe(s.Owner, topic); answer.Status != 204 {
			t.Errorf("the owner's %v: %d %s", tc.query, answer.Status, answer.Raw)
		}
	}
}

// slowStudio returns a studio, a client's token, and the address of a list of theirs that takes many seconds although
// its first row is found at once.
func slowStudio(t *testing.T) (s *testkit.Studio, token, slow string) {
	t.Helper()
	s = testkit.Connect(t, testkit.Dir(t), nil, database.Connect)
	ana, token := s.Client("Ana")
	project := s.Make("projects", map[string]any{"client": ana.Id, "title": "Album", "serviceType": "AUDIO"})
	goal := s.Make("goals", map[string]any{"project": project.Id, "title": "Goal"})
	_, err := s.App.NonconcurrentDB().NewQuery(`INSERT INTO comments (id, goal, client, body, authorName, created, updated)
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
		SELECT printf('c%014d', i), {:goal}, {:client}, CASE i WHEN 1 THEN 'first' ELSE '' END || replace(hex(zeroblob(1500)), '0', 'a'), 'Ana', '2026-01-01 10:00:00.000Z', '2026-01-01 10:00:00.000Z' FROM n`).
		Bind(dbx.Params{"goal": goal.Id, "client": ana.Id}).Execute()
	if err != nil {
		t.Fatal(err)
	}
	filter := "body~'first'"
	for i := range 150 {
		filter += fmt.Sprintf("||body~'aaaaaaaab%d'", i)
	}
	return s, token, "/api/collections/comments/records?filter=" + url.QueryEscape(filter)
}

// Two slow lists end in time, one of them after its first row was read. Meanwhile a third list waits, and other
// visitors' pages are answered.
func TestAClientsQueryEnds(t *testing.T) {
	s, ana, slow := slowStudio(t)
	_, ben := s.Client("Ben")
	type result struct {
		answer testkit.Answer
		took   time.Duration
	}
	results := make(chan result, 3)
	for _, address := range []string{slow, slow + "&skipTotal=1", slow} {
		go func() {
			began := time.Now()
			results <- result{s.Do("GET", address, ana, nil), time.Since(began)}
		}()
	}
	pages := 0
	for ended := 0; ended < 3; {
		select {
		case r := <-results:
			ended++
			if r.answer.Status != http.StatusServiceUnavailable || r.answer.Message() == "" || r.took > 8*time.Second {
				t.Errorf("after %v: %d %s", r.took, r.answer.Status, r.answer.Raw[:min(len(r.answer.Raw), 200)])
			}
		default:
			for _, path := range []string{"/api/portal/overview", "/api/collections/projects/records"} {
				if answer := s.Do("GET", path, ben, nil); answer.Status != http.StatusOK {
					t.Errorf("%s of somebody else: %d %s", path, answer.Status, answer.Raw)
				}
			}
			pages++
		}
	}
	if pages < 3 {
		t.Errorf("%d pages came while the lists were read", pages)
	}
	if answer := s.Do("GET", "/api/collections/comments/records?perPage=1", ana, nil); answer.Status != http.StatusOK {
		t.Errorf("afterwards a list gets %d %s", answer.Status, answer.Raw)
	}
}
