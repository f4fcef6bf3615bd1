package durable_test

import (
	"archive/zip"
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"greenroom/hooks/testkit"
)

// Without a bucket, a studio is restored from the backups on its own disk.
func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.comment("In the first backup")
	var made struct{ Name, Path, Holds string }
	s.decode(s.run("backup", "--json"), &made) // through the running server
	if !strings.Contains(made.Holds, "1 clients") || !strings.Contains(made.Holds, "1 comments") {
		t.Errorf("the backup holds %q", made.Holds)
	}
	for _, name := range entries(t, made.Path) {
		if strings.HasPrefix(name, ".durable") || strings.HasPrefix(name, "backups/") || strings.HasSuffix(name, ".sock") {
			t.Errorf("the backup has %s in it", name)
		}
	}
	between := time.Now()
	time.Sleep(time.Second) // backups are told apart by the second
	s.comment("In the second backup")
	s.kill()
	s.run("backup") // without a server
	ahead := filepath.Join(filepath.Dir(made.Path), "of_a_clock_that_was_ahead.zip")
	copyFile(t, made.Path, ahead)
	if err := os.Chtimes(ahead, between.AddDate(1, 0, 0), between.AddDate(1, 0, 0)); err != nil {
		t.Fatal(err)
	}

	for name, tc := range map[string]struct {
		args     []string
		comments int
	}{
		"the newest":  {nil, 2},
		"by its name": {[]string{"--backup", made.Name}, 1},
		"by its path": {[]string{"--backup", made.Path}, 1},
		"by the time": {[]string{"--at", between.UTC().Format(time.RFC3339Nano)}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			to := filepath.Join(t.TempDir(), "restored")
			var done struct {
				Studio struct{ Records map[string]int }
			}
			s.decode(s.run(append([]string{"restore", "--json", "--to", to}, tc.args...)...), &done)
			if got := done.Studio.Records["comments"]; got != tc.comments {
				t.Errorf("%d comments are said to be there", got)
			}
			restored := &server{t: t, data: to}
			data := restored.database("data.db")
			defer data.Close()
			data.whole()
			n := 0
			data.each("SELECT id, body FROM comments", func(_, _ string) { n++ })
			if n != tc.comments {
				t.Errorf("%d comments are there", n)
			}
		})
	}
	for name, tc := range map[string]struct {
		args string
		want string
	}{
		"no directory":       {"", "say with --to"},
		"the live directory": {"--to " + s.data, "is in the data directory"},
		"inside of it":       {"--to " + s.data + "/new", "is in the data directory"},
		"one with files":     {"--to " + filepath.Dir(s.binary), "is not empty"},
		"no such backup":     {"--to " + t.TempDir() + "/r --backup none.zip", "there is no backup"},
		"too early":          {"--to " + t.TempDir() + "/r --at 2020-01-01T00:00:00Z", "there is no backup of that time"},
		"in the future":      {"--to " + t.TempDir() + "/r --at 2999-01-01T00:00:00Z", "in the future"},
		"no time":            {"--to " + t.TempDir() + "/r --at yesterday", "--at is malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			if said := s.refuses(append([]string{"restore"}, strings.Fields(tc.args)...)...); !strings.Contains(said, tc.want) {
				t.Errorf("it was said: %s", said)
			}
		})
	}
}

// A replica restores the state of any time within its retention.
func TestRestoreOfATime(t *testing.T) {
	t.Parallel()
	s := openWith(t, map[string]string{"REPLICA_URL": "file://" + t.TempDir(), "GREENROOM_SYNC": "commit"})
	s.comment("Early")
	between := time.Now().Add(10 * time.Millisecond)
	// Litestream stores the time of an upload in whole milliseconds.
	time.Sleep(20 * time.Millisecond)
	s.comment("Late")
	for name, tc := range map[string]struct {
		args []string
		want string
	}{
		"now": {nil, "Early\nLate\n"}, "then": {[]string{"--at", between.UTC().Format(time.RFC3339Nano)}, "Early\n"},
	} {
		if got := s.replica(tc.args...); got != tc.want {
			t.Errorf("%s there was %q", name, got)
		}
	}
	if said := s.refuses("restore", "--to", filepath.Join(t.TempDir(), "r"), "--at", "2020-01-01 10:00"); !strings.Contains(said, "nothing of that time") {
		t.Errorf("it was said: %s", said)
	}
}

// A release that changes the database copies it first, both when the server starts and when a command runs without a
// server.
func TestUpgradeKeepsWhatWasBefore(t *testing.T) {
	t.Parallel()
	for name, upgrade := range map[string]func(s *studio) string{
		"serve": func(s *studio) string {
			said := s.launch()
			testkit.Eventually(s.t, "the copy is made", func() bool { return strings.Contains(said.String(), "As it was before") })
			s.kill()
			return said.String()
		},
		"a command that reads": func(s *studio) string { return s.run("client", "list") },
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			s.stop()
			s.beOlder()
			kept := filepath.Join(s.data, "before_upgrade", "*.db")
			if said := upgrade(s); len(glob(t, kept)) != 1 || !strings.Contains(said, glob(t, kept)[0]) {
				t.Fatalf("%v are kept, and it was said:\n%s", glob(t, kept), said)
			}
			before := opened(t, glob(t, kept)[0])
			defer before.Close()
			before.whole()
			before.each(reapplied, func(string, string) { t.Error("the copy is of afterwards") })
		})
	}
}

// A command of a newer release does not migrate the database while a server of the older release runs on it.
func TestACommandDoesNotUpgradeUnderAServer(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.beOlder()
	if said := s.refuses("client", "list"); !strings.Contains(said, "restart the server") {
		t.Errorf("it was said: %s", said)
	}
	data := s.database("data.db")
	defer data.Close()
	data.each(reapplied, func(string, string) { t.Error("the database was changed") })
	if kept := glob(t, filepath.Join(s.data, "before_upgrade", "*.db")); len(kept) > 0 {
		t.Errorf("%v are kept", kept)
	}
}

// beOlder turns the database into one of an earlier release by removing the record of a migration that can be applied
// twice.
func (s *server) beOlder() {
	s.t.Helper()
	s.change("DELETE FROM _migrations WHERE file = '1790000002_rules.go'")
}

// reapplied selects the migration that beOlder removes.
const reapplied = "SELECT file, '' FROM _migrations WHERE file = '1790000002_rules.go'"

// change runs a statement on the database file directly, while no server has it open.
func (s *server) change(statement string) {
	s.t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(s.data, "data.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statement); err != nil {
		s.t.Fatal(err)
	}
}

func (s *studio) decode(said string, into any) {
	s.t.Helper()
	from := strings.Index(said, "{")
	if from < 0 {
		s.t.Fatalf("not JSON: %s", said)
	}
	if err := json.NewDecoder(strings.NewReader(said[from:])).Decode(into); err != nil {
		s.t.Fatalf("%v: %s", err, said)
	}
}

func entries(t *testing.T, archive string) (names []string) {
	t.Helper()
	reader, err := zip.OpenReader(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	for _, file := range reader.File {
		names = append(names, file.Name)
	}
	return names
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return found
}
