package database

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

func connected(t *testing.T, connect core.DBConnectFunc, path string) *dbx.DB {
	t.Helper()
	db, err := connect(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func pragma(t *testing.T, db *dbx.DB, name string) (value string) {
	t.Helper()
	if err := db.NewQuery("PRAGMA " + name).Row(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

// A commit is on the disk before it is acknowledged. Apart from the cache, nothing else differs from PocketBase's own
// connection.
func TestConnect(t *testing.T) {
	const full = "2"
	ours := connected(t, Connect, filepath.Join(t.TempDir(), "data.db"))
	theirs := connected(t, core.DefaultDBConnect, filepath.Join(t.TempDir(), "data.db"))
	if got := pragma(t, ours, "synchronous"); got != full {
		t.Errorf("synchronous is %s", got)
	}
	for _, name := range []string{"busy_timeout", "journal_mode", "journal_size_limit", "foreign_keys", "temp_store", "wal_autocheckpoint"} {
		if got, want := pragma(t, ours, name), pragma(t, theirs, name); got != want {
			t.Errorf("%s is %s, PocketBase has %s", name, got, want)
		}
	}
	if got := pragma(t, connected(t, Connect, filepath.Join(t.TempDir(), "auxiliary.db")), "synchronous"); got == full {
		t.Error("lines of the log wait for the disk")
	}
}

// PocketBase's nightly checkpoint does not wait for readers, and writers do not wait for the checkpoint.
func TestACheckpointDoesNotWaitForReaders(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data.db")
	writer, reader := connected(t, Connect, path), connected(t, Connect, path)
	execute := func(sql string) {
		t.Helper()
		if _, err := writer.NewQuery(sql).Execute(); err != nil {
			t.Fatal(err)
		}
	}
	execute("CREATE TABLE words (word TEXT)")
	tx, err := reader.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.NewQuery("COMMIT; BEGIN; SELECT count(*) FROM words").Execute(); err != nil { // turns the transaction into one that only reads
		t.Fatal(err)
	}
	execute("INSERT INTO words VALUES ('one')")
	started := time.Now()
	execute("PRAGMA wal_checkpoint(TRUNCATE)")
	execute("INSERT INTO words VALUES ('two')")
	if took := time.Since(started); took > 5*time.Second { // half of what a writer would wait for a reader
		t.Errorf("a write waited %s for a reader", took)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
}

// A transaction that reads before it writes does not fail because of another writer in between.
func TestTransactionsWaitForTheirTurn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data.db")
	one, other := connected(t, Connect, path), connected(t, Connect, path)
	if _, err := one.NewQuery("CREATE TABLE words (word TEXT)").Execute(); err != nil {
		t.Fatal(err)
	}
	tx, err := one.Begin()
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := tx.NewQuery("SELECT count(*) FROM words").Row(&n); err != nil {
		t.Fatal(err)
	}
	between := make(chan error, 1)
	go func() {
		_, err := other.NewQuery("INSERT INTO words VALUES ('between')").Execute()
		between <- err
	}()
	select {
	case err := <-between:
		t.Errorf("somebody wrote in the middle of a transaction (%v)", err)
		between <- err
	case <-time.After(100 * time.Millisecond):
	}
	if _, err := tx.NewQuery("INSERT INTO words VALUES ('after')").Execute(); err != nil {
		t.Errorf("the transaction cannot write: %v", err)
	}
	if err := tx.Commit(); err != nil {
		t.Error(err)
	}
	if err := <-between; err != nil {
		t.Error(err)
	}
}
