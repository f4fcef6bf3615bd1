package files_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"greenroom/hooks/testkit"
)

// Every file of a studio that an earlier version left readable becomes private at the start.
func TestTheDataDirectoryIsPrivate(t *testing.T) {
	dir := testkit.Dir(t)
	left := filepath.Join(dir, "storage", "old", "mix.wav")
	if err := os.MkdirAll(filepath.Dir(left), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{left, filepath.Join(dir, "data.db")} {
		file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		file.Close()
		if err := os.Chmod(path, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s := testkit.Open(t, dir, nil)
	ana := newDesk(s, "ana")
	ana.send(t, "take.wav", "hello")
	ana.begin(t, "half.wav", noise(9<<20)).some(1)
	contentType, body := form(t, ana.project.Id, "hello")
	if answer := s.Send("POST", "/api/collections/attachments/records", ana.token, contentType, body); answer.Status != 200 {
		t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	if err := s.App.CreateBackup(t.Context(), "copy.zip"); err != nil {
		t.Fatal(err)
	}
	looked := 0
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		info, err := entry.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is %v", path, info.Mode())
		}
		if looked++; !entry.IsDir() && err == nil && info.Mode().Perm() != 0o600 {
			t.Errorf("%s is %v", path, info.Mode())
		}
		return err
	})
	if err != nil || looked < 10 {
		t.Errorf("%d things, %v", looked, err)
	}
}
