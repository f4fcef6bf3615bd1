package pb_migrations

import (
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/pocketbase/pocketbase/core"
)

// newApp opens a copy of a data directory on which every migration has run.
func newApp(t *testing.T) core.App {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, migrated(t)); err != nil {
		t.Fatal(err)
	}
	app, end := open(t, dir)
	t.Cleanup(end)
	return app
}

func open(t *testing.T, dir string) (app core.App, end func()) {
	t.Helper()
	app = core.NewBaseApp(core.BaseAppConfig{DataDir: dir})
	if err := app.Bootstrap(); err != nil {
		t.Fatal(err)
	}
	return app, func() {
		if err := app.ClearBootstrap(); err != nil {
			t.Error(err)
		}
	}
}

var prepared fstest.MapFS

// migrated is made by the first test that needs it; these tests do not run in parallel.
func migrated(t *testing.T) fstest.MapFS {
	t.Helper()
	if prepared != nil {
		return prepared
	}
	dir := t.TempDir()
	app, end := open(t, dir)
	if err := app.RunAllMigrations(); err != nil {
		t.Fatal(err)
	}
	end()
	files := fstest.MapFS{}
	for _, name := range []string{"data.db", "auxiliary.db"} {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: content, Mode: 0o600}
	}
	prepared = files
	return prepared
}

func TestUpDownUp(t *testing.T) {
	app := newApp(t)
	if _, err := app.FindCollectionByNameOrId("users"); err == nil {
		t.Error("PocketBase's stock users collection is still there")
	}
	own := core.NewMigrationsRunner(app, core.AppMigrations)
	if _, err := own.Down(len(core.AppMigrations.Items())); err != nil {
		t.Fatal(err)
	}
	for _, c := range Schema() {
		if _, err := app.FindCollectionByNameOrId(c.Name); err == nil {
			t.Errorf("%s is left over", c.Name)
		}
	}
	if _, err := own.Up(); err != nil {
		t.Fatal(err)
	}
	for _, c := range Schema() {
		if _, err := app.FindCollectionByNameOrId(c.Name); err != nil {
			t.Errorf("%s did not come back: %v", c.Name, err)
		}
	}
}

// TestIndexes compares the fourteen indexes of the model exactly: the unique ones and those on client columns.
func TestIndexes(t *testing.T) {
	app := newApp(t)
	for _, want := range []string{
		"projects(client)", "milestones(project,sortOrder)", "sessions(project)", "goals(project)", "deliverables(project)",
		"deliverables(attachment)", "action_items(project)", "attachments(project)", "attachments(session)", "comments(session)",
		"comments(milestone)", "comments(goal)", "bookings(client)", "bookings(startTime)",

		"unique clients(email)", "unique partial clients(clerkId)", "clients(clerkId)", "unique partial deliverables(attachment)",
		"unique bookings(calendarEventId)", "clients(stripeCustomerId)", "unique integrations(name)",

		"partial comments(created)", "attachments(deliverable,version)", "comments(deliverable)", "comments(attachment)", "clients(account)",

		"milestones(client)", "sessions(client)", "goals(client)", "deliverables(client)", "action_items(client)", "attachments(client)", "comments(client)",
	} {
		if !slices.Contains(indexes(t, app), want) {
			t.Errorf("no index %s among %v", want, indexes(t, app))
		}
	}
}

// indexes lists the indexes as SQLite reports them.
func indexes(t *testing.T, app core.App) (out []string) {
	t.Helper()
	var rows []struct {
		Table, Columns  string
		Unique, Partial bool
	}
	err := app.DB().NewQuery("SELECT m.name AS [[table]], l.[[unique]] AS [[unique]], l.partial AS partial," +
		" (SELECT group_concat(name, ',') FROM (SELECT name FROM pragma_index_info(l.name) ORDER BY seqno)) AS columns" +
		" FROM sqlite_master m, pragma_index_list(m.name) l WHERE m.type = 'table'").All(&rows)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		var words []string
		if r.Unique {
			words = append(words, "unique")
		}
		if r.Partial {
			words = append(words, "partial")
		}
		out = append(out, strings.Join(append(words, r.Table+"("+r.Columns+")"), " "))
	}
	return out
}

// TestOwnersTexts compares what the dashboard shows of a record in a list, and beside its fields.
func TestOwnersTexts(t *testing.T) {
	app := newApp(t)
	for _, want := range Schema() {
		c, err := app.FindCollectionByNameOrId(want.Name)
		if err != nil {
			t.Fatal(err)
		}
		var shown struct {
			Name        string
			Presentable bool
		}
		if raw, err := json.Marshal(c.Fields[1]); err != nil || json.Unmarshal(raw, &shown) != nil {
			t.Fatal(err)
		}
		if wanted := map[string]string{"clients": "name", "attachments": "filename", "comments": "body", "integrations": "name", "outbox": "about"}[c.Name]; shown.Name != cmp.Or(wanted, "title") || !shown.Presentable {
			t.Errorf("a record of %s is known by %+v, which has to come first", c.Name, shown)
		}
		for field, words := range help[c.Name] {
			if got := *helpOf(c.Fields.GetByName(field)); got != words {
				t.Errorf("beside %s.%s stands %q", c.Name, field, got)
			}
		}
	}
}

func TestTheSchemaFitsOnePage(t *testing.T) {
	source, err := os.ReadFile("1790000001_schema.go")
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(string(source), "\n"); lines >= 200 {
		t.Errorf("the schema has %d lines; it has to stay readable on one page of under 200", lines)
	}
}
