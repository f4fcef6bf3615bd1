package files_test

import (
	"fmt"
	"mime"
	"strings"
	"testing"

	"github.com/pocketbase/dbx"

	"greenroom/hooks/testkit"
)

func TestAFileArrives(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		s := testkit.New(t, p.environment)
		ana := newDesk(s, "ana")
		content := noise(20 << 20)
		u := ana.begin(t, "Take 1.txt", content)
		if u.Parts != 3 {
			t.Fatalf("%d parts", u.Parts)
		}
		u.some(2)
		if early := u.do("POST", "/complete", nil); early.Status != 409 {
			t.Errorf("completed too early: %d %s", early.Status, early.Raw)
		}
		if records := s.Do("GET", "/api/collections/attachments/records", ana.token, nil); strings.Contains(string(records.Raw), u.Id) {
			t.Error("there is a record of half a file")
		}
		u.rest()
		record := u.complete()
		want := map[string]any{"id": u.Id, "project": ana.project.Id, "client": ana.client.Id, "filename": "Take 1.txt", "size": float64(len(content)),
			"mimeType": "text/plain; charset=utf-8", "uploadedBy": "client"}
		for field, value := range want {
			if record[field] != value {
				t.Errorf("%s is %v, not %v", field, record[field], value)
			}
		}
		if key := fmt.Sprintf("%v/%s/%v", record["collectionId"], u.Id, record["file"]); record["url"] != key || strings.Join(p.keys(t, s), " ") != key {
			t.Errorf("url %v, stored %v, want both %s", record["url"], p.keys(t, s), key)
		}
		if again := u.complete(); fmt.Sprint(again) != fmt.Sprint(record) {
			t.Errorf("completing twice: %v, then %v", record, again)
		}
		if response, got := fetch(t, ana.link(t, u.Id)); response.StatusCode != 200 || string(got) != content {
			t.Errorf("download: %d, %d bytes", response.StatusCode, len(got))
		}
		if left := p.unfinished(t, s); left != 0 {
			t.Errorf("%d things are left of finished uploads", left)
		}
	})
}

func TestAnUploadIsTheirsAlone(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		s := testkit.New(t, p.environment)
		ana, ben := newDesk(s, "ana"), newDesk(s, "ben")
		archived := newDesk(s, "carl")
		archived.client.Set("archivedAt", "2026-01-01 00:00:00.000Z")
		if err := s.App.Save(archived.client); err != nil {
			t.Fatal(err)
		}
		missing := ana.ask(ana.token, map[string]any{"project": "nosuchrecord123"})
		for name, tc := range map[string]struct {
			answer testkit.Answer
			status int
		}{
			"own project":                      {ana.ask(ana.token, nil), 200},
			"own session":                      {ana.ask(ana.token, map[string]any{"session": ana.session.Id}), 200},
			"the owner, any project":           {ana.ask(s.Owner, nil), 200},
			"somebody else's project":          {ana.ask(ben.token, nil), 404},
			"a missing project":                {missing, 404},
			"a session of another project":     {ana.ask(ana.token, map[string]any{"session": ben.session.Id}), 400},
			"nobody":                           {ana.ask("", nil), 401},
			"an archived client":               {archived.ask(archived.token, nil), 401},
			"the owner looking as a client":    {s.Do("POST", "/api/portal/uploads?as="+ana.client.Id, s.Owner, map[string]any{"project": ana.project.Id, "filename": "a", "size": 1}), 403},
			"nothing in it":                    {ana.ask(ana.token, map[string]any{"size": 0}), 400},
			"less than nothing":                {ana.ask(ana.token, map[string]any{"size": -1}), 400},
			"no words":                         {s.Do("POST", "/api/portal/uploads", ana.token, []int{1}), 400},
			"a whole number of no small sizes": {ana.ask(ana.token, map[string]any{"size": int64(1) << 62}), 413},
		} {
			if tc.answer.Status != tc.status || tc.status != 200 && tc.answer.Message() == "" {
				t.Errorf("%s: %d %s", name, tc.answer.Status, tc.answer.Raw)
			}
		}
		if foreign := ana.ask(ben.token, nil); string(foreign.Raw) != string(missing.Raw) {
			t.Errorf("a foreign and a missing project can be told apart: %s %s", foreign.Raw, missing.Raw)
		}

		u := ana.begin(t, "take.wav", "hello")
		for _, token := range []string{ben.token, s.Owner} {
			theirs := *u
			theirs.token = token
			for _, tc := range []struct{ method, path string }{{"POST", "/parts"}, {"POST", "/complete"}, {"DELETE", ""}} {
				nobodys := theirs
				nobodys.Id = "nosuchrecord123"
				got, want := theirs.do(tc.method, tc.path, nil), nobodys.do(tc.method, tc.path, nil)
				if got.Status != 404 || string(got.Raw) != string(want.Raw) {
					t.Errorf("%s%s of somebody else's upload: %d %s", tc.method, tc.path, got.Status, got.Raw)
				}
			}
			if u.Kind == "tus" {
				if status := theirs.patch(0, strings.NewReader("theft"), 5); status != 404 {
					t.Errorf("more of somebody else's upload: %d", status)
				}
				if head := s.Do("HEAD", "/api/portal/uploads/"+u.Id, token, nil); head.Status != 404 {
					t.Errorf("a look at somebody else's upload: %d", head.Status)
				}
			}
		}
		u.rest()
		u.complete()
	})
}

