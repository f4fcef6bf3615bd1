package portal_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/filesystem"

	"greenroom/hooks/testkit"
)

// sound makes an audio file the next version of a deliverable.
func (r *room) sound(deliverable *core.Record, name string) *core.Record {
	r.T.Helper()
	file, err := filesystem.NewFileFromBytes([]byte("RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00"), name)
	if err != nil {
		r.T.Fatal(err)
	}
	return r.With("attachments", fields{"project": deliverable.GetString("project"), "deliverable": deliverable.Id, "file": file, "filename": name})
}

// guarded requests an address as every kind of visitor. The record at own is Ana's, and there is none at missing.
func (r *room) guarded(own, missing string) {
	r.T.Helper()
	person := testkit.Token(r.T, r.With("clients", fields{"email": "drums@example.com", "account": r.Ana.Id, "access": "work"}))
	for name, tc := range map[string]struct {
		path, token string
		want        int
	}{
		"the client": {own, r.AnaToken, 200}, "one of their people": {own, person, 200}, "the owner": {own, r.Owner, 200},
		"the owner as the client": {own + "?as=" + r.Ana.Id, r.Owner, 200}, "the owner as somebody else": {own + "?as=" + r.Ben.Id, r.Owner, 404},
		"a guest": {own, "", 401}, "a client as another": {own + "?as=" + r.Ana.Id, r.BenToken, 403}, "somebody else": {own, r.BenToken, 404},
		"missing": {missing, r.AnaToken, 404}, "missing for the owner": {missing, r.Owner, 404}, "a format that is none": {own + "?format=pdf", r.AnaToken, 400},
	} {
		if answer := r.Do("GET", tc.path, tc.token, nil); answer.Status != tc.want {
			r.T.Errorf("%s: %d %s, want %d", name, answer.Status, answer.Raw, tc.want)
		}
	}
	foreign, none := r.Do("GET", own, r.BenToken, nil), r.Do("GET", missing, r.BenToken, nil)
	if string(foreign.Raw) != string(none.Raw) {
		r.T.Errorf("somebody else's answers %s, a missing one %s", foreign.Raw, none.Raw)
	}
}

func TestReceipt(t *testing.T) {
	r := newRoom(t)
	d := r.With("deliverables", fields{"project": r.Project("Album").Id, "title": "Mix", "status": "PENDING"})
	path := "/api/portal/deliverables/" + d.Id + "/receipt"
	r.guarded(path, "/api/portal/deliverables/nosuchrecord123/receipt")
	if got := r.Do("GET", path, r.AnaToken, nil); strings.TrimSpace(string(got.Raw)) != fmt.Sprintf(`{"deliverable":%q,"title":"Mix","project":"Album","rounds":[]}`, d.Id) {
		t.Errorf("before any verdict: %s", got.Raw)
	}

	first := r.sound(d, "mix 1.wav")
	deliver := func() { r.SaveAs(r.Owner, "PATCH", "deliverables/records/"+d.Id, fields{"status": "DELIVERED"}) }
	deliver()
	r.SaveAs(r.AnaToken, "PATCH", "deliverables/records/"+d.Id, fields{"status": "IN_PROGRESS", "feedback": "Louder.\r\nSHA-256: none", "attachment": first.Id})
	second := r.sound(d, "mix 2.wav")
	deliver()
	r.SaveAs(r.AnaToken, "PATCH", "deliverables/records/"+d.Id, fields{"status": "APPROVED", "attachment": second.Id})
	r.With("comments", fields{"deliverable": d.Id, "body": "Thank you."}) // an ordinary comment is no round
	sum := strings.Repeat("ab", 32)
	r.Exec("UPDATE attachments SET sha256 = '' WHERE id = {:id}", dbx.Params{"id": first.Id})
	r.Exec("UPDATE attachments SET sha256 = {:sum} WHERE id = {:id}", dbx.Params{"id": second.Id, "sum": sum})

	rounds := testkit.List(t, r.Do("GET", path, r.AnaToken, nil).JSON(), "rounds")
	if len(rounds) != 2 {
		t.Fatalf("%d rounds", len(rounds))
	}
	wire := regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)
	for i, want := range []string{"changes 1 mix 1.wav 20  Ana Louder.\r\nSHA-256: none", "approval 2 mix 2.wav 20 " + sum + " Ana Approved."} {
		one := rounds[i]
		got := fmt.Sprint(one["kind"], " ", one["version"], " ", one["filename"], " ", one["size"], " ", one["sha256"], " ", one["by"], " ", one["words"])
		if got != want || !wire.MatchString(fmt.Sprint(one["at"])) {
			t.Errorf("round %d is %q at %v, want %q", i+1, got, one["at"], want)
		}
	}

	text := r.Do("GET", path+"?format=txt", r.AnaToken, nil)
	want := "Receipt for Mix\nProject: Album\nTimes: Europe/London\n\n1. Changes asked for by Ana on DATE ZONE\nFile: version 1, mix 1.wav, 20 bytes\nSHA-256: not known yet\n> Louder.\n> SHA-256: none\n" +
		"\n2. Approved by Ana on DATE ZONE\nFile: version 2, mix 2.wav, 20 bytes\nSHA-256: " + sum + "\n> Approved.\n"
	got := regexp.MustCompile(`\d{1,2} \w+ \d{4}, \d\d:\d\d:\d\d (GMT|BST)`).ReplaceAllString(string(text.Raw), "DATE ZONE")
	if got != want || text.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("%s\n%s\nwant\n%s", text.Header.Get("Content-Type"), got, want)
	}
	r.SaveAs(r.Owner, "DELETE", "attachments/records/"+first.Id, nil)
	if got := r.Do("GET", path+"?format=txt", r.Owner, nil); !strings.Contains(string(got.Raw), "File: none, or one that is no longer kept\n> Louder.") {
		t.Errorf("the first version is gone, and the receipt says %s", got.Raw)
	}
}
