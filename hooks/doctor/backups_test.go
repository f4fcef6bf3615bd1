package doctor

import (
	"archive/zip"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"greenroom/hooks/testkit"
)

// now is the time of these checks; the last backup was made in the night before.
var (
	now      = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	tonight  = time.Date(2026, 11, 22, 3, 30, 0, 0, time.UTC)
	longAgo  = time.Date(2026, 11, 1, 3, 30, 0, 0, time.UTC)
	noteOf   = "INSERT INTO integrations (name, state, cursor, lastSuccessAt) VALUES ('durable:backup', '%s', 'a.zip: 1 clients', '2026-11-22 03:30:00.000Z')"
	aClient  = "INSERT INTO clients (id, email, tokenKey) VALUES ('ana', 'ana@example.com', 'x')"
	noClient = "DELETE FROM clients"
)

func TestBackupsAreLookedAt(t *testing.T) {
	empty := studio(t)
	for name, tc := range map[string]struct {
		do         func(t *testing.T, p *patient)
		check      string
		state, say string
	}{
		"none yet": {func(t *testing.T, p *patient) { young(t, p) }, "backups", ok, "none was made yet"},
		"none in days": {func(t *testing.T, p *patient) { old(t, p) },
			"backups", warning, "none was ever made"},
		"one": {func(t *testing.T, p *patient) {
			p.packed(t, "a.zip", tonight)
			p.change(t, dataFile, fmt.Sprintf(noteOf, "ok"))
		},
			"backups", ok, "can be opened; the newest, a.zip of Sunday 22 November 2026, 03:30 (London), "},
		"one of which nothing is noted": {func(t *testing.T, p *patient) { p.packed(t, "a.zip", tonight) },
			"backups", ok, "1 in "},
		"one that is only noted": {func(t *testing.T, p *patient) { p.change(t, dataFile, fmt.Sprintf(noteOf, "ok")) },
			"backups", fails, "one was made on Sunday 22 November 2026, 03:30 (London), and there is none in "},
		"one that failed": {func(t *testing.T, p *patient) { p.change(t, dataFile, fmt.Sprintf(noteOf, "failed")) },
			"backups", fails, "the last one failed, and there is no other"},
		"one that failed after a good one": {func(t *testing.T, p *patient) {
			p.packed(t, "a.zip", longAgo)
			p.change(t, dataFile, fmt.Sprintf(noteOf, "failed"))
		}, "backups", fails, "the last one failed; the newest that can be opened is a.zip of Sunday 1 November 2026"},
		"none lately": {func(t *testing.T, p *patient) {
			p.packed(t, "a.zip", longAgo)
			p.change(t, dataFile, fmt.Sprintf(noteOf, "ok"))
		},
			"backups", warning, "the newest is a.zip of Sunday 1 November 2026"},
		"one that is dated later": {func(t *testing.T, p *patient) {
			p.packed(t, "a.zip", now.AddDate(1, 0, 0))
			p.packed(t, "b.zip", tonight)
		}, "backups", warning, "are dated later than now, so the clock was ahead when they were made or is behind now; what counts as the newest is b.zip"},
		"the newest is half": {func(t *testing.T, p *patient) {
			p.packed(t, "a.zip", longAgo)
			half(t, p.packed(t, "b.zip", tonight))
			p.change(t, dataFile, fmt.Sprintf(noteOf, "ok"))
		}, "backups", fails, "the newest, b.zip of Sunday 22 November 2026, 03:30 (London), cannot be opened: zip: not a valid zip file"},
		"the newest has flipped bits": {func(t *testing.T, p *patient) { flip(t, p.packed(t, "b.zip", tonight)) },
			"backups", fails, "cannot be opened"},
		"an older one is empty": {func(t *testing.T, p *patient) {
			must(t, os.Truncate(p.packed(t, "a.zip", longAgo), 0))
			must(t, os.Chtimes(filepath.Join(p.dir, "backups", "a.zip"), longAgo, longAgo))
			p.packed(t, "b.zip", tonight)
		}, "backups", fails, "1 of 2 in "},
		"one without a database": {func(t *testing.T, p *patient) { p.zip(t, "a.zip", tonight, "readme.txt", []byte("words")) },
			"backups", fails, "the newest, a.zip"},
		"an empty studio beside them": {func(t *testing.T, p *patient) {
			p.change(t, dataFile, aClient)
			p.packed(t, "a.zip", tonight)
			p.change(t, dataFile, noClient)
		}, "backups", fails, "the database holds not a single record, and the newest backup in "},
		"no database beside them": {func(t *testing.T, p *patient) {
			p.change(t, dataFile, aClient)
			p.packed(t, "a.zip", tonight)
			must(t, os.Remove(filepath.Join(p.dir, dataFile)))
		}, "data directory", fails, "there is no database in "},
		"an empty database beside them": {func(t *testing.T, p *patient) {
			p.change(t, dataFile, aClient)
			p.packed(t, "a.zip", tonight)
			p.overwrite(t, "")
		}, "migrations", fails, "there is no studio in the database, and there are backups of one"},
		"a broken database beside them": {func(t *testing.T, p *patient) {
			p.change(t, dataFile, aClient)
			p.packed(t, "a.zip", tonight)
			breakPages(t, p)
		}, "backups", ok, "holds 1 clients"},
		"settings that cannot be read": {func(t *testing.T, p *patient) { p.change(t, dataFile, "UPDATE _params SET value = 'encrypted'") },
			"backups", fails, "nobody can tell where they are"},
	} {
		t.Run(name, func(t *testing.T) {
			p := healthy(t, empty)
			p.now = now
			tc.do(t, p)
			r := p.examine()
			if c := r.find(tc.check); c.State != tc.state || !strings.Contains(c.Say, tc.say) || (c.State == ok) != (c.Do == "") {
				t.Errorf("got %s, want %s … %q", c.line(), tc.state, tc.say)
			}
			for _, c := range r.Checks {
				if tc.state == fails && c.State == ok && strings.Contains(c.Say, "made when the server first starts") {
					t.Errorf("this is said too: %s", c.line())
				}
			}
			if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "greenroom-doctor-*", "*")); len(left) > 0 {
				t.Errorf("%v is left", left)
			}
		})
	}
}

