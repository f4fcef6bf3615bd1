package records_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/pocketbase/dbx"

	"greenroom/hooks/testkit"
)

// deliver sends a file as the next version of a deliverable.
func deliver(t *testing.T, s *testkit.Studio, token, project, deliverable, content string) testkit.Answer {
	t.Helper()
	contentType, body := testkit.Upload(t, content, map[string]string{"project": project, "deliverable": deliverable})
	return s.Send("POST", "/api/collections/attachments/records", token, contentType, body)
}

// said returns the comments of a deliverable as "kind about version: words by author".
func said(t *testing.T, s *testkit.Studio, deliverable, token string) string {
	t.Helper()
	answer := s.Do("GET", "/api/collections/comments/records?sort=created,@rowid&expand=attachment&filter=deliverable='"+deliverable+"'", token, nil)
	var out []string
	items, _ := answer.JSON()["items"].([]any)
	for _, item := range items {
		c := item.(map[string]any)
		expand, _ := c["expand"].(map[string]any)
		version, _ := expand["attachment"].(map[string]any)
		out = append(out, fmt.Sprintf("%v about %v: %v", c["kind"], version["version"], c["body"]))
	}
	return strings.Join(out, "; ")
}

func TestVersionsAndRounds(t *testing.T) {
	s := testkit.New(t, nil)
	ana, ben := testkit.NewHousehold(t, s, "ana"), testkit.NewHousehold(t, s, "ben")
	project, d := ana.Records["projects"].Id, ana.Records["deliverables"]
	first := d.GetString("attachment")
	state := func() string {
		now := s.Do("GET", testkit.RecordPath(d), s.Owner, nil).JSON()
		return fmt.Sprint(now["status"], " ", now["attachment"])
	}
	verdict := func(body map[string]any) testkit.Answer { return s.Do("PATCH", testkit.RecordPath(d), ana.Token, body) }
	status := func(what string, got testkit.Answer, want int) map[string]any {
		t.Helper()
		if got.Status != want {
			t.Errorf("%s: %d %s, want %d", what, got.Status, got.Raw, want)
		}
		return got.JSON()
	}

	if one := s.Do("GET", "/api/collections/attachments/records/"+first, ana.Token, nil).JSON(); one["version"] != 1.0 || one["deliverable"] != d.Id {
		t.Errorf("the file that a deliverable was given is version %v of %v", one["version"], one["deliverable"])
	}
	status("louder", verdict(map[string]any{"status": "IN_PROGRESS", "feedback": "Louder, please.", "attachment": first}), 200)
	status("deliver again", s.Do("PATCH", testkit.RecordPath(d), s.Owner, map[string]any{"status": "DELIVERED"}), 200)
	two := status("version 2", deliver(t, s, s.Owner, project, d.Id, "second"), 200)
	if two["version"] != 2.0 || state() != fmt.Sprint("DELIVERED ", two["id"]) {
		t.Errorf("version %v, and the deliverable is %s", two["version"], state())
	}
	late := status("a verdict about the first", verdict(map[string]any{"status": "APPROVED", "attachment": first}), 409)
	if late["message"] != "A newer version has arrived. Look at it first." || state() != fmt.Sprint("DELIVERED ", two["id"]) {
		t.Errorf("%v, and the deliverable is %s", late, state())
	}
	foreign := status("a verdict about somebody else's", verdict(map[string]any{"status": "APPROVED", "attachment": ben.Records["attachments"].Id}), 409)
	missing := status("a verdict about nothing", verdict(map[string]any{"status": "APPROVED", "attachment": "nosuchrecord123"}), 409)
	if fmt.Sprint(foreign) != fmt.Sprint(missing) {
		t.Errorf("a foreign and a missing file can be told apart: %v %v", foreign, missing)
	}
	status("approve the second", verdict(map[string]any{"status": "APPROVED", "attachment": two["id"]}), 200)
	if got, want := said(t, s, d.Id, ana.Token), "changes about 1: Louder, please.; approval about 2: Approved."; got != want {
		t.Errorf("the thread says %q, want %q", got, want)
	}

	if _, err := s.App.DB().NewQuery("UPDATE deliverables SET approvedAt = '2026-06-30 23:30:00.000Z' WHERE id = {:id}").Bind(dbx.Params{"id": d.Id}).Execute(); err != nil {
		t.Fatal(err)
	}
	refused := status("delete what was approved", s.Do("DELETE", fmt.Sprint("/api/collections/attachments/records/", two["id"]), s.Owner, nil), 400)
	if refused["message"] != "This file was approved on 1 July 2026. Reopen the deliverable first." { // in London's summer time
		t.Errorf("%v", refused)
	}
	three := status("version 3", deliver(t, s, s.Owner, project, d.Id, "third"), 200)
	if three["version"] != 3.0 || state() != fmt.Sprint("DELIVERED ", three["id"]) {
		t.Errorf("version %v, and the deliverable is %s", three["version"], state())
	}
	status("the second is not the approved one any more", s.Do("DELETE", fmt.Sprint("/api/collections/attachments/records/", two["id"]), s.Owner, nil), 204)

	comment := s.Do("GET", "/api/collections/comments/records?filter=kind='approval'", ana.Token, nil).JSON()["items"].([]any)[0].(map[string]any)["id"]
	path := fmt.Sprint("/api/collections/comments/records/", comment)
	status("edit an approval", s.Do("PATCH", path, ana.Token, map[string]any{"body": "Never."}), 404)
	status("delete an approval", s.Do("DELETE", path, ana.Token, nil), 404)
	status("edit an approval as the owner", s.Do("PATCH", path, s.Owner, map[string]any{"body": "Never."}), 400)
	status("delete an approval as the owner", s.Do("DELETE", path, s.Owner, nil), 400)

	about := func(token string, more map[string]any) testkit.Answer {
		body := map[string]any{"deliverable": d.Id, "body": "words"}
		for name, value := range more {
			body[name] = value
		}
		return s.Do("POST", "/api/collections/comments/records", token, body)
	}
	if c := status("a comment", about(ana.Token, nil), 200); c["attachment"] != three["id"] || c["kind"] != "" {
		t.Errorf("a comment is about %v, %v", c["attachment"], c["kind"])
	}
	if c := status("a comment on the first", about(ana.Token, map[string]any{"attachment": first}), 200); c["attachment"] != first {
		t.Errorf("a comment is about %v", c["attachment"])
	}
	status("a comment with a kind", about(ana.Token, map[string]any{"kind": "approval"}), 400)
	status("a comment on another's version", about(ana.Token, map[string]any{"attachment": ben.Records["deliverables"].GetString("attachment")}), 400)
	status("a comment with two parents", about(ana.Token, map[string]any{"session": ana.Records["sessions"].Id}), 400)
	status("somebody else's comment", about(ben.Token, nil), 400)
	status("a client's version", deliver(t, s, ana.Token, project, d.Id, "mine"), 400)
	status("a version of another project", deliver(t, s, s.Owner, ben.Records["projects"].Id, d.Id, "theirs"), 400)
	if c := status("the owner's, with a kind and number of their own", about(s.Owner, map[string]any{"kind": "approval"}), 200); c["kind"] != "" {
		t.Errorf("kind %v from outside", c["kind"])
	}
	status("the deliverable goes, and its thread with it", s.Do("DELETE", testkit.RecordPath(d), s.Owner, nil), 204)
	if left := said(t, s, d.Id, s.Owner); left != "" {
		t.Errorf("left: %s", left)
	}
}

