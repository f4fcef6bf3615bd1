package hooks_test

import (
	"bytes"
	"io/fs"
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
		// The owner saves the dashboard's form, which contains all settings, with one change.
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

// openApp returns an app that does not serve, because changing settings races with PocketBase's own server.
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
		if err := testkit.End(app); err != nil {
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
	defer func() { _ = testkit.End(app) }()
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

// TestNoSecretOfTheEnvironmentReachesTheDatabase saves settings in the ways in which the dashboard can, and searches
// every file of the data directory, including backups, for each secret.
func TestNoSecretOfTheEnvironmentReachesTheDatabase(t *testing.T) {
	const key = "GOCSPX-keyofgoogleofthetests"
	environment := map[string]string{
		"GREENROOM_URL": "https://portal.example.com", "SMTP_URL": "smtp://user:secret-of-the-mail@mail.example.com:2525?from=studio@example.com",
		"CLERK_WEBHOOK_SECRET": "whsec_c2VjcmV0LW9mLWNsZXJrLXdlYmhvb2tz", "CLERK_ISSUER": "https://clerk.invalid", "CLERK_AUTHORIZED_PARTIES": "https://portal.example.com",
		"CLERK_OAUTH_CLIENT_ID": "portal", "CLERK_OAUTH_CLIENT_SECRET": "secret-of-clerk-oauth", "CLERK_SECRET_KEY": "sk_test_secretofclerk",
		"CRON_SECRET": "secret-of-the-scheduler-that-is-long", "STRIPE_SECRET_KEY": "sk_test_secretofstripe", "STRIPE_WEBHOOK_SECRET": "whsec_secretofstripehooks", "STRIPE_API_URL": "http://127.0.0.1:1",
		"GOOGLE_CALENDAR_ID": "james@example.com", "GOOGLE_API_URL": "http://127.0.0.1:1", "GOOGLE_CREDENTIALS": `{"type":"authorized_user","client_id":"a","client_secret":"` + key + `","refresh_token":"secret-of-google-refresh"}`,
		"R2_ENDPOINT": "http://127.0.0.1:1", "R2_BUCKET": "studio", "R2_ACCESS_KEY_ID": "id-of-the-bucket-access", "R2_SECRET_ACCESS_KEY": "secret-of-the-bucket",
		"REPLICA_URL": "s3://copies/studio", "REPLICA_ENDPOINT": "http://127.0.0.1:1", "REPLICA_ACCESS_KEY_ID": "id-of-the-replica-access", "REPLICA_SECRET_ACCESS_KEY": "secret-of-the-replica",
	}
	secrets := []string{"secret-of-", "c2VjcmV0LW9m", "secretofclerk", "secretofstripe", key, "id-of-the-bucket-access", "id-of-the-replica-access"}

	dir := testkit.Dir(t)
	s := testkit.Open(t, dir, environment)
	settings := s.Do("GET", "/api/settings", s.Owner, nil).JSON()
	section := func(name string, changes map[string]any) map[string]any {
		part, _ := settings[name].(map[string]any)
		out := map[string]any{}
		for key, value := range part {
			out[key] = value
		}
		for key, value := range changes {
			out[key] = value
		}
		return map[string]any{name: out}
	}
	saves := map[string]map[string]any{
		"all as it is shown":          settings,
		"the mail with another port":  section("smtp", map[string]any{"port": 587}),
		"the mail with another name":  section("smtp", map[string]any{"localName": "studio.example"}),
		"the mail switched off":       section("smtp", map[string]any{"enabled": false}),
		"the mail with a new host":    section("smtp", map[string]any{"host": "other.example.com"}),
		"the bucket with a new place": section("s3", map[string]any{"endpoint": "http://127.0.0.1:2"}),
		"the bucket, path style":      section("s3", map[string]any{"forcePathStyle": false}),
		"the name of the studio":      section("meta", map[string]any{"appName": "Other"}),
		"the limits":                  section("rateLimits", map[string]any{"enabled": false}),
	}
	for name, body := range saves {
		for range 2 {
			if answer := s.Do("PATCH", "/api/settings", s.Owner, body); answer.Status != http.StatusOK {
				t.Errorf("%s: %d %s", name, answer.Status, answer.Raw)
			}
		}
		if now := s.App.Settings(); now.SMTP.Password != "secret-of-the-mail" || now.SMTP.Port != 2525 || !now.SMTP.Enabled || now.S3.Secret != "secret-of-the-bucket" {
			t.Errorf("after %s the environment does not rule: %+v", name, now.SMTP)
		}
	}
	clients := s.Do("GET", "/api/collections/clients", s.Owner, nil)
	if answer := s.Do("PATCH", "/api/collections/clients", s.Owner, clients.JSON()); answer.Status != http.StatusOK {
		t.Errorf("the collection of clients: %d %s", answer.Status, answer.Raw)
	}
	if answer := s.Do("PUT", "/api/collections/import", s.Owner, map[string]any{"collections": []any{clients.JSON()}}); answer.Status != http.StatusNoContent {
		t.Errorf("the import of collections: %d %s", answer.Status, answer.Raw)
	}
	for _, row := range []map[string]any{{"name": "mail", "state": "ok"}, {"name": "calendar", "state": "ok"}} {
		s.Do("POST", "/api/collections/integrations/records", s.Owner, row)
	}
	s.Do("POST", "/api/settings/test/email", s.Owner, map[string]any{"email": "james@example.com", "template": "verification"})
	s.Do("POST", "/api/settings/test/s3", s.Owner, map[string]any{"filesystem": "storage"})
	s.Stop()

	searched := 0
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		for _, secret := range secrets {
			if at := bytes.Index(content, []byte(secret)); at >= 0 {
				t.Errorf("%s has %q: …%q…", filepath.Base(path), secret, content[max(0, at-80):min(len(content), at+80)])
			}
		}
		searched += len(content)
		return err
	})
	if err != nil || searched < 1<<16 {
		t.Fatalf("%d bytes were searched: %v", searched, err)
	}
}