// Backups in the bucket of the dashboard's settings are checked there.
func TestBackupsInABucket(t *testing.T) {
	g := testkit.NewGateway(t)
	p := healthy(t, studio(t))
	p.now = time.Now()
	s3 := g.Environment()
	p.change(t, dataFile, fmt.Sprintf(`UPDATE _params SET value = json_set(value, '$.backups.s3', json('{"enabled":true,"bucket":%q,"region":"auto","endpoint":%q,"accessKey":%q,"secret":%q,"forcePathStyle":true}'))`,
		s3["R2_BUCKET"], s3["R2_ENDPOINT"], s3["R2_ACCESS_KEY_ID"], s3["R2_SECRET_ACCESS_KEY"]), fmt.Sprintf(noteOf, "ok"))
	if c := p.examine().find("backups"); c.State != fails || !strings.Contains(c.Say, "there is none in the bucket studio") {
		t.Errorf("without one: %s", c.line())
	}
	content, err := os.ReadFile(p.packed(t, "a.zip", p.now))
	must(t, err)
	g.Put(t, "a.zip", string(content))
	if c := p.examine().find("backups"); c.State != ok || !strings.Contains(c.Say, "1 in the bucket studio can be opened; the newest, a.zip") {
		t.Errorf("with one: %s", c.line())
	}
	g.Put(t, "b.zip", "half a backup")
	if c := p.examine().find("backups"); c.State != fails || !strings.Contains(c.Say, "the newest, b.zip") {
		t.Errorf("with half a one: %s", c.line())
	}
}

// packed makes a backup of the present database.
func (p *patient) packed(t *testing.T, name string, made time.Time) (path string) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(p.dir, dataFile))
	must(t, err)
	return p.zip(t, name, made, dataFile, content)
}

func (p *patient) zip(t *testing.T, name string, made time.Time, file string, content []byte) (path string) {
	t.Helper()
	path = filepath.Join(p.dir, "backups", name)
	must(t, os.MkdirAll(filepath.Dir(path), 0o700))
	out, err := os.Create(path)
	must(t, err)
	archive := zip.NewWriter(out)
	into, err := archive.Create(file)
	must(t, err)
	_, err = into.Write(content)
	must(t, errors.Join(err, archive.Close(), out.Close(), os.Chtimes(path, made, made)))
	return path
}

func half(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	must(t, err)
	must(t, errors.Join(os.Truncate(path, info.Size()/2), os.Chtimes(path, info.ModTime(), info.ModTime())))
}

// flip inverts 64 bytes in the middle of a file, because a ZIP reader may ignore a single bit.
func flip(t *testing.T, path string) {
	t.Helper()
	content, err := os.ReadFile(path)
	must(t, err)
	for i := range 64 {
		content[len(content)/2+i] ^= 0xff
	}
	must(t, errors.Join(os.WriteFile(path, content, 0o600), os.Chtimes(path, tonight, tonight)))
}

// young and old set the time of the first migration.
func young(t *testing.T, p *patient) { p.firstAt(t, now.Add(-time.Hour)) }
func old(t *testing.T, p *patient)   { p.firstAt(t, now.Add(-time.Hour*24*30)) }

func (p *patient) firstAt(t *testing.T, at time.Time) {
	t.Helper()
	p.change(t, dataFile, fmt.Sprintf("UPDATE _migrations SET applied = %d", at.UnixMicro()))
}

// A bucket that does not answer, or sends more than it lists, neither stops the doctor nor fills the disk.
func TestABucketThatMisbehaves(t *testing.T) {
	for name, c := range map[string]struct {
		list, get http.HandlerFunc
		mayTake   time.Duration
		say       string
	}{
		"silent": {hang, hang, 50 * time.Millisecond, "they cannot be listed"},
		"endless": {listsOne, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1<<20)) }, time.Minute,
			"it has another size than the 10 B that the bucket lists"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Has("list-type") {
				c.list(w, r)
				return
			}
			c.get(w, r)
		}))
		p := healthy(t, studio(t))
		p.bucketMayTake = c.mayTake
		p.change(t, dataFile, fmt.Sprintf(`UPDATE _params SET value = json_set(value, '$.backups.s3', json('{"enabled":true,"bucket":"studio","region":"auto","endpoint":%q,"accessKey":"a","secret":"b","forcePathStyle":true}'))`, server.URL))
		if found := p.examine().find("backups"); found.State != fails || !strings.Contains(found.Say, c.say) {
			t.Errorf("%s: %s", name, found.line())
		}
		server.CloseClientConnections()
		server.Close()
	}
}

func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func listsOne(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprint(w, `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Contents><Key>a.zip</Key><Size>10</Size>`+
		`<LastModified>2026-11-22T03:30:00.000Z</LastModified></Contents></ListBucketResult>`)
}

// Relations of a table whose columns cannot be read are not sound.
func TestColumnsThatCannotBeRead(t *testing.T) {
	p := healthy(t, studio(t))
	p.examine()
	collections, err := p.collections()
	must(t, err)
	must(t, p.data.Close())
	if faults, err := p.rowFaults(collections["sessions"], map[string]string{collections["projects"].Id: "projects"}); err == nil {
		t.Errorf("it found only %q", faults)
	}
}
