package hooks_test

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/testkit"
)

// TestNoClientRequestScans makes every request that a client can make, in a studio of fifty clients, and has SQLite
// explain each statement. No statement may scan a table or use an index that spans all clients, because both grow with
// other clients' records.
func TestNoClientRequestScans(t *testing.T) {
	recorder := new(testkit.Recorder)
	e := newEstate(t, testkit.Connect(t, testkit.Dir(t), nil, recorder.Connect))
	for i := range 47 {
		testkit.NewHousehold(t, e.Studio, fmt.Sprintf("client%d", i))
	}
	recorder.During(func() {
		for _, insider := range e.people {
			askAsPerson(t, e, insider)
		}
		askForEverything(t, e)
	})

	statements := recorder.Statements()
	if len(statements) < 60 {
		t.Fatalf("only %d statements were seen; the recorder does not see all", len(statements))
	}
	db := e.App.ConcurrentDB().(*dbx.DB).DB()
	// A new database has no statistics; the nightly PRAGMA optimize creates them.
	for _, analyzed := range []bool{false, true} {
		if analyzed {
			if _, err := e.App.NonconcurrentDB().NewQuery("ANALYZE").Execute(); err != nil {
				t.Fatal(err)
			}
		}
		for _, statement := range statements {
			steps, err := recorder.Plan(db, statement)
			if err != nil {
				continue // statements such as BEGIN have no plan
			}
			for _, step := range steps {
				if scansTable(step) || ownersIndex.MatchString(step) {
					t.Errorf("analyzed: %v: %s\n\tin %s", analyzed, step, statement)
				}
			}
		}
	}
}

// harmless matches the scans in a plan that do not grow: constants, the columns of one table, the record that is being
// created, and the word index if it is asked for a match (M) within the client's range of rows (> and <).
var harmless = regexp.MustCompile(`^SCAN (CONSTANT ROW|pragma_table_info VIRTUAL TABLE INDEX 0:|\w+__pb_create__\w+|search_words VIRTUAL TABLE INDEX \d+:M\d+><|json_each VIRTUAL TABLE INDEX 1:)$`)

// ownersIndex matches the indexes over what is open for all clients, which serve the owner's briefing.
var ownersIndex = regexp.MustCompile(`INDEX idx_\w+_(status|dueDate|deliveredAt|updated)(_open)?\b`)

func scansTable(step string) bool {
	return strings.HasPrefix(step, "SCAN") && !harmless.MatchString(step)
}

func TestAScanIsSeen(t *testing.T) {
	recorder := new(testkit.Recorder)
	s := testkit.Connect(t, testkit.Dir(t), nil, recorder.Connect)
	recorder.During(func() { s.Do("GET", "/api/collections/comments/records?filter=body~'x'", s.Owner, nil) })
	for _, statement := range recorder.Statements() {
		steps, _ := recorder.Plan(s.App.ConcurrentDB().(*dbx.DB).DB(), statement)
		for _, step := range steps {
			if scansTable(step) {
				return
			}
		}
	}
	t.Error("the owner's search through all comments was not seen as a scan")
}

// askByEachField requests a collection's list in each order and with a filter on each field. It does so for all fields
// at the same time, because PocketBase delays a request whose filter finds nothing.
func askByEachField(e *estate, collection *core.Collection, token string) {
	base := "/api/collections/" + collection.Name + "/records"
	var asking sync.WaitGroup
	for _, name := range collection.Fields.FieldNames() {
		asking.Go(func() {
			e.Do("GET", base+"?sort=-"+name+"&perPage=10&skipTotal=1", token, nil)
			e.Do("GET", base+"?perPage=10&filter="+url.QueryEscape(name+" > '2020'"), token, nil)
		})
	}
	asking.Wait()
}

// askAsPerson makes the requests that one of a client's people can make, and those that a client can make about them.
func askAsPerson(t *testing.T, e *estate, insider *insider) {
	for _, path := range []string{"/api/portal/overview", "/api/portal/projects/" + e.ana.Records["projects"].Id, "/api/portal/bookings", "/api/portal/invoices",
		"/api/portal/export", "/api/portal/people", "/api/portal/attachments/" + e.ana.Records["attachments"].Id + "/link",
		"/api/portal/attachments/" + e.ana.Records["attachments"].Id + "/markers", "/api/portal/deliverables/" + e.ana.Records["deliverables"].Id + "/receipt",
		"/api/portal/deliverables/" + e.ana.Records["deliverables"].Id + "/invoice"} {
		e.Do("GET", path, insider.token, nil)
	}
	for _, collection := range collections() {
		base := "/api/collections/" + collection + "/records"
		record := e.recordOf(insider, collection)
		e.Do("GET", base, insider.token, nil)
		e.Do("GET", testkit.RecordPath(record), insider.token, nil)
		for _, query := range nosyQueries {
			e.Do("GET", base+"?"+encode(query), insider.token, nil)
		}
		askByEachField(e, record.Collection(), insider.token)
	}
	for _, thread := range []string{"session", "milestone", "goal"} {
		e.Do("POST", "/api/collections/comments/records", insider.token, map[string]any{thread: e.ana.Records[thread+"s"].Id, "body": "new"})
	}
	e.Do("PATCH", testkit.RecordPath(insider.own["comments"]), insider.token, map[string]any{"body": "changed"})
	e.Do("PATCH", testkit.RecordPath(e.ana.Records["goals"]), insider.token, map[string]any{"completedAt": "2026-01-01 00:00:00Z"})
	e.Do("PATCH", testkit.RecordPath(insider.own["clients"]), insider.token, map[string]any{"name": "Other"})
	for _, email := range []string{"new-" + insider.who + "@example.com", e.ben.Client.Email()} {
		id := e.Do("POST", "/api/portal/people", e.ana.Token, map[string]any{"email": email, "access": "work"}).JSON()["id"]
		e.Do("GET", "/api/portal/people", e.ana.Token, nil)
		e.Do("PATCH", fmt.Sprint("/api/portal/people/", id), e.ana.Token, map[string]any{"access": "all"})
		e.Do("DELETE", fmt.Sprint("/api/portal/people/", id), e.ana.Token, nil)
	}
}