// TestVersionsThatComeAtOnce sends files at the same time: each gets a number of its own, and the highest is current.
func TestVersionsThatComeAtOnce(t *testing.T) {
	s := testkit.New(t, nil)
	ana := testkit.NewHousehold(t, s, "ana")
	d := ana.Records["deliverables"]
	var all sync.WaitGroup
	answers := make([]testkit.Answer, 6)
	for i := range answers {
		all.Go(func() { answers[i] = deliver(t, s, s.Owner, ana.Records["projects"].Id, d.Id, fmt.Sprint("take ", i)) })
	}
	all.Wait()
	seen, last := map[any]bool{}, any(nil)
	for _, answer := range answers {
		record := answer.JSON()
		if answer.Status != 200 || seen[record["version"]] {
			t.Errorf("%d %s", answer.Status, answer.Raw)
		}
		if seen[record["version"]] = true; record["version"] == 7.0 {
			last = record["id"]
		}
	}
	if now := s.Reload(d).GetString("attachment"); last == nil || now != last {
		t.Errorf("current is %s, the last is %v", now, last)
	}
}

// TestTheVersionBeforeComesBack deletes versions. When the current one is deleted and not approved, the previous one
// becomes current.
func TestTheVersionBeforeComesBack(t *testing.T) {
	s := testkit.New(t, nil)
	ana := testkit.NewHousehold(t, s, "ana")
	project, d := ana.Records["projects"].Id, ana.Records["deliverables"]
	first := d.GetString("attachment")
	second := fmt.Sprint(deliver(t, s, s.Owner, project, d.Id, "second").JSON()["id"])
	third := fmt.Sprint(deliver(t, s, s.Owner, project, d.Id, "third").JSON()["id"])
	for _, step := range []struct{ remove, current string }{{second, third}, {third, first}, {first, ""}} {
		if answer := s.Do("DELETE", "/api/collections/attachments/records/"+step.remove, s.Owner, nil); answer.Status != 204 {
			t.Fatalf("%d %s", answer.Status, answer.Raw)
		}
		now := s.Reload(d)
		if now.GetString("attachment") != step.current || now.GetString("status") != "DELIVERED" {
			t.Errorf("after %s the current file is %q, want %q; it is %s", step.remove, now.GetString("attachment"), step.current, now.GetString("status"))
		}
	}
}

// TestAVerdictWithoutAFile: software and advice are often delivered without a file. Such a deliverable can be approved
// and sent back. A verdict that names a version which does not exist is refused and changes nothing.
func TestAVerdictWithoutAFile(t *testing.T) {
	r := testkit.NewRoom(t)
	project := r.Project("Website")
	for _, verdict := range []testkit.Fields{{"status": "APPROVED"}, {"status": "IN_PROGRESS", "feedback": "The menu is too small."}} {
		d := r.With("deliverables", testkit.Fields{"project": project.Id, "title": "Staging", "status": "DELIVERED"})
		named := testkit.Fields{"attachment": "nosuchrecord123"}
		for name, value := range verdict {
			named[name] = value
		}
		if answer := r.Do("PATCH", testkit.RecordPath(d), r.AnaToken, named); answer.Status != 409 || r.Reload(d).GetString("status") != "DELIVERED" {
			t.Errorf("%v about a version that is not there: %d %s", verdict, answer.Status, answer.Raw)
		}
		if answer := r.Do("PATCH", testkit.RecordPath(d), r.AnaToken, verdict); answer.Status != 200 {
			t.Errorf("%v: %d %s", verdict, answer.Status, answer.Raw)
		}
		receipt := r.Do("GET", "/api/portal/deliverables/"+d.Id+"/receipt", r.AnaToken, nil)
		if rounds := testkit.List(t, receipt.JSON(), "rounds"); len(rounds) != 1 || rounds[0]["filename"] != "" {
			t.Errorf("the receipt: %s", receipt.Raw)
		}
	}
}
