package studio_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"

	"greenroom/hooks/studio"
	"greenroom/hooks/testkit"
)

type fields = map[string]any

// room is a studio with Ana, who has two projects, and Ben, who is archived and has one.
type room struct {
	*testkit.Studio
	ana, ben, album, site *core.Record
	anaToken              string
}

func newRoom(t *testing.T) room {
	s := testkit.New(t, nil)
	ana, token := s.Client("ana")
	ben := s.Make("clients", fields{"name": " ", "email": "ben@example.com", "archivedAt": types.NowDateTime()})
	album := s.Make("projects", fields{"client": ana.Id, "title": "Album", "serviceType": "AUDIO", "dueDate": "2026-12-24"})
	s.Make("projects", fields{"client": ana.Id, "title": "Old audit", "serviceType": "ACCESSIBILITY", "status": "COMPLETED"})
	site := s.Make("projects", fields{"client": ben.Id, "title": "Site", "serviceType": "SOFTWARE"})
	return room{s, ana, ben, album, site, token}
}

func items(t *testing.T, answer testkit.Answer) (out []fields) {
	t.Helper()
	list, _ := answer.JSON()["items"].([]any)
	for _, item := range list {
		out = append(out, item.(fields))
	}
	if answer.Status != 200 || len(out) == 0 {
		t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	return out
}

func TestEveryRouteIsTheOwners(t *testing.T) {
	r := newRoom(t)
	for _, route := range []string{"GET /facts", "GET /templates", "GET /projects", "POST /projects", "GET /projects/" + r.album.Id,
		"POST /projects/" + r.album.Id + "/order", "GET /clients", "GET /clients/" + r.ana.Id, "POST /clients/" + r.ana.Id + "/invite", "POST /comments/remove"} {
		var method, path string
		fmt.Sscan(route, &method, &path)
		for who, want := range map[string]int{"": 401, r.anaToken: 403} {
			if answer := r.Do(method, "/api/studio"+path, who, nil); answer.Status != want {
				t.Errorf("%s: %d %s, want %d", route, answer.Status, answer.Raw, want)
			}
		}
	}
}

func TestLists(t *testing.T) {
	r := newRoom(t)
	for i, status := range []string{"DONE", "ACTIVE", "TODO"} {
		r.Make("milestones", fields{"project": r.album.Id, "title": status, "status": status, "sortOrder": i})
	}
	session := r.Make("sessions", fields{"project": r.album.Id, "title": "Tracking"})
	say := func(token string) {
		if answer := r.Do("POST", "/api/collections/comments/records", token, fields{"session": session.Id, "body": "A word."}); answer.Status != 200 {
			t.Fatalf("%d %s", answer.Status, answer.Raw)
		}
	}
	unanswered := func() any { return items(t, r.Do("GET", "/api/studio/projects", r.Owner, nil))[0]["unanswered"] }
	say(r.anaToken)
	say(r.anaToken)
	open := items(t, r.Do("GET", "/api/studio/projects", r.Owner, nil))
	album := open[0]
	if len(open) != 1 || album["title"] != "Album" || album["clientName"] != "ana" || album["dueDate"] != "2026-12-24T00:00:00.000Z" ||
		album["milestonesDone"] != 1.0 || album["milestonesTotal"] != 3.0 || album["unanswered"] != 1.0 {
		t.Errorf("open projects: %v", open)
	}
	if say(r.Owner); unanswered() != 0.0 {
		t.Errorf("after the answer %v are unanswered", unanswered())
	}
	if all := items(t, r.Do("GET", "/api/studio/projects?all=1", r.Owner, nil)); len(all) != 3 {
		t.Errorf("all projects: %v", all)
	}

	clients := items(t, r.Do("GET", "/api/studio/clients", r.Owner, nil))
	if len(clients) != 2 || clients[0]["email"] != "ana@example.com" || clients[0]["activeProjects"] != 1.0 || clients[0]["joined"] != false || clients[1]["archivedAt"] == "" {
		t.Errorf("clients: %v", clients)
	}
}

// TestListsComeInPages reads both lists one row at a time.
func TestListsComeInPages(t *testing.T) {
	r := newRoom(t)
	for path, many := range map[string]int{"/api/studio/projects?all=1": 3, "/api/studio/clients?": 2} {
		all := items(t, r.Do("GET", path, r.Owner, nil))
		if answer := r.Do("GET", path, r.Owner, nil).JSON(); len(all) != many || answer["more"] != false {
			t.Fatalf("%s: %v", path, answer)
		}
		for i := range many {
			page := fmt.Sprintf("%s&perPage=1&page=%d", path, i+1)
			answer := r.Do("GET", page, r.Owner, nil)
			if got := items(t, answer); len(got) != 1 || got[0]["id"] != all[i]["id"] || answer.JSON()["more"] != (i < many-1) {
				t.Errorf("%s: %s", page, answer.Raw)
			}
		}
		if answer := r.Do("GET", path+"&page=2", r.Owner, nil).JSON(); len(answer["items"].([]any)) != 0 || answer["more"] != false {
			t.Errorf("a page too far: %v", answer)
		}
		for _, wrong := range []string{"page=0", "page=x", "perPage=0", "perPage=1001", "page=99999999999999999999"} {
			if answer := r.Do("GET", path+"&"+wrong, r.Owner, nil); answer.Status != 400 {
				t.Errorf("%s: %d", wrong, answer.Status)
			}
		}
	}
}

func TestClientPage(t *testing.T) {
	r := newRoom(t)
	now := time.Now()
	for id, start := range map[string]time.Duration{"past": -3 * time.Hour, "now": -time.Minute, "next": 3 * time.Hour} {
		r.Make("bookings", fields{"client": r.ana.Id, "calendarEventId": id, "title": id, "startTime": now.Add(start), "endTime": now.Add(start + time.Hour)})
	}
	page := func() fields { return r.Do("GET", "/api/studio/clients/"+r.ana.Id, r.Owner, nil).JSON() }
	client, _ := page()["client"].(fields)
	bookings, _ := page()["bookings"].([]any)
	projects, _ := page()["projects"].([]any)
	if _, ok := client["stripeCustomerId"]; !ok || client["email"] != "ana@example.com" || client["feedKey"] != nil || client["unsubscribeKey"] != nil || client["tokenKey"] != nil {
		t.Errorf("the client is %v", client)
	}
	if len(bookings) != 2 || len(projects) != 2 || page()["joined"] != false || page()["signIn"] != "none" {
		t.Errorf("%v", page())
	}
	for _, step := range []struct{ field, want string }{{"verified", "code"}, {"clerkId", "clerk"}} {
		field, want := step.field, step.want
		record := r.Reload(r.ana)
		record.Set(field, "1")
		if err := r.App.Save(record); err != nil {
			t.Fatal(err)
		}
		if page()["signIn"] != want || page()["joined"] != true {
			t.Errorf("with %s: %v", field, page())
		}
	}
	if page()["banned"] != false {
		t.Error("banned by nobody")
	}
	if _, err := r.App.NonconcurrentDB().NewQuery("UPDATE clients SET clerkBanned = TRUE WHERE id = {:id}").Bind(fields{"id": r.ana.Id}).Execute(); err != nil {
		t.Fatal(err)
	}
	if page()["banned"] != true {
		t.Errorf("banned at Clerk: %v", page())
	}
	if answer := r.Do("GET", "/api/studio/clients/nosuchclient123", r.Owner, nil); answer.Status != 404 {
		t.Errorf("nobody: %d", answer.Status)
	}
}

func TestProjectPage(t *testing.T) {
	r := newRoom(t)
	now := time.Now()
	for id, start := range map[string]time.Duration{"old": -40 * 24 * time.Hour, "noted": -48 * time.Hour, "unnoted": -3 * time.Hour, "far": 10 * 24 * time.Hour} {
		r.Make("bookings", fields{"client": r.ana.Id, "calendarEventId": id, "title": id, "startTime": now.Add(start), "endTime": now.Add(start + time.Hour)})
	}
	noted := r.Make("sessions", fields{"project": r.album.Id, "title": "Tracking", "calendarEventId": "noted"})
	said := r.Do("POST", "/api/collections/comments/records", r.anaToken, fields{"session": noted.Id, "body": "Words that go."}).JSON()
	if answer := r.Do("DELETE", "/api/collections/comments/records/"+said["id"].(string), r.anaToken, nil); answer.Status != 204 {
		t.Fatalf("%d %s", answer.Status, answer.Raw)
	}

	answer := r.Do("GET", "/api/studio/projects/"+r.album.Id, r.Owner, nil)
	page := answer.JSON()
	client, _ := page["client"].(fields)
	bookings, _ := page["bookings"].([]any)
	if client["id"] != r.ana.Id || client["joined"] != false || page["project"].(fields)["title"] != "Album" || len(bookings) != 2 {
		t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	first, second := bookings[0].(fields), bookings[1].(fields)
	if first["calendarEventId"] != "unnoted" || first["session"] != "" || second["session"] != noted.Id {
		t.Errorf("the meetings are %v", bookings)
	}
	comment := page["sessions"].([]any)[0].(fields)["comments"].([]any)[0].(fields)
	if _, extra := comment["deletedBody"]; extra || comment["body"] != "Words that go." || comment["deletedAt"] == "" {
		t.Errorf("the deleted comment is %v", comment)
	}
	// The client's page contains neither the deleted words nor the parts that only the owner gets.
	theirs := r.Do("GET", "/api/portal/projects/"+r.album.Id, r.anaToken, nil).JSON()
	comment = theirs["sessions"].([]any)[0].(fields)["comments"].([]any)[0].(fields)
	if comment["body"] != "" || theirs["bookings"] != nil || theirs["client"] != nil {
		t.Errorf("the client sees %v", theirs)
	}
	if answer := r.Do("GET", "/api/studio/projects/nosuchproject12", r.Owner, nil); answer.Status != 404 {
		t.Errorf("no such project: %d", answer.Status)
	}
}

func TestAddProject(t *testing.T) {
	r := newRoom(t)
	body := fields{"id": "project00000001", "client": r.ana.Id, "title": "EP", "serviceType": "AUDIO", "dueDate": "2027-01-31", "milestones": []string{"Mix", " ", "Master"}}
	with := func(changes fields) fields {
		out := fields{"client": r.ana.Id, "title": "EP", "serviceType": "AUDIO"}
		for name, value := range changes {
			out[name] = value
		}
		return out
	}
	if answer := r.Do("POST", "/api/studio/projects", r.Owner, body); answer.Status != 200 || answer.JSON()["id"] != "project00000001" {
		t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	if again := r.Do("POST", "/api/studio/projects", r.Owner, body); again.Status != 200 || again.JSON()["id"] != "project00000001" {
		t.Errorf("sent twice: %d %s", again.Status, again.Raw)
	}
	if titles := milestoneTitles(t, r, "project00000001"); !slices.Equal(titles, []string{"Mix", "Master"}) {
		t.Errorf("the milestones are %v", titles)
	}
	for name, c := range map[string]struct {
		body  fields
		field string
	}{
		"the id of another":  {with(fields{"id": body["id"], "title": "LP"}), "id"},
		"no title":           {with(fields{"title": ""}), "title"},
		"no such client":     {with(fields{"client": "nosuchclient123"}), "client"},
		"no such service":    {with(fields{"serviceType": "GARDENING"}), "serviceType"},
		"a milestone's name": {with(fields{"milestones": []string{"Mix", "one\ntwo"}}), "milestones"},
		"a long milestone":   {with(fields{"milestones": []string{"Mix", strings.Repeat("m", 501)}}), "milestones"},
		"too many":           {with(fields{"milestones": make101()}), ""},
	} {
		t.Run(name, func(t *testing.T) {
			answer := r.Do("POST", "/api/studio/projects", r.Owner, c.body)
			data, _ := answer.JSON()["data"].(fields)
			if _, told := data[c.field]; answer.Status != 400 || told != (c.field != "") || answer.Message() == "" {
				t.Errorf("%d %s", answer.Status, answer.Raw)
			}
		})
	}
	if n, err := r.App.CountRecords("projects", dbx.HashExp{"title": "EP"}); n != 1 || err != nil {
		t.Errorf("%d projects, %v: something was left half done", n, err)
	}
	for service, titles := range studio.Templates {
		if len(titles) == 0 {
			t.Errorf("%s has no template", service)
		}
		if answer := r.Do("POST", "/api/studio/projects", r.Owner, with(fields{"serviceType": service, "milestones": titles})); answer.Status != 200 {
			t.Errorf("%s: %d %s", service, answer.Status, answer.Raw)
		}
	}
}

func make101() (titles []string) {
	for i := range 101 {
		titles = append(titles, fmt.Sprint("Step ", i))
	}
	return titles
}

func milestoneTitles(t *testing.T, r room, project string) (titles []string) {
	t.Helper()
	records, err := r.App.FindRecordsByFilter("milestones", "project = {:project}", "sortOrder,created", 0, 0, dbx.Params{"project": project})
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range records {
		titles = append(titles, record.GetString("title"))
	}
	return titles
}

func TestOrderMilestones(t *testing.T) {
	r := newRoom(t)
	var ids []string
	for _, title := range []string{"a", "b", "c"} { // the dashboard's stock form leaves sortOrder 0
		ids = append(ids, r.Make("milestones", fields{"project": r.album.Id, "title": title}).Id)
	}
	foreign := r.Make("milestones", fields{"project": r.site.Id, "title": "foreign"}).Id
	order := func(ids ...string) int {
		return r.Do("POST", "/api/studio/projects/"+r.album.Id+"/order", r.Owner, fields{"milestones": ids}).Status
	}
	if status := order(ids[2], ids[0], ids[1]); status != 204 {
		t.Errorf("%d", status)
	}
	for name, wrong := range map[string][]string{"one is missing": ids[:2], "one twice": {ids[0], ids[0], ids[1]}, "of another project": {ids[0], ids[1], foreign}, "none": nil} {
		if status := order(wrong...); status != 409 {
			t.Errorf("%s: %d", name, status)
		}
	}
	if titles := milestoneTitles(t, r, r.album.Id); !slices.Equal(titles, []string{"c", "a", "b"}) {
		t.Errorf("the order is %v", titles)
	}
}