func TestFileNamesAndTypes(t *testing.T) {
	long := strings.Repeat("ä", 120) + ".flac"
	for len(long) < 255 {
		long = "x" + long
	}
	everywhere(t, func(t *testing.T, p *place) {
		s := testkit.New(t, p.environment)
		ana := newDesk(s, "ana")
		for sent, tc := range map[string]struct{ content, filename, mimeType, served, disposition string }{
			"mix.wav":           {"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00", "mix.wav", "audio/wav", "audio/wav", "inline"},
			"mix.mp3":           {"ID3\x04\x00\x00\x00\x00\x00\x23TSSE", "mix.mp3", "audio/mpeg", "audio/mpeg", "inline"},
			"run.js":            {"#!/usr/bin/env node\nalert(1)", "run.js", "text/javascript", "application/octet-stream", "attachment"},
			"reel.wav":          {"RF64\xff\xff\xff\xffWAVEds64\x1c\x00\x00\x00", "reel.wav", "audio/wav", "audio/wav", "inline"},
			"voice.m4a":         {"\x00\x00\x00\x18ftyp3gp4\x00\x00\x00\x00isom3gp4", "voice.m4a", "audio/mp4", "audio/mp4", "inline"},
			"mix.m4a":           {"\x00\x00\x00\x1cftypM4A \x00\x00\x02\x00M4A isomiso2", "mix.m4a", "audio/x-m4a", "audio/mp4", "inline"},
			"phone.m4a":         {"\x00\x00\x00\x1cftypisom\x00\x00\x02\x00isomiso2mp41", "phone.m4a", "audio/mp4", "audio/mp4", "inline"},
			"film.mp4":          {"\x00\x00\x00\x1cftypisom\x00\x00\x02\x00isomiso2mp41", "film.mp4", "video/mp4", "application/octet-stream", "attachment"},
			"mix.ogg":           {"OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x1e\x01vorbis\x00\x00\x00\x00\x02", "mix.ogg", "audio/ogg", "audio/ogg", "inline"},
			"mix.opus":          {"OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x13OpusHead\x01\x02", "mix.opus", "audio/ogg", "audio/ogg", "inline"},
			long:                {"fLaC\x00\x00\x00\x22", long, "audio/flac", "audio/flac", "inline"},
			"cover.mp3":         {"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01", "cover.mp3", "image/jpeg", "image/jpeg", "inline"},
			"report.pdf":        {"%PDF-1.7\n1 0 obj\n", "report.pdf", "application/pdf", "application/pdf", "inline"},
			"page.png":          {"<!DOCTYPE html><script>alert(1)</script>", "page.png", "text/html; charset=utf-8", "application/octet-stream", "attachment"},
			"logo.svg":          {`<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`, "logo.svg", "image/svg+xml", "application/octet-stream", "attachment"},
			"../../etc/passwd":  {"root", ".._.._etc_passwd", "text/plain; charset=utf-8", "application/octet-stream", "attachment"},
			"שיר חדש.txt":       {"words", "שיר חדש.txt", "text/plain; charset=utf-8", "application/octet-stream", "attachment"},
			"mix\u202e3pm.exe":  {"words", "mix_3pm.exe", "text/plain; charset=utf-8", "application/octet-stream", "attachment"},
			"a\"b\r\nX-Evil: 1": {"words", "a\"b__X-Evil: 1", "text/plain; charset=utf-8", "application/octet-stream", "attachment"},
			"42.zip":            {"PK\x03\x04\x14\x00\x00\x00\x08\x00", "42.zip", "application/zip", "application/octet-stream", "attachment"},
			"...":               {"words", "file", "text/plain; charset=utf-8", "application/octet-stream", "attachment"},
			"":                  {"words", "file", "text/plain; charset=utf-8", "application/octet-stream", "attachment"},
		} {
			record := ana.send(t, sent, tc.content)
			if record["filename"] != tc.filename || record["mimeType"] != tc.mimeType {
				t.Errorf("%q is called %q and is %v", sent, record["filename"], record["mimeType"])
			}
			response, got := fetch(t, ana.link(t, record["id"]))
			kind, params, err := mime.ParseMediaType(response.Header.Get("Content-Disposition"))
			if string(got) != tc.content || kind != tc.disposition || params["filename"] != tc.filename || err != nil {
				t.Errorf("%q comes as %s (%v)", sent, response.Header.Get("Content-Disposition"), err)
			}
			if response.Header.Get("Content-Type") != tc.served || response.Header.Get("X-Evil") != "" {
				t.Errorf("%q comes as %v", sent, response.Header)
			}
			if private := response.Header.Get("Cache-Control"); !strings.HasPrefix(private, "private") {
				t.Errorf("%q may be cached: %s", sent, private)
			}
		}
	})
}

