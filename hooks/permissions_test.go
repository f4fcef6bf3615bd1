package hooks_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/testkit"
)

// allowed is what docs and rules promise: what a client may do with a record of their own. A verb that no client has is
// answered 403, and any other verb on somebody else's record 404.
type allowed struct {
	read   bool
	create bool
	update []string // the fields that a client may change
	delete bool

	nobodyUpdates bool // no client may update, so the answer is 403 and not 404
	nobodyDeletes bool
}

var promised = map[string]allowed{
	"clients":      {read: true, update: []string{"name", "notices", "digestAt", "timezone"}, nobodyDeletes: true},
	"projects":     {read: true, nobodyUpdates: true, nobodyDeletes: true},
	"milestones":   {read: true, nobodyUpdates: true, nobodyDeletes: true},
	"sessions":     {read: true, nobodyUpdates: true, nobodyDeletes: true},
	"goals":        {read: true, update: []string{"completedAt"}, nobodyDeletes: true},
	"action_items": {read: true, update: []string{"completedAt"}, nobodyDeletes: true},
	"deliverables": {read: true, update: []string{"status", "feedback"}, nobodyDeletes: true},
	"attachments":  {read: true, create: true, delete: true, nobodyUpdates: true},
	"comments":     {read: true, create: true, update: []string{"body"}, delete: true},
	"bookings":     {read: true, nobodyUpdates: true, nobodyDeletes: true},
	"integrations": {nobodyUpdates: true, nobodyDeletes: true},
	"outbox":       {nobodyUpdates: true, nobodyDeletes: true},
}

// serverOwned lists the fields that no request can set, not even the owner's.
var serverOwned = map[string][]string{
	"milestones": {"client"}, "goals": {"client", "authorName"}, "action_items": {"client", "authorName"},
	"sessions": {"client", "invoice"}, "deliverables": {"client", "deliveredAt", "approvedAt", "locked", "invoicePaid"},
	"attachments": {"client", "url", "size", "mimeType", "uploadedBy", "authorName", "version", "sha256", "durationMs", "lufs", "peakDb", "peaks", "measured"},
	"clients":     {"accountId"},
	"bookings":    {"madeInPortal", "note", "cancelNote", "bookedBy"},
	"comments":    {"client", "isJames", "author", "authorName", "editedAt", "deletedAt", "deletedBody", "lastWord", "kind", "timed", "atMs", "untilMs"},
}

func collections() []string { return slices.Sorted(maps.Keys(promised)) }