// askForEverything makes every kind of request that a client can make.
func askForEverything(t *testing.T, e *estate) {
	get := func(path string) { e.Do("GET", path, e.ana.Token, nil) }
	for _, path := range []string{"/api/portal/overview", "/api/portal/projects/" + e.ana.Records["projects"].Id, "/api/portal/bookings", "/api/portal/search?q=snare",
		"/api/portal/bookings?cursor=MjAyNi0wMS0wMSAwMDowMDowMC4wMDBafHg", "/api/portal/invoices", "/api/portal/export",
		"/api/portal/comments?milestone=" + e.ana.Records["milestones"].Id + "&before=" + e.ana.Records["comments"].Id,
		"/api/portal/attachments/" + e.ana.Records["attachments"].Id + "/link"} {
		get(path)
	}
	for _, collection := range collections() {
		base := "/api/collections/" + collection + "/records"
		get(base)
		get(testkit.RecordPath(e.ofAna(collection)))
		for _, query := range nosyQueries {
			get(base + "?" + encode(query))
		}
		askByEachField(e, e.ofAna(collection).Collection(), e.ana.Token)
		e.Do("PATCH", testkit.RecordPath(e.ofAna(collection)), e.ana.Token, map[string]any{"name": "x", "completedAt": "2026-01-01 00:00:00Z", "body": "y", "status": "APPROVED"})
	}
	e.Do("PATCH", testkit.RecordPath(e.ana.Records["deliverables"]), e.ana.Token, map[string]any{"status": "IN_PROGRESS", "feedback": "louder"})
	e.Do("PATCH", testkit.RecordPath(e.ana.Records["goals"]), e.ana.Token, map[string]any{"completedAt": "2026-01-01 00:00:00Z"})
	e.Do("PATCH", testkit.RecordPath(e.ana.Records["action_items"]), e.ana.Token, map[string]any{"completedAt": "2026-01-01 00:00:00Z"})
	e.Do("PATCH", testkit.RecordPath(e.ana.Records["comments"]), e.ana.Token, map[string]any{"body": "changed"})
	e.Do("PATCH", testkit.RecordPath(e.ana.Client), e.ana.Token, map[string]any{"name": "Ana"})
	for _, thread := range []string{"session", "milestone", "goal"} {
		e.Do("POST", "/api/collections/comments/records", e.ana.Token, map[string]any{thread: e.ana.Records[thread+"s"].Id, "body": "new"})
	}
	contentType, body := testkit.Upload(t, "new", map[string]string{"project": e.ana.Records["projects"].Id})
	e.Send("POST", "/api/collections/attachments/records", e.ana.Token, contentType, body)
	sending := e.Do("POST", "/api/portal/uploads", e.ana.Token, map[string]any{"project": e.ana.Records["projects"].Id, "filename": "a.txt", "size": 1})
	for _, step := range []string{"parts", "complete"} {
		e.Do("POST", fmt.Sprintf("/api/portal/uploads/%v/%s", sending.JSON()["id"], step), e.ana.Token, nil)
	}
	e.Do("DELETE", fmt.Sprintf("/api/portal/uploads/%v", sending.JSON()["id"]), e.ana.Token, nil)
	if feed, err := url.Parse(fmt.Sprint(e.Do("POST", "/api/portal/feed", e.ana.Token, nil).JSON()["url"])); err == nil {
		e.Do("GET", feed.RequestURI(), "", nil)
	}
	e.Do("DELETE", "/api/portal/feed", e.ana.Token, nil)
	e.Do("POST", "/api/files/token", e.ana.Token, nil)
	e.Do("GET", "/api/files/attachments/"+e.ana.Records["attachments"].Id+"/"+e.ana.Records["attachments"].GetString("file"), "", nil)
	e.Do("DELETE", testkit.RecordPath(e.ana.Records["comments"]), e.ana.Token, nil)
	e.Do("DELETE", testkit.RecordPath(e.ana.Records["attachments"]), e.ana.Token, nil)
	e.Do("POST", "/api/collections/clients/auth-refresh", e.ana.Token, nil)
	for _, email := range []string{e.ana.Client.Email(), "nobody@example.com"} {
		asked := e.Do("POST", "/api/collections/clients/request-otp", "", map[string]any{"email": email})
		e.Do("POST", "/api/collections/clients/auth-with-otp", "", map[string]any{"otpId": asked.JSON()["otpId"], "password": "12345678"})
	}
	e.Do("POST", "/api/portal/signout", e.ana.Token, nil)
}
