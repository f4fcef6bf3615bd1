package hooks_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks"
	"greenroom/hooks/config"
	"greenroom/hooks/testkit"
)

var production = map[string]string{
	"GREENROOM_URL": "https://portal.example.com", "GREENROOM_STUDIO": "Blue Door", "GREENROOM_OWNER": "Jamie",
	"SMTP_URL": "smtp://user:hunter2-of-the-mail@mail.example.com?from=studio@example.com",
}

func TestSettingsFollowTheEnvironmentAndLeaveNoTrace(t *testing.T) {
	dir := testkit.Dir(t)
	t.Run("with", func(t *testing.T) {
		app := openApp(t, dir, production)
		now := app.Settings()
		if now.Meta.AppName != "Blue Door" || now.Meta.AppURL != "https://portal.example.com" || now.Meta.SenderName != "Jamie" ||
			now.Meta.SenderAddress != "studio@example.com" || !now.SMTP.Enabled || now.SMTP.Password != "hunter2-of-the-mail" {
			t.Errorf("settings: %+v", now)
		}
		// The owner saves the dashboard's form, which holds all that there is, and changes one thing.
		form, err := now.Clone()
		if err != nil {
			t.Fatal(err)
		}
		form.Logs.MaxDays = 3
		if err := app.Save(form); err != nil {
			t.Fatal(err)
		}
		if now := app.Settings(); now.Logs.MaxDays != 3 || now.Meta.AppName != "Blue Door" || !now.SMTP.Enabled {
			t.Errorf("after saving: %+v", now)
		}
	})
	for _, file := range []string{"data.db", "data.db-wal"} {
		if content, err := os.ReadFile(filepath.Join(dir, file)); err == nil && bytes.Contains(content, []byte("hunter2")) {
			t.Errorf("the password is in %s", file)
		}
	}
	t.Run("without", func(t *testing.T) {
		if now := openApp(t, dir, nil).Settings(); now.SMTP.Enabled || now.Meta.AppName != "Greenroom" || now.Logs.MaxDays != 3 {
			t.Errorf("settings: %+v", now)
		}
	})
}

// openApp is a studio that does not serve: PocketBase's own settings race with its server when they change.
func openApp(t *testing.T, dir string, environment map[string]string) core.App {
	t.Helper()
	c, err := config.Parse(environment)
	if err != nil {
		t.Fatal(err)
	}
	app := core.NewBaseApp(core.BaseAppConfig{DataDir: dir})
	hooks.Register(app, c)
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

func TestTheSettingsShowNoPassword(t *testing.T) {
	s := testkit.New(t, production)
	if shown := s.Do("GET", "/api/settings", s.Owner, nil); shown.Status != http.StatusOK || testkit.Leaks(shown, "hunter2") {
		t.Errorf("%d %s", shown.Status, shown.Raw)
	}
}

func TestANewStudioStartsWithSensibleSettings(t *testing.T) {
	app := core.NewBaseApp(core.BaseAppConfig{DataDir: t.TempDir()})
	if err := app.Bootstrap(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = app.ClearBootstrap() }()
	if err := app.RunAllMigrations(); err != nil {
		t.Fatal(err)
	}
	now := app.Settings()
	if !now.RateLimits.Enabled || now.Backups.Cron == "" || now.Backups.CronMaxKeep != 7 || now.Logs.MaxDays != 14 || !now.Batch.Enabled {
		t.Errorf("settings: %+v", now)
	}
	now.RateLimits.Enabled = false
	if err := app.Save(now); err != nil {
		t.Fatal(err)
	}
	if err := app.RunAllMigrations(); err != nil || app.Settings().RateLimits.Enabled {
		t.Errorf("a second start undoes what the owner changed (%v)", err)
	}
}
