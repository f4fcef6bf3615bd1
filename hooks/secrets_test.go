package hooks_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"greenroom/hooks/testkit"
)

// nosyQueries are queries of lists that try to read other people's records or hidden fields.
var nosyQueries = []string{
	"filter=client.name~'ana-secret'", "filter=client.email~'ana'", "filter=client.stripeCustomerId!=''", "filter=client.tokenKey!=''",
	"filter=client.password!=''", "filter=deletedBody!=''", "filter=stripeCustomerId!=''", "filter=tokenKey!=''",
	"filter=project.Client.name~'ana-secret'", "filter=project.title~'ana-secret'", "filter=session.notes~'ana-secret'",
	"filter=milestone.project.Client.email~'ana'", "filter=@collection.clients.name~'ana-secret'", "filter=@collection.comments.body~'ana-secret'",
	"filter=@request.auth.id!=''", "filter=id!=''||client!=''", "filter=1=1", "filter=client!='x'", "filter=title~'ana-secret'||body~'ana-secret'",
	"filter=client.projects_via_client.title~'ana-secret'", "filter=project.comments_via_session.body~'ana-secret'",
	"filter=comments_via_milestone.body~'ana-secret'", "filter=attachments_via_session.filename~'ana-secret'",
	"sort=client.name", "sort=client.stripeCustomerId", "sort=deletedBody", "sort=@random", "sort=-project.Client.email", "sort=tokenKey",
	"expand=client", "expand=project,project.Client", "expand=session.project.Client,milestone.project,goal", "expand=attachment.session",
	"expand=client.projects_via_client.comments_via_session", "expand=comments_via_milestone,comments_via_session,comments_via_goal",
	"expand=projects_via_client,bookings_via_client", "expand=milestones_via_project.comments_via_milestone", "fields=*,expand.*,deletedBody,tokenKey",
	"fields=*,stripeCustomerId,password", "expand=client&fields=expand.Client.stripeCustomerId,expand.Client.tokenKey,expand.Client.*",
}

