package hooks_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/testkit"
)

var production = map[string]string{
	"GREENROOM_URL": "https://portal.example.com", "GREENROOM_STUDIO": "Blue Door", "GREENROOM_OWNER": "Jamie",
	"SMTP_URL": "smtp://user:hunter2-of-the-mail@mail.example.com?from=studio@example.com",
}

func TestSettingsFollowTheEnvironmentAndLeaveNoTrace(t *testing.T) {
	dir := testkit.Dir(t)
	t.Run("with", func(t *testing.T) {
		s := testkit.Open(t, dir, production)
		now := s.App.Settings()
		if now.Meta.AppName != "Blue Door" || now.Meta.AppURL != "https://portal.example.com" || now.Meta.SenderName != "Jamie" ||
			now.Meta.SenderAddress != "studio@example.com" || !now.SMTP.Enabled || now.SMTP.Password != "hunter2-of-the-mail" {
			t.Errorf("settings: %+v", now)
		}
		// The owner saves the dashboard's form, which holds all that is shown, and changes one thing.
		shown := s.Do("GET", "/api/settings", s.Owner, nil)
		if leaks(shown, "hunter2") {
			t.Error("the settings show the mail server's password")
		}
		body := shown.JSON()
		body["logs"] = map[string]any{"maxDays": 3}
		if saved := s.Do("PATCH", "/api/settings", s.Owner, body); saved.Status != http.StatusOK {
			t.Fatalf("%d %s", saved.Status, saved.Raw)
		}
		if now := s.App.Settings(); now.Logs.MaxDays != 3 || now.Meta.AppName != "Blue Door" || !now.SMTP.Enabled {
			t.Errorf("after saving: %+v", now)
		}
	})
	for _, file := range []string{"data.db", "data.db-wal"} {
		if content, err := os.ReadFile(filepath.Join(dir, file)); err == nil && bytes.Contains(content, []byte("hunter2")) {
			t.Errorf("the password is in %s", file)
		}
	}
	t.Run("without", func(t *testing.T) {
		if now := testkit.Open(t, dir, nil).App.Settings(); now.SMTP.Enabled || now.Meta.AppName != "Greenroom" || now.Logs.MaxDays != 3 {
			t.Errorf("settings: %+v", now)
		}
	})
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

func TestOnlyAProxyIsBelieved(t *testing.T) {
	for name, tc := range map[string]struct {
		environment map[string]string
		want        int
	}{"behind a proxy": {production, 1}, "alone": {map[string]string{"GREENROOM_URL": "http://127.0.0.1:8090"}, 0}} {
		t.Run(name, func(t *testing.T) {
			if headers := testkit.New(t, tc.environment).App.Settings().TrustedProxy.Headers; len(headers) != tc.want {
				t.Errorf("headers %v, want %d", headers, tc.want)
			}
		})
	}
}