func TestLimits(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		s := testkit.New(t, p.with("GREENROOM_MAX_UPLOAD", "100 B").environment)
		ana := newDesk(s, "ana")
		if answer := ana.ask(ana.token, map[string]any{"size": 101}); answer.Status != 413 || !strings.Contains(answer.Message(), "101 B") {
			t.Errorf("too large: %d %s", answer.Status, answer.Raw)
		}
		for range 9 {
			if answer := ana.ask(ana.token, map[string]any{"size": 100}); answer.Status != 200 {
				t.Fatalf("one of nine: %d %s", answer.Status, answer.Raw)
			}
		}
		ana.send(t, "last.txt", strings.Repeat("x", 51))
		if answer := ana.ask(ana.token, map[string]any{"size": 50}); answer.Status != 413 || !strings.Contains(answer.Message(), "1000 B") {
			t.Errorf("too much in all: %d %s", answer.Status, answer.Raw)
		}
		if answer := ana.ask(ana.token, map[string]any{"size": 49}); answer.Status != 200 {
			t.Errorf("the last that fits: %d %s", answer.Status, answer.Raw)
		}
		if answer := ana.ask(s.Owner, map[string]any{"size": 100}); answer.Status != 200 {
			t.Errorf("the owner's deliveries count as the client's: %d %s", answer.Status, answer.Raw)
		}
		for content, status := range map[string]int{strings.Repeat("x", 101): 413, "one more": 413, "": 400} {
			contentType, body := form(t, ana.project.Id, content)
			if answer := s.Send("POST", "/api/collections/attachments/records", ana.token, contentType, body); answer.Status != status || answer.Message() == "" {
				t.Errorf("%d bytes by PocketBase's form: %d %s", len(content), answer.Status, answer.Raw)
			}
		}
	})
}

func TestAFullDiskIsSaidBeforeAnythingComes(t *testing.T) {
	s := testkit.New(t, map[string]string{"GREENROOM_MAX_UPLOAD": "4000000000GB"})
	ana := newDesk(s, "ana")
	if answer := ana.ask(ana.token, map[string]any{"size": int64(1) << 60}); answer.Status != 507 || !strings.Contains(answer.Message(), "no room") {
		t.Errorf("more than the disk has: %d %s", answer.Status, answer.Raw)
	}
	u := ana.begin(t, "take.wav", "hello")
	if status := u.patch(0, endless{}, 1<<60); status != 507 && status != 0 { // 0 if the connection is closed before the answer is read
		t.Errorf("more than the disk has in the middle: %d", status)
	}
	if a := u.arrived(); a.ReceivedBytes != 0 {
		t.Errorf("%d bytes were taken that there is no room for", a.ReceivedBytes)
	}
	u.rest()
	u.complete()
	if rows := s.Do("GET", "/api/collections/integrations/records", s.Owner, nil); strings.Contains(string(rows.Raw), "files:upload") {
		t.Errorf("something is left of what was refused: %s", rows.Raw)
	}
}

// endless is a body that never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestCancelledAndAbandonedUploadsGo(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		s := testkit.New(t, p.environment)
		ana := newDesk(s, "ana")
		cancelled, abandoned, moving, lost := ana.begin(t, "a", noise(9<<20)), ana.begin(t, "b", noise(9<<20)), ana.begin(t, "c", noise(9<<20)), ana.begin(t, "d", "lost")
		for _, u := range []*sending{cancelled, abandoned, moving} {
			u.some(1)
		}
		if answer := cancelled.do("DELETE", "", nil); answer.Status != 204 {
			t.Fatalf("cancel: %d %s", answer.Status, answer.Raw)
		}
		if answer := cancelled.do("POST", "/complete", nil); answer.Status != 404 {
			t.Errorf("complete what was cancelled: %d %s", answer.Status, answer.Raw)
		}
		age := func(u *sending, set string) {
			_, err := s.App.DB().NewQuery(set + " WHERE name LIKE {:name}").Bind(dbx.Params{"name": "files:upload:%" + u.Id}).Execute()
			if err != nil {
				t.Fatal(err)
			}
		}
		age(abandoned, "UPDATE integrations SET updated = datetime('now', '-49 hours') || '.000Z'")
		age(moving, "UPDATE integrations SET updated = datetime('now', '-49 hours') || '.000Z'")
		age(lost, "DELETE FROM integrations")
		p.makeOld(t, s, lost.Id)
		moving.some(1) // any progress prevents that it is given up
		sweep(t, s)
		testkit.Eventually(t, "only what moves is left", func() bool {
			left := p.unfinished(t, s)
			return left == 1 && p.gateway != nil || left == 2 && p.gateway == nil // on the disk, the file and its .info
		})
		moving.rest()
		moving.complete()
		if len(p.keys(t, s)) != 1 {
			t.Errorf("left in the store: %v", p.keys(t, s))
		}
	})
}
