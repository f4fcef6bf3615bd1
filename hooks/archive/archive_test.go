package archive_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/filesystem"
	"github.com/pocketbase/pocketbase/tools/types"

	"greenroom/hooks/access"
	"greenroom/hooks/archive"
	"greenroom/hooks/config"
	"greenroom/hooks/testkit"
)

type fields = testkit.Fields

// open reads an archive and returns its entries by name.
func open(t *testing.T, raw []byte) map[string]*zip.File {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	entries := map[string]*zip.File{}
	for _, f := range r.File {
		if entries[f.Name] != nil || strings.Contains(f.Name, "..") || strings.HasPrefix(f.Name, "/") || strings.Contains(f.Name, `\`) {
			t.Errorf("an entry is called %q", f.Name)
		}
		entries[f.Name] = f
		content(t, entries, f.Name) // reading an entry to its end verifies its checksum
	}
	return entries
}

func content(t *testing.T, entries map[string]*zip.File, name string) string {
	t.Helper()
	if entries[name] == nil {
		t.Fatalf("there is no %s", name)
	}
	r, err := entries[name].Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	all, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return string(all)
}

func sound(t *testing.T, name, content string) *filesystem.File {
	t.Helper()
	file, err := filesystem.NewFileFromBytes([]byte(content), name)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func path(project *core.Record) string { return "/api/portal/projects/" + project.Id + "/archive.zip" }

// album makes a project of Ana's with a record of every kind.
func album(t *testing.T, r *testkit.Room) (project, deliverable *core.Record) {
	t.Helper()
	project = r.Project("Album <mix>", fields{"description": "Ten songs & more."})
	in := fields{"project": project.Id}
	session := r.With("sessions", fields{"title": "Day one", "notes": "First <take>\nkept", "durationMin": 90, "date": "2026-11-18 10:00:00Z"}, in)
	milestone := r.With("milestones", fields{"title": "Tracking", "status": "DONE"}, in)
	r.With("comments", fields{"milestone": milestone.Id, "body": "Well <i>done</i>"})
	r.With("goals", fields{"title": "Charts"}, in)
	r.With("action_items", fields{"title": "Send stems", "assignedTo": "client"}, in)
	deliverable = r.With("deliverables", fields{"title": "Master: one/two", "status": "DELIVERED"}, in)
	r.With("attachments", fields{"file": sound(t, "a.wav", "version one"), "filename": "mix.wav", "deliverable": deliverable.Id}, in)
	r.With("attachments", fields{"file": sound(t, "b.wav", "version two"), "filename": "Mix.wav", "deliverable": deliverable.Id}, in)
	r.With("attachments", fields{"file": sound(t, "c.txt", "lyrics"), "filename": "words ünd more.txt", "session": session.Id}, in)
	r.SaveAs(r.AnaToken, "PATCH", "deliverables/records/"+deliverable.Id, fields{"status": "APPROVED"})
	return project, deliverable
}

func TestArchiveHasEverythingOfTheProject(t *testing.T) {
	r := testkit.NewRoom(t)
	project, _ := album(t, r)
	for who, token := range map[string]string{"the client": r.AnaToken, "the owner": r.Owner} {
		answer := r.Do("GET", path(project), token, nil)
		if answer.Status != 200 || answer.Header.Get("Content-Type") != "application/zip" ||
			answer.Header.Get("Content-Disposition") != `attachment; filename="Album _mix_.zip"` || answer.Header.Get("Cache-Control") != "private, no-store" {
			t.Fatalf("%s: %d %v", who, answer.Status, answer.Header)
		}
		entries := open(t, answer.Raw)
		for name, want := range map[string]string{"files/mix.wav": "version one", "files/Mix (2).wav": "version two", "files/words ünd more.txt": "lyrics"} {
			if got := content(t, entries, name); got != want || entries[name].Method != zip.Store {
				t.Errorf("%s is %q, by method %d", name, got, entries[name].Method)
			}
		}
		if got := content(t, entries, "receipts/Master_ one_two.txt"); !strings.HasPrefix(got, "Receipt for Master: one/two\nProject: Album <mix>\n") || !strings.Contains(got, "Approved by Ana") {
			t.Errorf("the receipt says %s", got)
		}
		if len(entries) != 6 {
			t.Errorf("%d entries", len(entries))
		}
		html := content(t, entries, "index.html")
		for _, want := range []string{`<html lang="en-GB">`, "<h1 dir=\"auto\">Album &lt;mix&gt;</h1>", "Ten songs &amp; more.", "First &lt;take&gt;", "Wednesday 18 November 2026 · 1 hour 30 minutes", "Well &lt;i&gt;done&lt;/i&gt;",
			`href="files/mix.wav"`, `href="files/Mix%20%282%29.wav"`, `href="files/words%20%C3%BCnd%20more.txt"`, `href="receipts/Master_%20one_two.txt"`, "Version 2, the current one", "Send stems", "Charts"} {
			if !strings.Contains(html, want) {
				t.Errorf("the page lacks %s:\n%s", want, html)
			}
		}
		if strings.Contains(html, "<script") || strings.Contains(html, "Not complete") {
			t.Errorf("the page is %s", html)
		}
		for _, link := range regexp.MustCompile(`(?:href|src)="([^"#]+)"`).FindAllStringSubmatch(html, -1) {
			if entries[unescape(t, link[1])] == nil {
				t.Errorf("the page leads to %s, which is not there", link[1])
			}
		}
		data := testkit.Decode(t, []byte(content(t, entries, "project.json")))
		shown := testkit.Decode(t, r.Raw("projects/"+project.Id))
		for _, part := range []string{"milestones", "sessions", "deliverables", "actionItems", "goals", "attachments"} {
			if got, want := testkit.Titles(t, data, part), testkit.Titles(t, shown, part); got != want || got == "" {
				t.Errorf("%s are %s, want %s", part, got, want)
			}
		}
		if got := testkit.List(t, data, "attachments")[1]["path"]; got != "files/Mix (2).wav" {
			t.Errorf("the second version is at %v", got)
		}
	}
}

