package portal_test

import (
	"strings"
	"testing"
)

func TestMarkers(t *testing.T) {
	r := newRoom(t)
	d := r.With("deliverables", fields{"project": r.Project("Album").Id, "title": "Mix"})
	version := r.sound(d, "mix.wav")
	path := "/api/portal/attachments/" + version.Id + "/markers"
	r.guarded(path, "/api/portal/attachments/nosuchrecord123/markers")

	say := func(more fields) string {
		return r.SaveAs(r.AnaToken, "POST", "comments/records", more)["id"].(string)
	}
	say(fields{"deliverable": d.Id, "body": "the whole chorus,\n\"softer\"", "timed": true, "atMs": 3_672_500, "untilMs": 3_700_000})
	say(fields{"deliverable": d.Id, "body": "=1+1", "timed": true, "atMs": 72_000})
	say(fields{"deliverable": d.Id, "body": "about nothing in particular"})
	say(fields{"deliverable": d.Id, "body": "count in", "timed": true, "atMs": 0})
	r.SaveAs(r.AnaToken, "DELETE", "comments/records/"+say(fields{"deliverable": d.Id, "body": "taken back", "timed": true, "atMs": 5}), nil)
	r.sound(d, "mix 2.wav")
	say(fields{"deliverable": d.Id, "body": "of another version", "timed": true, "atMs": 1})

	plain := "number,start,end,timecode,author,words\n1,0.000,,00:00:00.000,Ana,count in\n2,72.000,,00:01:12.000,Ana,'=1+1\n" +
		"3,3672.500,3700.000,01:01:12.500,Ana,\"the whole chorus,\n\"\"softer\"\"\"\n"
	reaper := "#,Name,Start,End,Length\nM1,Ana: count in,0:00.000,,\nM2,Ana: =1+1,1:12.000,,\n" +
		"R1,\"Ana: the whole chorus, \"\"softer\"\"\",1:01:12.500,1:01:40.000,0:27.500\n"
	for format, want := range map[string]string{"": plain, "?format=csv": plain, "?format=reaper": reaper} {
		for _, token := range []string{r.AnaToken, r.Owner} {
			got := r.Do("GET", path+format, token, nil)
			if string(got.Raw) != want || got.Header.Get("Content-Type") != "text/csv; charset=utf-8" || got.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s: %v\n%s\nwant\n%s", format, got.Header, got.Raw, want)
			}
		}
	}
	r.Save(r.Ana, fields{"name": "-Ana"}) // later comments have this name
	say(fields{"deliverable": d.Id, "attachment": version.Id, "body": "@here", "timed": true, "atMs": 0})
	got := string(r.Do("GET", path+"?format=reaper", r.Owner, nil).Raw)
	if want := "\nM2,'-Ana: @here,0:00.000,,\n"; !strings.Contains(got, want) {
		t.Errorf("%s\nwant in it %s", got, want)
	}
}
