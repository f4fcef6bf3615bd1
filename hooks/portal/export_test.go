package portal_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"greenroom/hooks/testkit"

	"github.com/pocketbase/dbx"
)

func TestExportIsEverythingOfTheClientAndNothingElse(t *testing.T) {
	r := newRoom(t)
	r.full()
	r.Project("secret of Ben", fields{"client": r.Ben.Id})
	r.Save(r.Ana, fields{"stripeCustomerId": "cus_secret"})

	answer := r.Do("GET", "/api/portal/export", r.AnaToken, nil)
	if answer.Status != 200 || !strings.Contains(answer.Header.Get("Content-Disposition"), "attachment") {
		t.Fatalf("%d %v %s", answer.Status, answer.Header, answer.Raw)
	}
	testkit.MustNotContain(t, "the export", answer.Raw, r.Ben.Id, "secret", "tokenKey", "password")
	data := testkit.Decode(t, answer.Raw)
	if shown := r.Page("overview")["client"]; !reflect.DeepEqual(data["client"], shown) {
		t.Errorf("the client is exported as %v and shown as %v", data["client"], shown)
	}
	for _, collection := range []string{"projects", "milestones", "sessions", "goals", "deliverables", "action_items", "attachments", "comments", "bookings"} {
		exported := testkit.List(t, data, collection)
		want, err := r.App.CountRecords(collection)
		if err != nil {
			t.Fatal(err)
		}
		if collection == "projects" {
			want-- // Ben's
		}
		if int64(len(exported)) != want {
			t.Errorf("%d of %d %s", len(exported), want, collection)
		}
		for _, record := range exported {
			id := record["id"].(string)
			more := fields{}
			if collection == "attachments" {
				more["link"] = "/api/portal/attachments/" + id + "/link"
			}
			saved, err := r.App.FindRecordById(collection, id)
			if err != nil {
				t.Fatal(err)
			}
			if shown := r.Record(saved, more); !reflect.DeepEqual(record, shown) {
				t.Errorf("%s: exported %v, shown %v", collection, record, shown)
			}
		}
	}
}

func TestExportHasEveryPage(t *testing.T) {
	r := newRoom(t)
	const many = 1001 // two full pages and one more
	milestone := r.With("milestones", fields{"title": "Mix", "project": r.Project("Album").Id})
	r.Exec("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < "+fmt.Sprint(many)+") INSERT INTO comments (id, milestone, body, client)"+
		" SELECT printf('c%014d', i), {:milestone}, 'word ' || i, {:client} FROM n", dbx.Params{"milestone": milestone.Id, "client": r.Ana.Id})
	comments := testkit.List(t, r.Page("export"), "comments")
	if len(comments) != many {
		t.Fatalf("%d of %d comments", len(comments), many)
	}
	for i, comment := range comments {
		if want := fmt.Sprint("word ", i+1); comment["body"] != want {
			t.Fatalf("comment %d is %v", i, comment["body"])
		}
	}
}