func unescape(t *testing.T, href string) string {
	t.Helper()
	request, err := http.NewRequest("GET", "http://x/"+href, nil)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(request.URL.Path, "/")
}

// Other programs than Go's reader accept the archive, if the machine has one.
func TestOtherProgramsReadIt(t *testing.T) {
	unzip, err := exec.LookPath("unzip")
	if err != nil {
		t.Log("there is no unzip on this machine")
		return
	}
	r := testkit.NewRoom(t)
	project, _ := album(t, r)
	file := filepath.Join(t.TempDir(), "album.zip")
	if err := os.WriteFile(file, r.Do("GET", path(project), r.AnaToken, nil).Raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(unzip, "-t", file).CombinedOutput(); err != nil || !strings.Contains(string(out), "No errors detected") {
		t.Errorf("%v: %s", err, out)
	}
}

func TestNobodyTakesWhatIsNotTheirs(t *testing.T) {
	s := testkit.New(t, nil)
	ana, ben := testkit.NewHousehold(t, s, "ana"), testkit.NewHousehold(t, s, "ben")
	project := ana.Records["projects"]
	for _, what := range []string{path(project), "/api/portal/projects/" + project.Id + "/archive"} {
		missing := s.Do("GET", strings.Replace(what, project.Id, "nosuchproject12", 1), ben.Token, nil)
		for name, tc := range map[string]struct {
			query, token string
			status       int
		}{
			"theirs":                 {"", ana.Token, 200},
			"the owner's":            {"", s.Owner, 200},
			"the owner's as client":  {"?as=" + ana.Client.Id, s.Owner, 200},
			"the owner's as another": {"?as=" + ben.Client.Id, s.Owner, 404},
			"another's":              {"", ben.Token, 404},
			"another's as client":    {"?as=" + ana.Client.Id, ben.Token, 403},
			"a guest's":              {"", "", 401},
		} {
			answer := s.Do("GET", what+tc.query, tc.token, nil)
			if answer.Status != tc.status {
				t.Errorf("%s %s: %d %.200s", what, name, answer.Status, answer.Raw)
			}
			if tc.status != 200 {
				testkit.MustNotContain(t, name, answer.Raw, ana.Secret)
			}
			if tc.status == 404 && (!bytes.Equal(answer.Raw, missing.Raw) || answer.Message() != access.NotHere || answer.Header.Get("Content-Disposition") != "") {
				t.Errorf("%s %s can be told from a missing one: %s, %s", what, name, answer.Raw, missing.Raw)
			}
		}
	}
	for name, f := range open(t, s.Do("GET", path(project), ana.Token, nil).Raw) {
		testkit.MustNotContain(t, name, []byte(f.Name+content(t, map[string]*zip.File{name: f}, name)), ben.Secret, ana.Secret+"-cus", ana.Secret+"-clerk", "tokenKey", "deletedBody")
	}
	ana.Client.Set("archivedAt", types.NowDateTime())
	if err := s.App.Save(ana.Client); err != nil {
		t.Fatal(err)
	}
	if answer := s.Do("GET", path(project), ana.Token, nil); answer.Status != 401 {
		t.Errorf("an archived client gets %d", answer.Status)
	}
}

// A browser sends no token with a download, so it gets a link. The link is signed: it says for whom and until when, and
// any change makes it invalid.
func TestLink(t *testing.T) {
	r := testkit.NewRoom(t)
	project, _ := album(t, r)
	other := r.Project("Other")
	address := func(token, query string) string {
		answer := r.Do("GET", "/api/portal/projects/"+project.Id+"/archive"+query, token, nil)
		if answer.Status != 200 || answer.Header.Get("Cache-Control") != "private, no-store" {
			t.Fatalf("%d %s", answer.Status, answer.Raw)
		}
		return answer.JSON()["url"].(string)
	}
	good := address(r.AnaToken, "")
	for name, tc := range map[string]struct {
		path   string
		status int
	}{
		"as it is":           {good, 200},
		"the owner's":        {address(r.Owner, ""), 200},
		"the owner's as Ana": {address(r.Owner, "?as="+r.Ana.Id), 200},
		"another project":    {strings.Replace(good, project.Id, other.Id, 1), 404},
		"for somebody else":  {strings.Replace(good, r.Ana.Id, r.Ben.Id, 1), 404},
		"for the owner":      {good + "&by=owner", 404},
		"for longer":         {regexp.MustCompile(`expires=\d+`).ReplaceAllString(good, "expires=9999999999"), 404},
		"another signature":  {regexp.MustCompile(`signature=..`).ReplaceAllString(good, "signature=zz"), 404},
	} {
		if answer := r.Do("GET", tc.path, "", nil); answer.Status != tc.status {
			t.Errorf("%s: %d %.200s", name, answer.Status, answer.Raw)
		}
	}
	if head := r.Do("HEAD", good, "", nil); head.Status != 200 || len(head.Raw) > 0 || head.Header.Get("Content-Type") != "application/zip" {
		t.Errorf("HEAD: %d %v", head.Status, head.Header)
	}
	r.Save(r.Ana, fields{"archivedAt": types.NowDateTime()})
	if answer := r.Do("GET", good, "", nil); answer.Status != 404 {
		t.Errorf("the link of an archived client: %d", answer.Status)
	}
}

func TestOneAtATimeForAClient(t *testing.T) {
	r := testkit.NewRoom(t)
	project := r.Project("Large")
	r.With("attachments", fields{"project": project.Id, "file": sound(t, "a.wav", strings.Repeat("0123456789abcdef", 3<<20)), "filename": "a.wav"})
	bens := r.Project("Ben's", fields{"client": r.Ben.Id})
	request, err := http.NewRequest("GET", r.URL+path(project), nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", r.AnaToken)
	first, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	second := r.Do("GET", path(project), r.AnaToken, nil)
	if second.Status != 429 || !strings.Contains(second.Message(), "already") || second.Header.Get("Content-Type") != "application/json" {
		t.Errorf("a second archive: %d %v %.200s", second.Status, second.Header, second.Raw)
	}
	if link := r.Do("GET", strings.TrimSuffix(path(project), ".zip"), r.AnaToken, nil); link.Status != 429 {
		t.Errorf("a link to a second archive: %d", link.Status)
	}
	for who, ask := range map[string]testkit.Answer{"Ben": r.Do("GET", path(bens), r.BenToken, nil), "the owner": r.Do("GET", path(bens), r.Owner, nil)} {
		if ask.Status != 200 {
			t.Errorf("%s waits for Ana: %d", who, ask.Status)
		}
	}
	first.Body.Close()
	for deadline := time.Now().Add(time.Minute); ; {
		again := r.Do("HEAD", path(project), r.AnaToken, nil)
		if again.Status != 200 {
			t.Fatalf("%d", again.Status)
		}
		if answer := r.Do("GET", path(project), r.AnaToken, nil); answer.Status == 200 {
			open(t, answer.Raw)
			return
		} else if answer.Status != 429 || time.Now().After(deadline) {
			t.Fatalf("after the first was left: %d %.200s", answer.Status, answer.Raw)
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	r := testkit.NewRoom(t)
	project := r.Project("Large")
	const size = 96 << 20
	file := r.With("attachments", fields{"project": project.Id, "file": sound(t, "a.wav", "small"), "filename": "a.wav"})
	stored := filepath.Join(r.App.DataDir(), "storage", file.BaseFilesPath(), file.GetString("file"))
	if err := os.Truncate(stored, size); err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequest("GET", r.URL+path(project), nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", r.AnaToken)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, response.Body)
	response.Body.Close()
	runtime.ReadMemStats(&after)
	if err != nil || n < size {
		t.Fatalf("%d bytes, %v", n, err)
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > 16<<20 {
		t.Errorf("an archive of %d MB took %d MB of memory", size>>20, took>>20)
	}
}

// All comments of a long thread are in the archive, in their order.
func TestLongThread(t *testing.T) {
	r := testkit.NewRoom(t)
	project, _ := album(t, r)
	goal := r.With("goals", fields{"title": "Talk", "project": project.Id})
	const many = 205
	for i := range many {
		r.With("comments", fields{"goal": goal.Id, "body": fmt.Sprintf("word %03d", i)})
	}
	entries := open(t, r.Do("GET", path(project), r.AnaToken, nil).Raw)
	html, data := content(t, entries, "index.html"), content(t, entries, "project.json")
	if !json.Valid([]byte(data)) {
		t.Errorf("no JSON: %s", data)
	}
	for _, text := range []string{html, data} {
		last := -1
		for i := range many {
			at := strings.Index(text, fmt.Sprintf("word %03d", i))
			if at < 0 || at < last {
				t.Fatalf("word %d is at %d, the one before at %d", i, at, last)
			}
			last = at
		}
	}
}

func TestClientsArchive(t *testing.T) {
	s := testkit.New(t, nil)
	ana, ben := testkit.NewHousehold(t, s, "ana"), testkit.NewHousehold(t, s, "ben")
	s.Make("projects", fields{"client": ana.Client.Id, "title": ana.Secret + " Project", "serviceType": "AUDIO"})
	c, err := config.Parse(nil)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	done, err := archive.WriteClient(context.Background(), s.App, c, ana.Client, &out)
	if err != nil || done.Projects != 2 || done.Files != 2 || len(done.Failed) != 0 {
		t.Fatalf("%+v, %v", done, err)
	}
	entries := open(t, out.Bytes())
	for name := range entries {
		testkit.MustNotContain(t, name, []byte(name+content(t, entries, name)), ben.Secret)
	}
	html := content(t, entries, "index.html")
	for _, want := range []string{`href="projects/ana-secret%20project/index.html"`, `href="projects/ana-secret%20Project%20%282%29/index.html"`, ana.Secret + " booking", "Friday 1 January 2027, 10:00 (London)"} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %s: %s", want, html)
		}
	}
	content(t, entries, "projects/ana-secret project/files/ana-secret file")
	data := testkit.Decode(t, []byte(content(t, entries, "client.json")))
	if len(testkit.List(t, data, "projects")) != 2 || len(testkit.List(t, data, "bookings")) != 1 {
		t.Errorf("%v", data)
	}
}
