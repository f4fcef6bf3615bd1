package demo

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/pb_migrations"
)

func TestLoadMarksTheDirectoryAndMakesTheOwner(t *testing.T) {
	app := loaded(t)
	if there, err := isDemo(app); err != nil || !there {
		t.Errorf("isDemo is %v, %v", there, err)
	}
	owner, err := app.FindAuthRecordByEmail(core.CollectionNameSuperusers, ownerEmail)
	if err != nil {
		t.Fatal(err)
	}
	if !owner.ValidatePassword(ownerPassword) {
		t.Error("the owner's password is another one")
	}
}

func TestSecondLoadChangesNothing(t *testing.T) {
	app := loaded(t)
	before := app.everything(t)
	again, err := Load(app, time.Now())
	if err != nil || again {
		t.Errorf("the second load gave %v, %v; want that nothing was done", again, err)
	}
	if app.everything(t) != before {
		t.Error("the second load changed the data directory")
	}
}

func TestLoadRefusesADirectoryInUse(t *testing.T) {
	create := func(t *testing.T, app studioApp, collection string, values map[string]any) *core.Record {
		t.Helper()
		c, err := app.FindCollectionByNameOrId(collection)
		if err != nil {
			t.Fatal(err)
		}
		record := core.NewRecord(c)
		record.Load(values)
		if err := app.Save(record); err != nil {
			t.Fatal(err)
		}
		return record
	}
	superuser := func(email string) func(t *testing.T, app studioApp) {
		return func(t *testing.T, app studioApp) {
			create(t, app, core.CollectionNameSuperusers, map[string]any{"email": email, "password": "a password of tests"})
		}
	}
	for _, c := range []struct {
		name    string
		app     func(t *testing.T) studioApp
		use     func(t *testing.T, app studioApp)
		refused string // a word of the error; empty if it loads
	}{
		{"a client", migrated, func(t *testing.T, app studioApp) { create(t, app, "clients", map[string]any{"email": "a@example.com"}) }, "clients"},
		{"a project", migrated, func(t *testing.T, app studioApp) {
			client := create(t, app, "clients", map[string]any{"email": "a@example.com"})
			create(t, app, "projects", map[string]any{"client": client.Id, "title": "Real work", "serviceType": "AUDIO"})
		}, "clients"},
		{"an owner", migrated, superuser("somebody@example.com"), "account"},
		{"an owner of a plain PocketBase", empty, superuser("somebody@example.com"), "account"},
		{"a user of a plain PocketBase", empty, func(t *testing.T, app studioApp) {
			create(t, app, "users", map[string]any{"email": "a@example.com", "password": "a password of tests"})
		}, "users"},
		{"PocketBase's installer and the health of an integration, which are nobody's", migrated, func(t *testing.T, app studioApp) {
			superuser(core.DefaultInstallerEmail)(t, app)
			create(t, app, "integrations", map[string]any{"name": "calendar", "state": "off"})
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			app := c.app(t)
			c.use(t, app)
			before := app.everything(t)
			done, err := Load(app, loadedAt)
			if c.refused == "" {
				if err != nil || !done {
					t.Errorf("gave %v, %v; want it loaded", done, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.refused) || !strings.Contains(err.Error(), app.DataDir()) || strings.ContainsAny(err.Error(), "\n") {
				t.Errorf("the refusal is %v; want one sentence with %q and the directory", err, c.refused)
			}
			if app.everything(t) != before {
				t.Error("the directory was changed")
			}
		})
	}
}

func TestFailureInTheMiddleLeavesNothing(t *testing.T) {
	app := migrated(t)
	before := app.everything(t)
	failing, saved := true, 0
	app.OnRecordAfterCreateError("attachments").BindFunc(func(e *core.RecordErrorEvent) error { saved++; return e.Next() })
	app.OnRecordCreate("bookings").BindFunc(func(e *core.RecordEvent) error {
		if failing && strings.Contains(e.Record.GetString("calendarEventId"), "sian@") { // the last client who has bookings
			return errors.New("the disk is full")
		}
		return e.Next()
	})
	if _, err := Load(app, loadedAt); err == nil || !strings.Contains(err.Error(), "the disk is full") {
		t.Fatalf("the error is %v", err)
	}
	if saved == 0 {
		t.Fatal("it failed before anything was written")
	}
	for _, c := range pb_migrations.Schema() {
		if n := app.count(t, c.Name, "true", nil); n > 0 {
			t.Errorf("%d %s were left", n, c.Name)
		}
	}
	if files := app.storedFiles(t); len(files) > 0 {
		t.Errorf("files were left: %q", files)
	}
	if app.everything(t) != before {
		t.Error("the data directory is not as it was")
	}

	failing = false
	if done, err := Load(app, loadedAt); err != nil || !done {
		t.Errorf("the next try gave %v, %v; want it loaded", done, err)
	}
}
