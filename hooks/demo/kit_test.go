package demo

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase"

	"greenroom/hooks"
	"greenroom/hooks/config"
	"greenroom/hooks/testkit"
)

// loadedAt is a difficult moment: a Monday five minutes after midnight, in the night after the change to summer time.
var loadedAt = time.Date(2026, time.March, 30, 0, 5, 0, 0, london)

// Tests copy these data directories: one with the schema and no records, and one with the demo.
var migratedDir, loadedDir string

func TestMain(m *testing.M) {
	if err := loadOnce(m); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func loadOnce(m *testing.M) error {
	dir, err := os.MkdirTemp("", "greenroom-demo")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	migratedDir, loadedDir = filepath.Join(dir, "migrated"), filepath.Join(dir, "loaded")
	if err := with(migratedDir, func(app studioApp) error { return app.RunAllMigrations() }); err != nil {
		return err
	}
	if err := os.CopyFS(loadedDir, os.DirFS(migratedDir)); err != nil {
		return err
	}
	load := func(app studioApp) error {
		_, err := Load(app, loadedAt)
		return err
	}
	if err := with(loadedDir, load); err != nil {
		return err
	}
	m.Run()
	return nil
}

// with runs do on a program with the data directory, and terminates the program.
func with(dir string, do func(studioApp) error) error {
	app, err := open(dir)
	if err != nil {
		return err
	}
	return errors.Join(do(app), app.end())
}

// studioApp is the program as main makes it, with its output.
type studioApp struct {
	*pocketbase.PocketBase
	said *safeBuffer
	end  func() error // ends the program, at its first call
}

func open(dir string) (studioApp, error) {
	c, err := config.Parse(nil)
	if err != nil {
		return studioApp{}, err
	}
	pb := pocketbase.NewWithConfig(pocketbase.Config{DefaultDataDir: dir})
	app := studioApp{pb, new(safeBuffer), sync.OnceValue(func() error { return testkit.End(pb) })}
	app.RootCmd.SetOut(app.said)
	hooks.Register(app.PocketBase, Reach(app.PocketBase, c))
	Register(app.PocketBase)
	return app, app.Bootstrap()
}

func openIn(t *testing.T, dir string) studioApp {
	t.Helper()
	app, err := open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := app.end(); err != nil {
			t.Error(err)
		}
	})
	return app
}

// empty returns a program whose data directory does not exist yet.
func empty(t *testing.T) studioApp { return openIn(t, filepath.Join(t.TempDir(), "pb_data")) }

// migrated returns a program on a data directory with the schema and no records.
func migrated(t *testing.T) studioApp { return copied(t, migratedDir) }

// loaded returns a program on a copy of the demo directory.
func loaded(t *testing.T) studioApp { return copied(t, loadedDir) }

func copied(t *testing.T, from string) studioApp {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "pb_data")
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return openIn(t, dir)
}

// everything describes the content of a data directory: each row of each table, and name and size of each file.
func (a studioApp) everything(t *testing.T) string {
	t.Helper()
	var tables []string
	if err := a.DB().NewQuery("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'search_words%' ORDER BY name").Column(&tables); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, table := range tables {
		var rows []dbx.NullStringMap
		if err := a.DB().NewQuery("SELECT * FROM {{" + table + "}} ORDER BY rowid").All(&rows); err != nil {
			t.Fatal(err)
		}
		content, err := json.Marshal(rows)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, "%s %s\n", table, content)
	}
	return out.String() + strings.Join(a.storedFiles(t), "\n")
}

func (a studioApp) storedFiles(t *testing.T) (files []string) {
	t.Helper()
	storage := filepath.Join(a.DataDir(), "storage")
	err := filepath.WalkDir(storage, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			files = append(files, fmt.Sprintf("%s %d", path, info.Size()))
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return files
}

// count returns the number of rows of a table that meet a condition.
func (a studioApp) count(t *testing.T, table, where string, params dbx.Params) (n int) {
	t.Helper()
	if err := a.DB().NewQuery("SELECT count(*) FROM {{" + table + "}} WHERE " + where).Bind(params).Row(&n); err != nil {
		t.Fatalf("%s where %s: %v", table, where, err)
	}
	return n
}

// safeBuffer may be written by the server while the test reads it.
type safeBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}
