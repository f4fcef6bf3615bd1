package database_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"greenroom/hooks/database"
)

// connector opens connections with or without a statement cache, and counts the prepared statements.
type connector struct {
	driver   driver.Driver
	path     string
	plain    bool
	prepared *int
}

func (c connector) Driver() driver.Driver { return c.driver }

func (c connector) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.driver.Open(c.path + "?_pragma=journal_mode(WAL)&_pragma=busy_timeout(5000)")
	if err != nil || c.plain {
		return conn, err
	}
	return database.Statements(counted{conn.(database.Conn), c.prepared}), nil
}

type counted struct {
	database.Conn
	n *int
}

func (c counted) PrepareContext(ctx context.Context, text string) (driver.Stmt, error) {
	*c.n++
	return c.Conn.PrepareContext(ctx, text)
}

func open(t testing.TB, plain bool) (db *sql.DB, prepared *int) {
	t.Helper()
	stock, err := sql.Open("sqlite", "")
	if err != nil {
		t.Fatal(err)
	}
	defer stock.Close()
	prepared = new(int)
	db = sql.OpenDB(connector{stock.Driver(), filepath.Join(t.TempDir(), "x.db"), plain, prepared})
	db.SetMaxOpenConns(1)
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	must(t, db, "CREATE TABLE n (i INTEGER PRIMARY KEY, word TEXT NOT NULL)")
	for i := range 20 {
		must(t, db, "INSERT INTO n (i, word) VALUES (?, ?)", i, fmt.Sprint("word ", i))
	}
	return db, prepared
}

func must(t testing.TB, db *sql.DB, text string, args ...any) {
	t.Helper()
	if _, err := db.Exec(text, args...); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

func word(t testing.TB, db *sql.DB, i int) (word string) {
	t.Helper()
	if err := db.QueryRow("SELECT word FROM n WHERE i = ?", i).Scan(&word); err != nil {
		t.Fatal(err)
	}
	return word
}

func TestEachTextIsPreparedOnce(t *testing.T) {
	db, prepared := open(t, false)
	before := *prepared
	for i := range 20 {
		if got, want := word(t, db, i), fmt.Sprint("word ", i); got != want {
			t.Errorf("%s is not %s", got, want)
		}
		must(t, db, "UPDATE n SET word = ? WHERE i = ?", "new", i)
	}
	if got := *prepared - before; got != 2 {
		t.Errorf("two texts were prepared %d times", got)
	}
}

// A transaction runs a statement again while its rows are being read, on one connection.
func TestStatementInUse(t *testing.T) {
	db, _ := open(t, false)
	for range 3 {
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		const text = "SELECT i FROM n WHERE i >= ? ORDER BY i LIMIT 3"
		outer, err := tx.Query(text, 0)
		if err != nil {
			t.Fatal(err)
		}
		var seen []int
		for outer.Next() {
			var i int
			if err := outer.Scan(&i); err != nil {
				t.Fatal(err)
			}
			inner, err := tx.Query(text, i+10)
			if err != nil {
				t.Fatal(err)
			}
			for inner.Next() {
				var j int
				if err := inner.Scan(&j); err != nil {
					t.Fatal(err)
				}
				seen = append(seen, j)
			}
			if err := errors.Join(inner.Err(), inner.Close()); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(outer.Err(), outer.Close(), tx.Rollback()); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(seen); got != "[10 11 12 11 12 13 12 13 14]" {
			t.Errorf("saw %s", got)
		}
	}
}

func TestSchemaChanges(t *testing.T) {
	db, _ := open(t, false)
	columns := func() int {
		rows, err := db.Query("SELECT * FROM n WHERE i = 1")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		names, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		return len(names)
	}
	if n := columns(); n != 2 {
		t.Fatalf("%d columns", n)
	}
	must(t, db, "ALTER TABLE n ADD COLUMN more TEXT")
	if n := columns(); n != 3 {
		t.Errorf("%d columns after one more", n)
	}
	word(t, db, 1)
	must(t, db, "DROP TABLE n")
	if _, err := db.Query("SELECT * FROM n WHERE i = 1"); err == nil {
		t.Error("a table that is gone was read")
	}
	must(t, db, "CREATE TABLE n (i INTEGER PRIMARY KEY, word TEXT)")
	if n := columns(); n != 2 {
		t.Errorf("%d columns of the new table", n)
	}
	must(t, db, "VACUUM")
}

// A statement works again after it failed, was read in part, or was cancelled.
func TestAfterAFailure(t *testing.T) {
	db, _ := open(t, false)
	const insert = "INSERT INTO n (i, word) VALUES (?, ?)"
	if _, err := db.Exec(insert, 1, "twice"); err == nil {
		t.Fatal("a second row of the same key was taken")
	}
	must(t, db, insert, 100, "once")

	rows, err := db.Query("SELECT word FROM n WHERE i = ?", 3) // closed before it is read
	if err != nil {
		t.Fatal(err)
	}
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	const endless = "WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r WHERE x < ?) SELECT max(x) FROM r"
	var x int
	if err := db.QueryRowContext(ctx, endless, 1<<40).Scan(&x); err == nil {
		t.Fatal("an endless question was answered")
	}
	if err := db.QueryRow(endless, 5).Scan(&x); err != nil || x != 5 {
		t.Errorf("%d %v", x, err)
	}
	if got := word(t, db, 3); got != "word 3" {
		t.Error(got)
	}
}

func TestManyTextsStayBounded(t *testing.T) {
	db, prepared := open(t, false)
	for round := range 2 {
		for i := range 300 {
			must(t, db, fmt.Sprintf("UPDATE n SET word = 'x' WHERE i = %d", i))
		}
		if round == 0 {
			*prepared = 0
		}
	}
	if *prepared != 300 {
		t.Errorf("%d of 300 texts were prepared anew: the rest was kept", *prepared)
	}
}

func BenchmarkStatements(b *testing.B) {
	for name, plain := range map[string]bool{"kept": false, "anew": true} {
		b.Run(name, func(b *testing.B) {
			db, _ := open(b, plain)
			for b.Loop() {
				word(b, db, 7)
			}
		})
	}
}
