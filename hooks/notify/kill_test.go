package notify_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"

	"greenroom/hooks/testkit"
)

// The server is killed (kill -9) between the commit of a change and its mail, and at each step of sending it.
func TestKill(t *testing.T) {
	binary := testkit.Binary(t)
	for name, tc := range map[string]struct {
		stopsAt  string // the step at which the mail server does not reply, so that the kill comes there
		restarts bool   // whether the restarted server sends the mail
		state    string
	}{
		"before anything is sent":               {"greeting", true, "sent"},
		"in the middle of the conversation":     {"RCPT", true, "sent"},
		"between the whole mail and its answer": {".", false, "failed"},
	} {
		t.Run(name, func(t *testing.T) {
			server := newMailServer(t)
			server.answer(tc.stopsAt, hang)
			dir := dueNotice(t)

			first := serve(t, binary, dir, server.address)
			reached := func() bool {
				dots, tries := server.counts()
				return tries > 0 && (tc.stopsAt != "." || dots > 0)
			}
			poll(t, "the mail server to be reached", reached)
			first.kill()
			server.heal()

			second := serve(t, binary, dir, server.address)
			if tc.restarts {
				poll(t, "the mail", func() bool { return len(server.letters()) > 0 })
			}
			poll(t, "the end of it", func() bool { return second.state() == tc.state })
			second.kill()
			if dots, _ := server.counts(); dots != 1 {
				t.Errorf("the mail server was given the mail %d times", dots)
			}
		})
	}
}

// dueNotice returns the data of a studio that ended between the commit of a change and its mail.
func dueNotice(t *testing.T) (dir string) {
	t.Helper()
	dir = testkit.Dir(t)
	t.Run("change", func(t *testing.T) {
		s := testkit.Open(t, dir, nil)
		client := s.Make("clients", fields{"name": "Ana", "email": "ana@example.com", "verified": true, "timezone": daytime()})
		project := s.Make("projects", fields{"client": client.Id, "title": "Album", "serviceType": "AUDIO"})
		s.Make("sessions", fields{"project": project.Id, "title": "Tracking", "notes": "Done."})
	})
	// The notice becomes due only now, because the running studio would have sent it.
	db := open(t, dir)
	defer db.Close()
	due := types.NowDateTime().Add(-time.Minute)
	if _, err := db.Update("outbox", map[string]any{"nextAttemptAt": due.String(), "happenedAt": due.Add(-gathered).String()}, nil).Execute(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func open(t *testing.T, dir string) *dbx.DB {
	t.Helper()
	db, err := core.DefaultDBConnect(filepath.Join(dir, "data.db"))
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// daytime names a time zone in which it is about noon, because notices are not sent at night.
func daytime() string {
	switch ahead := 12 - time.Now().UTC().Hour(); {
	case ahead > 0:
		return fmt.Sprintf("Etc/GMT-%d", ahead)
	case ahead < 0:
		return fmt.Sprintf("Etc/GMT+%d", -ahead)
	}
	return "Etc/GMT"
}

// process is the built binary running on a data directory.
type process struct {
	t       *testing.T
	dir     string
	command *exec.Cmd
}

func serve(t *testing.T, binary, dir, mailServer string) *process {
	t.Helper()
	p := &process{t, dir, exec.Command(binary, "serve", "--http", "127.0.0.1:0", "--dir", dir)}
	p.command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "SMTP_URL=smtp://" + mailServer + "?from=studio@example.com"}
	said := new(bytes.Buffer)
	p.command.Stdout, p.command.Stderr = said, said
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("the server said:\n%s\nthe outbox has:\n%s", said, p.outbox())
		}
	})
	return p
}

func (p *process) kill() {
	if p.command.ProcessState == nil {
		_ = p.command.Process.Kill()
		_ = p.command.Wait()
	}
}

// outbox describes the outbox's rows, for a failure's message.
func (p *process) outbox() (rows string) {
	db := open(p.t, p.dir)
	defer db.Close()
	err := db.NewQuery("SELECT coalesce(group_concat(state || ', ' || attempts || ' tries, next ' || nextAttemptAt || ', ' || lastError, '; '), 'nothing') FROM outbox").Row(&rows)
	if err != nil {
		return err.Error()
	}
	return rows
}

// state returns the state of the only notice.
func (p *process) state() (state string) {
	db := open(p.t, p.dir)
	defer db.Close()
	if err := db.Select("state").From("outbox").Row(&state); err != nil {
		p.t.Fatal(err)
	}
	return state
}

// poll waits until so is true, longer than the pause before a second attempt.
func poll(t testing.TB, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); !so(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