func TestRead(t *testing.T) {
	e := newEstate(t, testkit.New(t, nil))
	for _, collection := range collections() {
		may, record := promised[collection], e.ofAna(collection)
		for who, token := range e.strangers() {
			t.Run(collection+" by "+who, func(t *testing.T) {
				wantView, wantList := http.StatusNotFound, http.StatusOK
				if !may.read {
					wantView, wantList = http.StatusForbidden, http.StatusForbidden
				}
				view := e.Do("GET", testkit.RecordPath(record), token, nil)
				if view.Status != wantView || testkit.Leaks(view, "ana-secret") {
					t.Errorf("view: %d %s, want %d", view.Status, view.Raw, wantView)
				}
				missing := e.Do("GET", "/api/collections/"+collection+"/records/nosuchrecord123", token, nil)
				if missing.Status != view.Status || string(missing.Raw) != string(view.Raw) {
					t.Errorf("a missing record answers %d %s, somebody else's %d %s", missing.Status, missing.Raw, view.Status, view.Raw)
				}
				list := e.Do("GET", "/api/collections/"+collection+"/records?perPage=500", token, nil)
				if list.Status != wantList || testkit.Leaks(list, "ana-secret") {
					t.Errorf("list: %d %s, want %d", list.Status, list.Raw, wantList)
				}
				if total, _ := list.JSON()["totalItems"].(float64); token != e.ben.Token && total != 0 {
					t.Errorf("list has %v records for a visitor without access", total)
				}
			})
		}
		for _, insider := range e.insiders() {
			t.Run(collection+" by "+insider.who, func(t *testing.T) {
				record := e.recordOf(insider, collection)
				view := e.Do("GET", testkit.RecordPath(record), insider.token, nil)
				list := e.Do("GET", "/api/collections/"+collection+"/records?perPage=500", insider.token, nil)
				if !may.read {
					if view.Status != 403 || list.Status != 403 || testkit.Leaks(view, "ana-secret") || testkit.Leaks(list, "ana-secret") {
						t.Errorf("view %d, list %d, want 403", view.Status, list.Status)
					}
					return
				}
				if view.Status != 200 || !testkit.Leaks(view, record.Id) || !testkit.Leaks(list, record.Id) {
					t.Errorf("own record: view %d %s, list %s", view.Status, view.Raw, list.Raw)
				}
				if testkit.Leaks(list, "ben-secret") || testkit.Leaks(list, "cy-secret") {
					t.Errorf("list shows others: %s", list.Raw)
				}
				for _, hidden := range []string{"ana-secret-cus", "tokenKey", "password", "deletedBody", "lastWord", "accountId", `"author"`} {
					if testkit.Leaks(view, hidden) || testkit.Leaks(list, hidden) {
						t.Errorf("%s is shown", hidden)
					}
				}
				if total, _ := list.JSON()["totalItems"].(float64); collection == "clients" && total != 1 {
					t.Errorf("%v clients are shown, besides themselves", total)
				}
			})
		}
		t.Run(collection+" by the owner", func(t *testing.T) {
			if view := e.Do("GET", testkit.RecordPath(record), e.Owner, nil); view.Status != 200 {
				t.Errorf("view: %d %s", view.Status, view.Raw)
			}
			if list := e.Do("GET", "/api/collections/"+collection+"/records?perPage=500", e.Owner, nil); !testkit.Leaks(list, record.Id) {
				t.Errorf("list: %s", list.Raw)
			}
		})
	}
}

func TestUpdateOfEachField(t *testing.T) {
	e := newEstate(t, testkit.New(t, nil))
	for _, collection := range collections() {
		may, record := promised[collection], e.ofAna(collection)
		refused := http.StatusNotFound
		if may.nobodyUpdates {
			refused = http.StatusForbidden
		}
		for _, field := range record.Collection().Fields {
			name := field.GetName()
			if name == "id" || field.Type() == core.FieldTypeFile {
				continue
			}
			body := e.forgery(t, record, field)
			for who, token := range e.strangers() {
				t.Run(collection+"."+name+" by "+who, func(t *testing.T) {
					before := testkit.Row(t, e.Studio, record)
					answer := e.Do("PATCH", testkit.RecordPath(record), token, body)
					if answer.Status != refused || !maps.Equal(before, testkit.Row(t, e.Studio, record)) {
						t.Errorf("%d %s, want %d and no change", answer.Status, answer.Raw, refused)
					}
				})
			}
			for _, insider := range e.insiders() {
				t.Run(collection+"."+name+" by "+insider.who, func(t *testing.T) {
					own := e.recordOf(insider, collection)
					e.updateByClient(t, insider.token, own, name, e.forgery(t, own, field), slices.Contains(may.update, name), may.nobodyUpdates)
				})
			}
			t.Run(collection+"."+name+" by the owner", func(t *testing.T) { e.updateByOwner(t, collection, name) })
		}
	}
}