func TestNoQueryShowsAnotherClientOrAHiddenField(t *testing.T) {
	e := newEstate(t, testkit.New(t, nil))
	deleted := e.Make("comments", map[string]any{"milestone": e.ben.Records["milestones"].Id, "body": "ben-taken-back", "authorName": "ben-secret name"})
	if answer := e.Do("DELETE", testkit.RecordPath(deleted), e.ben.Token, nil); answer.Status != 204 {
		t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	var asking sync.WaitGroup // PocketBase delays requests that find nothing, so all are made at the same time
	for _, collection := range collections() {
		for who, token := range e.strangers() {
			asking.Go(func() {
				for _, query := range nosyQueries {
					answer := e.Do("GET", "/api/collections/"+collection+"/records?"+encode(query), token, nil)
					for _, secret := range []string{"ana-secret", "cy-secret", "ben-secret-cus", "ben-taken-back", e.ben.Client.TokenKey()} {
						if testkit.Leaks(answer, secret) {
							t.Errorf("%s?%s by %s shows %s: %s", collection, query, who, secret, answer.Raw)
						}
					}
					if answer.Status >= 500 {
						t.Errorf("%s?%s by %s: %d %s", collection, query, who, answer.Status, answer.Raw)
					}
				}
			})
		}
	}
	asking.Wait()
}

// TestFiltersAreNoOracle filters lists by fields that nobody may read, because the number of results would tell their
// value.
func TestFiltersAreNoOracle(t *testing.T) {
	e := newEstate(t, testkit.New(t, nil))
	count := func(collection, filter string) (status int, total float64) {
		answer := e.Do("GET", "/api/collections/"+collection+"/records?filter="+url.QueryEscape(filter), e.ben.Token, nil)
		total, _ = answer.JSON()["totalItems"].(float64)
		return answer.Status, total
	}
	for _, hidden := range []struct{ collection, field string }{
		{"clients", "stripeCustomerId"}, {"clients", "tokenKey"}, {"clients", "password"}, {"comments", "deletedBody"},
		{"projects", "client.stripeCustomerId"}, {"comments", "session.project.Client.tokenKey"},
	} {
		status, yes := count(hidden.collection, hidden.field+" != ''")
		if status != http.StatusBadRequest && yes != 0 {
			t.Errorf("%s.%s can be asked for: %d, %v records", hidden.collection, hidden.field, status, yes)
		}
	}
	if _, n := count("comments", "client = '"+e.ana.Client.Id+"'"); n != 0 {
		t.Errorf("a filter on Ana's id finds %v comments", n)
	}
}

func encode(query string) string {
	var out []string
	for _, part := range strings.Split(query, "&") {
		name, value, _ := strings.Cut(part, "=")
		out = append(out, name+"="+url.QueryEscape(value))
	}
	return strings.Join(out, "&")
}

func TestFileNeedsAToken(t *testing.T) {
	e := newEstate(t, testkit.New(t, nil))
	record := e.ana.James["attachments"]
	path := "/api/files/attachments/" + record.Id + "/" + record.GetString("file")
	fileToken := func(token string) string {
		answer := e.Do("POST", "/api/files/token", token, nil)
		out, _ := answer.JSON()["token"].(string)
		return out
	}
	for who, tc := range map[string]struct {
		token string
		want  int
	}{
		"without": {"", 404}, "nonsense": {"x.y.z", 404}, "the sign-in token": {e.ana.Token, 404},
		"the client's":  {fileToken(e.ana.Token), 200},
		"the owner's":   {fileToken(e.Owner), 200},
		"another's":     {fileToken(e.ben.Token), 404},
		"an archived's": {fileToken(e.cy.Token), 404},
	} {
		answer := e.Do("GET", path+"?token="+tc.token, "", nil)
		if answer.Status != tc.want || (tc.want == 200) != testkit.Leaks(answer, "ana-secret") {
			t.Errorf("%s: %d %s, want %d", who, answer.Status, answer.Raw, tc.want)
		}
	}
	if answer := e.Do("POST", "/api/files/token", e.cy.Token, nil); answer.Status != 401 {
		t.Errorf("an archived client gets a file token: %d", answer.Status)
	}
}

func TestBatchKeepsTheRules(t *testing.T) {
	e := newEstate(t, testkit.New(t, nil))
	mine, hers := e.ben.Records["milestones"].Id, e.ana.Records["milestones"].Id
	comment := func(milestone, body string) map[string]any {
		return map[string]any{"method": "POST", "url": "/api/collections/comments/records", "body": map[string]any{"milestone": milestone, "body": body}}
	}
	edit := func(path string, body map[string]any) map[string]any {
		return map[string]any{"method": "PATCH", "url": path, "body": body}
	}
	upsert := map[string]any{"method": "PUT", "url": "/api/collections/goals/records", "body": map[string]any{"id": e.ana.Records["goals"].Id, "title": "x"}}
	for name, tc := range map[string]struct {
		requests []any
		want     int
		added    int64
	}{
		"two of one's own":         {[]any{comment(mine, "one"), comment(mine, "two")}, 200, 2},
		"one on somebody else's":   {[]any{comment(mine, "one"), comment(hers, "two")}, 400, 0},
		"an edit of another's":     {[]any{comment(mine, "one"), edit(testkit.RecordPath(e.ana.Records["comments"]), map[string]any{"body": "x"})}, 400, 0},
		"a field that is not ours": {[]any{comment(mine, "one"), edit(testkit.RecordPath(e.ben.Records["goals"]), map[string]any{"title": "x"})}, 400, 0},
		"an early approval twice": {[]any{edit(testkit.RecordPath(e.ben.Records["deliverables"]), map[string]any{"status": "APPROVED"}),
			edit(testkit.RecordPath(e.ben.Records["deliverables"]), map[string]any{"status": "PENDING"})}, 400, 0},
		"an upsert of another's": {[]any{comment(mine, "one"), upsert}, 400, 0},
		"a delete of another's":  {[]any{comment(mine, "one"), map[string]any{"method": "DELETE", "url": testkit.RecordPath(e.ana.Records["comments"])}}, 400, 0},
		"a comment written by no one": {[]any{map[string]any{"method": "POST", "url": "/api/collections/comments/records",
			"body": map[string]any{"milestone": mine, "body": "x", "isJames": true}}}, 400, 0},
	} {
		t.Run(name, func(t *testing.T) {
			before, deliverable := e.count(t, "comments"), testkit.Row(t, e.Studio, e.ben.Records["deliverables"])
			answer := e.Do("POST", "/api/batch", e.ben.Token, map[string]any{"requests": tc.requests})
			if answer.Status != tc.want || e.count(t, "comments")-before != tc.added {
				t.Errorf("%d %s; %d new comments, want %d and %d", answer.Status, answer.Raw, e.count(t, "comments")-before, tc.want, tc.added)
			}
			if testkit.Row(t, e.Studio, e.ben.Records["deliverables"])["status"] != deliverable["status"] {
				t.Error("half of a batch was done")
			}
		})
	}
	own := e.Do("POST", "/api/batch", e.ben.Token, map[string]any{"requests": []any{map[string]any{"method": "DELETE", "url": testkit.RecordPath(e.ben.Records["comments"])}}})
	if kept := e.Reload(e.ben.Records["comments"]); own.Status != 200 || kept.GetString("deletedAt") == "" || !strings.Contains(kept.GetString("deletedBody"), "ben-secret") {
		t.Errorf("delete of one's own in a batch: %d %s, %v", own.Status, own.Raw, kept)
	}
}
