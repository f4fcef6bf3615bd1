package doctor

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks"
	"greenroom/hooks/config"
)

func TestMail(t *testing.T) {
	p := healthy(t, studio(t))
	if c := p.examine().find("mail"); c.State != ok || !strings.Contains(c.Say, "no notice has been sent yet") {
		t.Errorf("before the first notice: %s", c.line())
	}
	p.change(t, "data.db", "UPDATE integrations SET state = 'ok', lastSuccessAt = '2026-11-01 10:00:00.000Z' WHERE name = 'mail'")
	if c := p.examine().find("mail"); c.State != ok || !strings.Contains(c.Say, "left on Sunday 1 November 2026, 10:00 (London)") {
		t.Errorf("after a notice: %s", c.line())
	}
	p.change(t, "data.db", "INSERT INTO clients (id, name, email, tokenKey) VALUES ('anneanneanneann', 'Änne', 'änne@example.com', 'x'), ('benbenbenbenben', 'Ben', 'ben@bücher.example', 'y')")
	if c := p.examine().find("mail"); c.State != warning || !strings.Contains(c.Say, "cannot reach änne@example.com,") {
		t.Errorf("an address that few servers take: %s", c.line())
	}
	p.change(t, "data.db", "INSERT INTO integrations (id, name, state, lastError) VALUES ('troubletrouble1', 'mail:x', 'failed', 'Not delivered: no such user.')",
		"INSERT INTO integrations (id, name, state, lastError) VALUES ('troubletrouble2', 'mail:y', 'failed', 'Not delivered: no such user.')")
	if c := p.examine().find("mail"); c.State != warning || c.Do == "" || strings.Count(c.Say, "no such user") != 1 {
		t.Errorf("with trouble: %s", c.line())
	}
}

func TestTryMail(t *testing.T) {
	dir := studio(t)
	try := func(t *testing.T, dir, to string, environment map[string]string) (said string, err error) {
		t.Helper()
		c, err := config.Parse(environment)
		if err != nil {
			t.Fatal(err)
		}
		app := core.NewBaseApp(core.BaseAppConfig{DataDir: dir})
		hooks.Register(app, c)
		doctor, out := command(app, c, nil), new(bytes.Buffer)
		doctor.SetOut(out)
		doctor.SetErr(out)
		doctor.SetArgs([]string{"--mail", to})
		err = doctor.Execute()
		return out.String(), err
	}
	if said, _ := try(t, dir, "you@example.org", nil); !strings.Contains(said, "ok: mail to you@example.org,") {
		t.Errorf("it says\n%s", said)
	}
	mails, err := filepath.Glob(filepath.Join(dir, "outbox", "*.eml"))
	if err != nil || len(mails) != 1 {
		t.Fatal(mails, err)
	}
	if content, err := os.ReadFile(mails[0]); err != nil || !strings.Contains(string(content), "To: <you@example.org>") {
		t.Errorf("%s %v", content, err)
	}
	for to, environment := range map[string]map[string]string{
		"you@example.org": {"SMTP_URL": "smtp://127.0.0.1:1?from=studio@example.com"},
		"you":             nil,
	} {
		if said, err := try(t, dir, to, environment); err == nil || !strings.Contains(said, "fails: mail to "+to+",") {
			t.Errorf("%s: %v\n%s", to, err, said)
		}
	}
	nowhere := filepath.Join(t.TempDir(), "nowhere")
	if _, err := try(t, nowhere, "you@example.org", nil); err == nil {
		t.Error("a mail left without a studio")
	}
	if _, err := os.Stat(nowhere); err == nil {
		t.Error("the data directory was made")
	}
}
