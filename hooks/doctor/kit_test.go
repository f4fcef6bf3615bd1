package doctor

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pocketbase/dbx"

	"greenroom/hooks/config"
	"greenroom/hooks/testkit"
)

// studio is the data directory of a studio with one record, as a stopped server leaves it.
func studio(t *testing.T) (dir string) {
	t.Helper()
	s := testkit.New(t, nil)
	s.Make("integrations", map[string]any{"name": "mail"})
	dir = t.TempDir()
	for file, db := range map[string]dbx.Builder{dataFile: s.App.DB(), logsFile: s.App.AuxDB()} {
		if _, err := db.NewQuery("VACUUM INTO {:path}").Bind(dbx.Params{"path": filepath.Join(dir, file)}).Execute(); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// healthy is a patient with nothing wrong, on a copy of the studio's data directory.
func healthy(t *testing.T, studio string) *patient {
	t.Helper()
	dir := privateDir(t)
	if err := os.CopyFS(dir, os.DirFS(studio)); err != nil {
		t.Fatal(err)
	}
	return patientAt(t, dir)
}

func privateDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// change runs statements on one of the patient's databases.
func (p *patient) change(t *testing.T, file string, statements ...string) {
	t.Helper()
	db, err := dbx.Open("sqlite", filepath.Join(p.dir, file))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, sql := range statements {
		if _, err := db.NewQuery(sql).Execute(); err != nil {
			t.Fatal(err)
		}
	}
}

func patientAt(t *testing.T, dir string) *patient {
	t.Helper()
	c, err := config.Parse(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &patient{dir: dir, config: c, now: time.Now(), space: func(string) (uint64, uint64, error) { return 20 << 30, 40 << 30, nil },
		ownerOf: ownerOf, reachReplica: func(context.Context, config.Config) error { return nil },
		bucketMayTake: bucketMayTake}
	t.Cleanup(p.close)
	return p
}

// find gives what was found at one subject; the zero check where nothing was said.
func (r report) find(name string) check {
	for _, c := range r.Checks {
		if c.Name == name {
			return c
		}
	}
	return check{}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(filepath.Join(dir, path))
		files[path] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
