package durable_test

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"greenroom/hooks/testkit"
)

// startsInPlace is how many restarts in place are tried. A server with the fault that this test is for ended at about
// every second one.
const startsInPlace = 10

// A server restarts in place, under the same process id, whenever the owner saves an automation or restores a backup in
// the dashboard.
func TestStartsAnewInPlace(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	automation(t, data, "// the first\n")
	s := openAt(t, data, nil)
	for i := range startsInPlace {
		before := s.said.starts()
		automation(t, s.data, fmt.Sprintf("// saved for the time %d\n", i))
		s.awaitStart(before)
	}
	// An automation with a syntax error is added, disabled, enabled and removed.
	beside := filepath.Join(filepath.Dir(s.data), "pb_hooks", "another.pb.js")
	for _, change := range []func() error{
		func() error { return os.WriteFile(beside, []byte("routerAdd('GET', \n"), 0o600) },
		func() error { return os.Rename(beside, beside+".off") },
		func() error { return os.Rename(beside+".off", beside) },
		func() error { return os.Remove(beside) },
	} {
		before := s.said.starts()
		if err := change(); err != nil {
			t.Fatal(err)
		}
		s.awaitStart(before)
	}
	s.must("POST", "/api/backups", map[string]any{"name": "kept.zip"})
	s.must("PATCH", records("projects")+"/"+projectId, map[string]any{"title": "Renamed since"})
	before := s.said.starts()
	s.must("POST", "/api/backups/kept.zip/restore", nil)
	s.awaitStart(before)
	if title := s.must("GET", records("projects")+"/"+projectId, nil)["title"]; title != "Stage" {
		t.Errorf("after the restore the project is called %q", title)
	}
	if took := s.stop(); took > 10*time.Second || s.process.ProcessState.ExitCode() != 0 {
		t.Errorf("the stop took %s: %s", took, s.process.ProcessState)
	}
}

func (o *output) starts() int { return strings.Count(o.String(), "Server started at") }

// awaitStart waits until the server has started more often than before, in the same process.
func (s *studio) awaitStart(before int) {
	s.t.Helper()
	testkit.Eventually(s.t, "the server starts anew", func() bool {
		select {
		case <-s.ended:
			s.t.Fatalf("the process ended:\n%s", s.said)
		default:
		}
		return s.said.starts() > before
	})
	testkit.Eventually(s.t, "the server answers", func() bool {
		_, err := s.ask("GET", "/api/health", "", nil)
		return err == nil
	})
}

// A second server on the same data directory does not start; after the death of the first one it does.
func TestOneServerForADataDirectory(t *testing.T) {
	t.Parallel()
	s := open(t)
	if said := s.refuses("serve", "--http", testkit.FreeAddress(t)); !strings.Contains(said, "another server runs on the data directory "+s.data) {
		t.Errorf("the second server said %q", said)
	}
	s.must("GET", records("projects")+"/"+projectId, nil)
	s.kill()
	if said := s.refuses("health"); !strings.Contains(said, "no server runs on "+s.data) {
		t.Errorf("the health of a dead server is %q", said)
	}
	s.start()
	s.freeze()
	if said := s.refuses("health"); !strings.Contains(said, "does not answer") {
		t.Errorf("the health of a server that hangs is %q", said)
	}
	s.thaw()
	if said := s.run("health", "--json"); !strings.Contains(said, `"state": "serves the studio"`) {
		t.Errorf("its health is %q", said)
	}
}

// The server, commands and the doctor refuse a database that a newer release has changed, and leave it as it is.
func TestANewerReleasesDataIsRefused(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.stop()
	data, err := sql.Open("sqlite", filepath.Join(s.data, "data.db"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = data.Exec("INSERT INTO _migrations (file, applied) VALUES ('9999999999_from_the_future.go', 1), ('1700000000_my_own.js', 1)")
	if err := errors.Join(err, data.Close()); err != nil {
		t.Fatal(err)
	}
	for _, command := range [][]string{{"serve", "--http", testkit.FreeAddress(t)}, {"client", "list"}, {"doctor"}} {
		said := s.refuses(command...)
		if !strings.Contains(said, "a newer release") || !strings.Contains(said, "Install that release again") || strings.Contains(said, "my_own") {
			t.Errorf("greenroom %s said %q", command[0], said)
		}
	}
	if kept, _ := os.ReadDir(filepath.Join(s.data, "before_upgrade")); len(kept) > 0 {
		t.Error("a copy was made for an upgrade that is none")
	}
}
