package durable_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite"
)

// database reads the server's data file directly, beside the server.
type database struct {
	t *testing.T
	*sql.DB
}

func (s *server) database(name string) database {
	s.t.Helper()
	return opened(s.t, filepath.Join(s.data, name))
}

func opened(t *testing.T, path string) database {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro&_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	return database{t, db}
}

// each calls do for every row of a query of two text columns.
func (db database) each(query string, do func(a, b string)) {
	db.t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		db.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var a, b string
		if err := rows.Scan(&a, &b); err != nil {
			db.t.Fatal(err)
		}
		do(a, b)
	}
	if err := rows.Err(); err != nil {
		db.t.Fatal(err)
	}
}

// whole fails unless SQLite's integrity check passes.
func (db database) whole() {
	db.t.Helper()
	var verdict string
	if err := db.QueryRow("PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		db.t.Errorf("integrity_check: %s %v", verdict, err)
	}
}

// noOrphans fails if a relation of any collection names a record that does not exist.
func (db database) noOrphans() {
	db.t.Helper()
	counts := map[string]string{}
	db.each(`SELECT c.name || '.' || (f.value ->> 'name'),
		format('SELECT count(*) FROM "%w" WHERE "%w" != %Q AND "%w" NOT IN (SELECT id FROM "%w")', c.name, f.value ->> 'name', '', f.value ->> 'name', t.name)
		FROM _collections c, json_each(c.fields) f JOIN _collections t ON t.id = f.value ->> 'collectionId' WHERE f.value ->> 'type' = 'relation'`,
		func(relation, count string) { counts[relation] = count })
	if counts["comments.milestone"] == "" || counts["sessions.project"] == "" {
		db.t.Fatalf("the relations were not found: %v", counts)
	}
	for relation, count := range counts {
		var orphans int
		if err := db.QueryRow(count).Scan(&orphans); err != nil {
			db.t.Fatal(err)
		}
		if orphans > 0 {
			db.t.Errorf("%d records have a %s that is not there", orphans, relation)
		}
	}
}