func TestCreate(t *testing.T) {
	e := newEstate(t, testkit.New(t, nil))
	project, milestone := e.ana.Records["projects"].Id, e.ana.Records["milestones"].Id
	bodies := map[string]map[string]any{
		"clients":      {"email": "new@example.com", "name": "New", "password": "a password", "passwordConfirm": "a password"},
		"projects":     {"client": e.ana.Client.Id, "title": "New", "serviceType": "AUDIO", "status": "ACTIVE"},
		"milestones":   {"project": project, "title": "New"},
		"sessions":     {"project": project, "title": "New"},
		"goals":        {"project": project, "title": "New"},
		"action_items": {"project": project, "title": "New", "assignedTo": "client"},
		"deliverables": {"project": project, "title": "New"},
		"attachments":  {"project": project},
		"comments":     {"milestone": milestone, "body": "New"},
		"bookings":     {"client": e.ana.Client.Id, "calendarEventId": "new", "title": "New", "startTime": "2027-01-01 10:00:00Z", "endTime": "2027-01-01 10:00:00Z"},
		"integrations": {"name": "new"},
		"outbox": {"client": e.ana.Client.Id, "project": project, "about": milestone, "notice": "milestoneStatus", "recipient": "client", "state": "waiting",
			"happenedAt": "2026-01-01 00:00:00Z"},
	}
	for _, collection := range collections() {
		may := promised[collection]
		create := func(t *testing.T, token string) testkit.Answer {
			if collection == "attachments" {
				contentType, body := testkit.Upload(t, "new", map[string]string{"project": project})
				return e.Send("POST", "/api/collections/attachments/records", token, contentType, body)
			}
			return e.Do("POST", "/api/collections/"+collection+"/records", token, bodies[collection])
		}
		refused := http.StatusForbidden
		if may.create {
			refused = http.StatusBadRequest // the rule refuses a parent of somebody else's
		}
		for who, token := range e.strangers() {
			t.Run(collection+" by "+who, func(t *testing.T) {
				before := e.count(t, collection)
				if answer := create(t, token); answer.Status != refused || e.count(t, collection) != before {
					t.Errorf("%d %s, want %d and nothing new", answer.Status, answer.Raw, refused)
				}
			})
		}
		for _, insider := range e.insiders() {
			t.Run(collection+" by "+insider.who, func(t *testing.T) {
				want := http.StatusForbidden
				if may.create {
					want = http.StatusOK
				}
				answer := create(t, insider.token)
				if answer.Status != want {
					t.Errorf("%d %s, want %d", answer.Status, answer.Raw, want)
				}
				if column, ok := answer.JSON()["client"]; ok && may.create && column != e.ana.Client.Id {
					t.Errorf("client column %v, want Ana's", column)
				}
			})
		}
		t.Run(collection+" by the owner", func(t *testing.T) {
			answer := create(t, e.Owner)
			if answer.Status != 200 {
				t.Fatalf("%d %s", answer.Status, answer.Raw)
			}
			if column, ok := answer.JSON()["client"]; ok && column != e.ana.Client.Id {
				t.Errorf("client column %v, want Ana's", column)
			}
		})
	}
}

