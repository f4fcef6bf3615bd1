package notify_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/testkit"
)

// The built binary runs beside a .env file: either the mail server receives the password that is written there, or the
// binary stops with a sentence that names the setting and not the password.
func TestPasswordsOfDotEnv(t *testing.T) {
	studio, nothing, binary := testkit.Dir(t), t.TempDir(), testkit.Binary(t)
	forgetMigration(t, studio)
	for written, password := range map[string]string{
		"Pa$word$1x":     "Pa$word$1x",
		"$HOME$(id)":     "$HOME$(id)",
		"$%7BHOME%7D":    "${HOME}",
		"2024%23Spring":  "2024#Spring",
		"12%2Fab":        "12/ab",
		"12%3Fab%40c%25": "12?ab@c%",
		"it's=so+it!":    "it's=so+it!",
		"2024#Spring":    "",
		"12/ab":          "",
		"12?ab":          "",
		"50%off":         "",
		"${HOME}":        "",
	} {
		t.Run(written, func(t *testing.T) {
			server := newMailServer(t, func(s *mailServer) { s.login, s.methods = "studio:"+password, "PLAIN" })
			dotEnv := "# The mail.\nSMTP_URL=smtp://studio:" + written + "@" + server.address + "?from=studio@example.com\n"
			if err := os.WriteFile(filepath.Join(filepath.Dir(binary), ".env"), []byte(dotEnv), 0o600); err != nil {
				t.Fatal(err)
			}
			dir := studio
			if password == "" {
				dir = nothing // a malformed setting stops the command before it looks at the studio
			}
			command := exec.Command(binary, "doctor", "--mail", "you@example.org", "--dir", dir)
			command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}
			command.Dir = filepath.Dir(binary)
			said, err := command.CombinedOutput()
			if password != "" {
				if len(server.letters()) != 1 || !strings.Contains(string(said), "ok: mail to you@example.org,") {
					t.Errorf("%d mails: %v\n%s", len(server.letters()), err, said)
				}
				return
			}
			if err == nil || !strings.Contains(string(said), "SMTP_URL is malformed") || strings.Contains(string(said), written) || len(server.letters()) > 0 {
				t.Errorf("%v\n%s", err, said)
			}
		})
	}
}

// forgetMigration makes the studio look like one of an earlier release, whose schema the doctor does not compare. The
// comparison takes a second each time and has nothing to do with mail.
func forgetMigration(t *testing.T, dir string) {
	t.Helper()
	db, err := core.DefaultDBConnect(filepath.Join(dir, "data.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.NewQuery("DELETE FROM _migrations WHERE file = (SELECT max(file) FROM _migrations WHERE file LIKE '17%')").Execute(); err != nil {
		t.Fatal(err)
	}
}
