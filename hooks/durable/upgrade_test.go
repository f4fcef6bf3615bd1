package durable_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"greenroom/hooks/durable"
	"greenroom/hooks/testkit"
)

// notRows are the tables whose rows an upgrade may change: PocketBase's schema and settings, and the state of
// integrations.
var notRows = []string{"_migrations", "_collections", "_params", "integrations"}

// A studio of each earlier release starts with this one. It has the same rows, a copy from before the upgrade lies
// beside it, and the doctor finds no fault.
func TestUpgradesOfEarlierStudios(t *testing.T) {
	t.Parallel()
	fixtures := glob(t, "testdata/*.db.gz")
	if len(fixtures) == 0 {
		t.Fatal("there is no earlier studio")
	}
	for _, fixture := range fixtures {
		t.Run(filepath.Base(fixture), func(t *testing.T) {
			t.Parallel()
			s := &server{t: t, binary: testkit.Binary(t), data: t.TempDir()}
			unzip(t, fixture, filepath.Join(s.data, "data.db"))
			before := s.database("data.db").rows(nil)
			if len(before["comments"].byId) == 0 || len(before["clients"].byId) == 0 {
				t.Fatal("the earlier studio is empty")
			}
			t.Cleanup(s.kill)
			started := time.Now()
			said := s.start()
			t.Logf("the start took %s", time.Since(started))
			s.stop()
			after := s.database("data.db")
			after.noOrphans()
			same(t, "the studio", before, after.rows(before))
			kept := glob(t, filepath.Join(s.data, "before_upgrade", "*.db"))
			if len(kept) != 1 || !strings.Contains(said.String(), kept[0]) {
				t.Fatalf("%v are kept, and it was said:\n%s", kept, said)
			}
			same(t, "what is kept", before, opened(t, kept[0]).rows(before))
			s.run("backup")
			verdict, _ := s.command("doctor").CombinedOutput() // the doctor may also fail for this machine's full disk
			for line := range strings.Lines(string(verdict)) {
				if strings.HasPrefix(line, "fails: ") && !strings.HasPrefix(line, "fails: disk space") {
					t.Errorf("the doctor says: %s", line)
				}
			}
			if !strings.Contains(string(verdict), "ok: schema, ") {
				t.Errorf("the doctor says:\n%s", verdict)
			}
			s.start()
			if again := glob(t, filepath.Join(s.data, "before_upgrade", "*.db")); len(again) != 1 {
				t.Errorf("the second start kept %v", again)
			}
		})
	}
}

func unzip(t *testing.T, from, to string) {
	t.Helper()
	packed, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	content, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := io.Copy(file, content); err != nil {
		t.Fatal(err)
	}
}

// table is the rows of a table, by id.
type table struct {
	columns []string
	byId    map[string]string
}

// rows reads every table. For tables in like it reads the columns that they have there.
func (db database) rows(like map[string]table) map[string]table {
	db.t.Helper()
	defer db.Close()
	tables := map[string]table{}
	db.each("SELECT name, '' FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'search_%'", func(name, _ string) {
		if !slices.Contains(notRows, name) {
			tables[name] = table{columns: like[name].columns, byId: map[string]string{}}
		}
	})
	for name, found := range tables {
		if found.columns == nil {
			db.each(fmt.Sprintf("SELECT name, '' FROM pragma_table_info('%s') ORDER BY name", name), func(column, _ string) { found.columns = append(found.columns, column) })
		}
		all, err := db.Query(fmt.Sprintf("SELECT id, \"%s\" FROM \"%s\"", strings.Join(found.columns, `", "`), name))
		if err != nil {
			db.t.Fatal(err)
		}
		for all.Next() {
			values, into := make([]any, len(found.columns)+1), make([]any, len(found.columns)+1)
			for i := range values {
				into[i] = &values[i]
			}
			if err := all.Scan(into...); err != nil {
				db.t.Fatal(err)
			}
			found.byId[fmt.Sprint(values[0])] = fmt.Sprint(values[1:]...)
		}
		if err := all.Err(); err != nil {
			db.t.Fatal(err)
		}
		tables[name] = found
	}
	return tables
}

// same fails if a row of before is missing or changed in after. New rows may be the upgrade's own.
func same(t *testing.T, what string, before, after map[string]table) {
	t.Helper()
	for name, had := range before {
		has := after[name]
		for id, row := range had.byId {
			if has.byId[id] != row {
				t.Errorf("%s has in %s %q instead of %q", what, name, has.byId[id], row)
			}
		}
		if more := len(has.byId) - len(had.byId); more > 0 && name != "comments" {
			t.Errorf("%s has %d more rows in %s", what, more, name)
		}
	}
}

// A start reads the replica's position without reading all of the replica.
func TestTheReplicasPositionIsReadFromAFewPages(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s := openWith(t, nil)
	s.stop()
	s.grow(30)
	s.environment = map[string]string{"REPLICA_URL": "file://" + folder, "GREENROOM_SYNC": "commit"}
	s.start()
	s.comment("One")
	s.comment("Two")
	s.stop()
	peeked, restored, few, all := durable.Peeked(t, folder)
	if peeked != restored {
		t.Errorf("the position was read as %s, and is %s", peeked, restored)
	}
	if few*5 > all {
		t.Errorf("%d of %d bytes were read", few, all)
	}
	t.Logf("%d of %d bytes were read", few, all)
}
