package cascade_test

import (
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/filesystem"

	"greenroom/hooks/testkit"
)

// twin is PocketBase without Greenroom's hooks on a copy of a studio's data. It shows what a delete has to do.
func twin(t *testing.T, s *testkit.Studio) core.App {
	t.Helper()
	dir := t.TempDir()
	for name, db := range map[string]dbx.Builder{"data.db": s.App.NonconcurrentDB(), "auxiliary.db": s.App.AuxNonconcurrentDB()} {
		if _, err := db.NewQuery("VACUUM INTO {:to}").Bind(dbx.Params{"to": filepath.Join(dir, name)}).Execute(); err != nil {
			t.Fatal(err)
		}
	}
	storage := filepath.Join(s.App.DataDir(), core.LocalStorageDirName)
	if _, err := os.Stat(storage); err == nil {
		if err := os.CopyFS(filepath.Join(dir, core.LocalStorageDirName), os.DirFS(storage)); err != nil {
			t.Fatal(err)
		}
	}
	app := core.NewBaseApp(core.BaseAppConfig{DataDir: dir, DataMaxOpenConns: 8, DataMaxIdleConns: 8})
	if err := app.Bootstrap(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := app.ClearBootstrap(); err != nil {
			t.Error(err)
		}
	})
	return app
}

// machinery is the collection that lists the files that are still to be removed. It is the only trace of a delete
// there.
const machinery = "integrations"

// rows returns everything in the database except machinery, one line for each row. Of the records in emptied, the date
// of the update is left out.
func rows(t *testing.T, app core.App, emptied map[string]bool) (lines []string) {
	t.Helper()
	var tables []string
	if err := app.DB().NewQuery("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'search_%'").Column(&tables); err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		if table == machinery {
			continue
		}
		var all []dbx.NullStringMap
		if err := app.DB().NewQuery("SELECT * FROM {{" + table + "}}").All(&all); err != nil {
			t.Fatal(err)
		}
		for _, row := range all {
			line := table
			for _, column := range slices.Sorted(maps.Keys(row)) {
				if column != "updated" || !emptied[row["id"].String] {
					line += fmt.Sprintf(" %s=%q", column, row[column].String)
				}
			}
			lines = append(lines, line)
		}
	}
	slices.Sort(lines)
	return lines
}

// sameLines compares two lists of lines and shows those that only one of them has.
func sameLines(t *testing.T, what string, got, want []string) {
	t.Helper()
	for _, line := range got {
		if _, found := slices.BinarySearch(want, line); !found {
			t.Errorf("%s: should not be there: %.300s", what, line)
		}
	}
	for _, line := range want {
		if _, found := slices.BinarySearch(got, line); !found {
			t.Errorf("%s: is not there: %.300s", what, line)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d lines, not %d", what, len(got), len(want))
	}
}

// files returns the sorted paths of all stored files.
func files(t *testing.T, app core.App) (paths []string) {
	t.Helper()
	root := filepath.Join(app.DataDir(), core.LocalStorageDirName)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case os.IsNotExist(err): // it was removed in the background meanwhile
			return nil
		case err != nil:
			return err
		case !entry.IsDir():
			paths = append(paths, strings.TrimPrefix(path, root))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(paths)
	return paths
}

// filesBecome waits until the stored files are those that the rows name.
func filesBecome(t *testing.T, app core.App) {
	t.Helper()
	collections, err := app.FindAllCollections()
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, collection := range collections {
		for _, field := range collection.Fields {
			if field.Type() != core.FieldTypeFile {
				continue
			}
			left, err := app.FindAllRecords(collection)
			if err != nil {
				t.Fatal(err)
			}
			for _, record := range left {
				for _, name := range record.GetStringSlice(field.GetName()) {
					path := "/" + record.BaseFilesPath() + "/" + name
					want = append(want, path, path+".attrs")
				}
			}
		}
	}
	slices.Sort(want)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(2 * time.Millisecond) {
		got := files(t, app)
		if slices.Equal(got, want) {
			return
		}
		if time.Now().After(deadline) {
			sameLines(t, "files", got, want)
			return
		}
	}
}

// grove generates random data; the same for the same seed.
type grove struct {
	*testkit.Studio
	random *rand.Rand
}

func (g grove) make(collection string, fields map[string]any) *core.Record {
	id := make([]byte, core.DefaultIdLength)
	for i := range id {
		id[i] = core.DefaultIdAlphabet[g.random.IntN(len(core.DefaultIdAlphabet))]
	}
	fields["id"] = string(id)
	return g.Make(collection, fields)
}

// some calls do up to max times.
func (g grove) some(max int, do func(i int)) {
	for i := range g.random.IntN(max + 1) {
		do(i)
	}
}

// grow makes clients with records of every kind.
func (g grove) grow(clients int) {
	for i := range clients {
		client := g.make("clients", map[string]any{"email": fmt.Sprintf("client%d@example.com", i), "name": "Client"}).Id
		g.some(2, func(i int) {
			g.make("bookings", map[string]any{"client": client, "calendarEventId": fmt.Sprint(client, i), "startTime": "2026-01-02 10:00:00.000Z", "endTime": "2026-01-02 11:00:00.000Z"})
		})
		g.some(3, func(i int) { g.growProject(client) })
	}
}

func (g grove) growProject(client string) {
	project := g.make("projects", map[string]any{"client": client, "title": "Project", "serviceType": "AUDIO"}).Id
	comments := func(parent string, id string) {
		g.some(2, func(i int) { g.make("comments", map[string]any{parent: id, "body": fmt.Sprint("Words ", i)}) })
	}
	g.some(3, func(i int) {
		comments("milestone", g.make("milestones", map[string]any{"project": project, "title": "Milestone", "sortOrder": i}).Id)
	})
	g.some(2, func(i int) { comments("goal", g.make("goals", map[string]any{"project": project, "title": "Goal"}).Id) })
	g.some(2, func(i int) {
		g.make("action_items", map[string]any{"project": project, "title": "Action", "assignedTo": "client"})
	})
	sessions := []string{""} // or no session
	g.some(3, func(i int) {
		session := g.make("sessions", map[string]any{"project": project, "title": "Session"}).Id
		comments("session", session)
		sessions = append(sessions, session)
	})
	attachments := []string{}
	g.some(5, func(i int) {
		attachments = append(attachments, g.make("attachments", map[string]any{"project": project, "session": sessions[g.random.IntN(len(sessions))], "file": textFile()}).Id)
	})
	g.some(4, func(i int) {
		deliverable := map[string]any{"project": project, "title": "Deliverable"}
		if len(attachments) > 0 && g.random.IntN(4) > 0 {
			deliverable["attachment"], attachments = attachments[0], attachments[1:]
		}
		g.make("deliverables", deliverable)
	})
}

func textFile() *filesystem.File {
	file, err := filesystem.NewFileFromBytes([]byte("something to hear"), "notes.txt")
	if err != nil {
		panic(err) // reading from memory never fails
	}
	return file
}

// find returns the record of an app that corresponds to another app's.
func find(t *testing.T, app core.App, record *core.Record) *core.Record {
	t.Helper()
	found, err := app.FindRecordById(record.Collection().Name, record.Id)
	if err != nil {
		t.Fatalf("%s %s: %v", record.Collection().Name, record.Id, err)
	}
	return found
}