func (e *estate) count(t *testing.T, collection string) int64 {
	t.Helper()
	n, err := e.App.CountRecords(collection)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestCreateWithEachForgedField(t *testing.T) {
	e := newEstate(t, testkit.New(t, nil))
	mine := map[string][]string{"comments": {"milestone", "body"}, "attachments": {"project", "file", "filename"}}
	for collection, sent := range mine {
		record := e.ana.Records[collection]
		for _, field := range record.Collection().Fields {
			name := field.GetName()
			if name == "id" || slices.Contains(sent, name) || field.GetHidden() {
				continue
			}
			t.Run(collection+"."+name, func(t *testing.T) {
				forged := fmt.Sprint(e.anotherValue(t, record, field))
				var answer testkit.Answer
				if collection == "attachments" {
					contentType, body := testkit.Upload(t, "new", map[string]string{"project": e.ana.Records["projects"].Id, name: forged})
					answer = e.Send("POST", "/api/collections/attachments/records", e.ana.Token, contentType, body)
				} else {
					answer = e.Do("POST", "/api/collections/comments/records", e.ana.Token,
						map[string]any{"milestone": e.ana.Records["milestones"].Id, "body": "New", name: e.anotherValue(t, record, field)})
				}
				if answer.Status != http.StatusBadRequest || answer.Message() == "" {
					t.Errorf("%d %s, want 400 and a sentence", answer.Status, answer.Raw)
				}
			})
		}
	}
}

func TestDelete(t *testing.T) {
	e := newEstate(t, testkit.New(t, nil))
	for _, collection := range collections() {
		may, record := promised[collection], e.ofAna(collection)
		refused := http.StatusNotFound
		if may.nobodyDeletes {
			refused = http.StatusForbidden
		}
		for who, token := range e.strangers() {
			t.Run(collection+" by "+who, func(t *testing.T) {
				if answer := e.Do("DELETE", testkit.RecordPath(record), token, nil); answer.Status != refused || !testkit.Exists(e.Studio, record) {
					t.Errorf("%d, want %d and the record still there", answer.Status, refused)
				}
			})
		}
		for _, insider := range e.insiders() {
			t.Run(collection+" by "+insider.who, func(t *testing.T) {
				record := e.recordOf(insider, collection)
				if ofJames := e.ana.James[collection]; ofJames != nil {
					if answer := e.Do("DELETE", testkit.RecordPath(ofJames), insider.token, nil); answer.Status != refused || !testkit.Exists(e.Studio, ofJames) {
						t.Errorf("what is James's: %d, want %d", answer.Status, refused)
					}
				}
				want := refused
				if may.delete {
					want = http.StatusNoContent
				}
				answer := e.Do("DELETE", testkit.RecordPath(record), insider.token, nil)
				gone := !testkit.Exists(e.Studio, record)
				if answer.Status != want || gone != (may.delete && collection != "comments") {
					t.Errorf("%d %s, gone: %v; want %d", answer.Status, answer.Raw, gone, want)
				}
			})
		}
	}
	for _, collection := range []string{"comments", "attachments", "deliverables", "bookings", "outbox", "sessions", "integrations", "projects", "clients"} {
		t.Run(collection+" by the owner", func(t *testing.T) {
			record := e.ofAna(collection)
			if ofJames := e.ana.James[collection]; ofJames != nil {
				record = ofJames
			}
			if answer := e.Do("DELETE", testkit.RecordPath(record), e.Owner, nil); answer.Status != 204 || testkit.Exists(e.Studio, record) {
				t.Errorf("%d %s, want 204 and the record gone", answer.Status, answer.Raw)
			}
		})
	}
}

// TestEachWritesForThemselves: Ana and her people can change their own comment and record, and not each other's.
func TestEachWritesForThemselves(t *testing.T) {
	e := newEstate(t, testkit.New(t, nil))
	for _, insider := range e.insiders() {
		for _, other := range e.insiders() {
			if other.who == insider.who {
				continue
			}
			for collection, body := range map[string]map[string]any{"comments": {"body": "changed"}, "clients": {"name": "changed"}} {
				record := e.recordOf(other, collection)
				before := testkit.Row(t, e.Studio, record)
				answer := e.Do("PATCH", testkit.RecordPath(record), insider.token, body)
				if answer.Status != 404 || !maps.Equal(before, testkit.Row(t, e.Studio, record)) {
					t.Errorf("%s of %s by %s: %d %s", collection, other.who, insider.who, answer.Status, answer.Raw)
				}
				want := map[string]int{"comments": 404, "clients": 403}[collection]
				if answer := e.Do("DELETE", testkit.RecordPath(record), insider.token, nil); answer.Status != want {
					t.Errorf("deleting %s of %s by %s: %d", collection, other.who, insider.who, answer.Status)
				}
			}
			if view := e.Do("GET", testkit.RecordPath(e.recordOf(other, "clients")), insider.token, nil); view.Status != 404 {
				t.Errorf("the record of %s by %s: %d", other.who, insider.who, view.Status)
			}
		}
	}
}

func TestOwnersFieldsStayTheOwners(t *testing.T) {
	e := newEstate(t, testkit.New(t, nil))
	for collection, body := range map[string]map[string]any{
		"comments":     {"body": "changed"},
		"action_items": {"completedAt": "2026-01-01 00:00:00Z"},
	} {
		record := e.ana.James[collection]
		before := testkit.Row(t, e.Studio, record)
		if answer := e.Do("PATCH", testkit.RecordPath(record), e.ana.Token, body); answer.Status != 404 || !maps.Equal(before, testkit.Row(t, e.Studio, record)) {
			t.Errorf("%s: %d %s, want 404 and no change", collection, answer.Status, answer.Raw)
		}
	}
}
