package archive_test

import (
	"archive/zip"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/testkit"
)

func TestLockedFilesAreNamedAndNotIncluded(t *testing.T) {
	r := testkit.NewRoom(t)
	project, deliverable := album(t, r)
	r.Exec("UPDATE deliverables SET invoice = 'in_secret', locked = TRUE WHERE id = {:id}", dbx.Params{"id": deliverable.Id})
	preview, err := r.App.FindFirstRecordByData("attachments", "filename", "mix.wav")
	if err != nil {
		t.Fatal(err)
	}
	r.Exec("UPDATE deliverables SET preview = {:file} WHERE id = {:id}", dbx.Params{"file": preview.Id, "id": deliverable.Id})
	person := r.Make("clients", fields{"email": "bea@example.com", "name": "Bea", "account": r.Ana.Id, "access": "work"})
	for who, tc := range map[string]struct{ token, query, said string }{
		"the client":              {r.AnaToken, "", "It opens when its invoice is paid."},
		"who does not see money":  {testkit.Token(t, person), "", "It is not open yet."},
		"the owner":               {r.Owner, "", "It opens when its invoice is paid."},
		"the owner as the client": {r.Owner, "?as=" + r.Ana.Id, "It opens when its invoice is paid."},
	} {
		entries := open(t, r.Do("GET", path(project)+tc.query, tc.token, nil).Raw)
		if entries["files/Mix.wav"] != nil || entries["files/Mix (2).wav"] != nil || content(t, entries, "files/mix.wav") != "version one" {
			t.Errorf("%s: %v", who, entries)
		}
		for name := range entries {
			text := content(t, entries, name)
			testkit.MustNotContain(t, who+" in "+name, []byte(text), "version two", "in_secret")
			if tc.said == "It is not open yet." {
				testkit.MustNotContain(t, who+" in "+name, []byte(text), "invoice", "paid")
			}
		}
		html := content(t, entries, "index.html")
		if !strings.Contains(html, "<bdi>Mix.wav</bdi>: "+tc.said) || strings.Contains(html, `href="files/Mix`) {
			t.Errorf("%s: the page says %s", who, html)
		}
		for _, file := range testkit.List(t, testkit.Decode(t, []byte(content(t, entries, "project.json"))), "attachments") {
			if _, there := file["path"]; there == (file["filename"] == "Mix.wav") {
				t.Errorf("%s: %v", who, file)
			}
		}
	}
}

// Files that cannot be read because the bucket does not answer are named in the archive.
func TestFilesThatCannotBeReadAreNamed(t *testing.T) {
	gateway := testkit.NewGateway(t)
	r := testkit.Furnish(t, testkit.New(t, gateway.Environment()))
	project, _ := album(t, r)
	long := strings.Repeat("0123456789abcdef", (9<<20)/16) // three pieces
	r.With("attachments", fields{"project": project.Id, "file": sound(t, "long.wav", long), "filename": "long.wav"})
	entries := open(t, r.Do("GET", path(project), r.AnaToken, nil).Raw)
	if content(t, entries, "files/long.wav") != long || content(t, entries, "files/mix.wav") != "version one" || entries["files/long.wav"].Method != zip.Store {
		t.Error("the bucket's files are others")
	}

	r.App.Settings().S3.Endpoint = "http://" + testkit.FreeAddress(t)
	entries = open(t, r.Do("GET", path(project), r.AnaToken, nil).Raw)
	html := content(t, entries, "index.html")
	if len(entries) != 3 { // the page, the data and the receipt
		t.Errorf("%d entries", len(entries))
	}
	for _, name := range []string{"mix.wav", "Mix.wav", "words ünd more.txt", "long.wav"} {
		if !strings.Contains(html, "<bdi>"+name+"</bdi>: It could not be read when this was packed.") {
			t.Errorf("the page does not name %s: %s", name, html)
		}
	}
}

func TestAFileThatIsShorterThanItShouldBeIsNamed(t *testing.T) {
	r := testkit.NewRoom(t)
	project, _ := album(t, r)
	file, err := r.App.FindFirstRecordByData("attachments", "filename", "mix.wav")
	if err != nil {
		t.Fatal(err)
	}
	gone, err := r.App.FindFirstRecordByData("attachments", "filename", "Mix.wav")
	if err != nil {
		t.Fatal(err)
	}
	stored := func(file *core.Record) string {
		return filepath.Join(r.App.DataDir(), "storage", file.BaseFilesPath(), file.GetString("file"))
	}
	if err := errors.Join(os.Truncate(stored(file), 4), os.Remove(stored(gone))); err != nil {
		t.Fatal(err)
	}
	entries := open(t, r.Do("GET", path(project), r.AnaToken, nil).Raw)
	html := content(t, entries, "index.html")
	if !strings.Contains(html, "<bdi>mix.wav</bdi>: It breaks off") || !strings.Contains(html, "<bdi>Mix.wav</bdi>: It could not be read") || content(t, entries, "files/mix.wav") != "vers" {
		t.Errorf("the page says %s", html)
	}
}

func TestDeletedWordsAreInNoArchive(t *testing.T) {
	r := testkit.NewRoom(t)
	project, deliverable := album(t, r)
	said := r.SaveAs(r.AnaToken, "POST", "comments/records", fields{"deliverable": deliverable.Id, "body": "words taken back"})
	r.SaveAs(r.AnaToken, "DELETE", "comments/records/"+said["id"].(string), nil)
	for _, token := range []string{r.AnaToken, r.Owner} {
		entries := open(t, r.Do("GET", path(project), token, nil).Raw)
		for name := range entries {
			testkit.MustNotContain(t, name, []byte(content(t, entries, name)), "taken back")
		}
		if html := content(t, entries, "index.html"); !strings.Contains(html, "The words were deleted.") {
			t.Errorf("the page says %s", html)
		}
	}
}
