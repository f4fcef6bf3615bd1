package cli

import (
	"archive/zip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"greenroom/hooks/testkit"
)

func TestClientExport(t *testing.T) {
	s := testkit.New(t, nil)
	ana := testkit.NewHousehold(t, s, "ana")
	dir := t.TempDir()
	to := filepath.Join(dir, "ana.zip")
	out := must(t, s.App, "client", "export", "ANA-secret@example.com", "--to", to)
	if want := "Wrote " + to + ": 1 project, 2 files, "; !strings.HasPrefix(out, want) || strings.Count(out, "\n") != 1 {
		t.Errorf("%q, want %q…", out, want)
	}
	r, err := zip.OpenReader(to)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	found := map[string]bool{}
	for _, f := range r.File {
		found[f.Name] = true
	}
	for _, name := range []string{"index.html", "client.json", "projects/ana-secret project/index.html", "projects/ana-secret project/project.json", "projects/ana-secret project/files/ana-secret file"} {
		if !found[name] {
			t.Errorf("%s is not among %v", name, found)
		}
	}
	file := ana.Records["attachments"]
	if err := os.Remove(filepath.Join(s.App.DataDir(), "storage", file.BaseFilesPath(), file.GetString("file"))); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]string{
		"client export ana-secret@example.com":                                "say which file to write",
		"client export nobody@example.com --to " + dir + "/x":                 "no client has the email",
		"client export ana-secret@example.com --to " + to:                     to + " is there already",
		"client export ana-secret@example.com --to " + dir + "/nowhere/a.zip": dir + "/nowhere/a.zip cannot be written",
		"client export ana-secret@example.com --to " + dir + "/second.zip":    "1 file could not be read; everything else is in " + dir + "/second.zip",
	} {
		out, err := execute(t, s.App, strings.Fields(args)...)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %q, %v", args, out, err)
		}
		if strings.Contains(args, "second") && !strings.Contains(out, "Could not be read: ana-secret project: ana-secret file\n") {
			t.Errorf("%s says %q", args, out)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 2 {
		t.Errorf("%v, %v", left, err)
	}
}

// A file that has come under the name while the archive was written stays.
func TestAFileThatComesMeanwhileStays(t *testing.T) {
	half, to := filepath.Join(t.TempDir(), "half"), filepath.Join(t.TempDir(), "ana.zip")
	for path, content := range map[string]string{half: "the archive", to: "another's"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := place(half, to); err == nil || !strings.HasPrefix(err.Error(), to+" has come meanwhile") {
		t.Errorf("it says %v", err)
	}
	if content, err := os.ReadFile(to); err != nil || string(content) != "another's" {
		t.Errorf("%q, %v", content, err)
	}
	if err := os.Remove(to); err != nil {
		t.Fatal(err)
	}
	if err := place(half, to); err != nil {
		t.Error(err)
	}
}
