package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/pocketbase/dbx"
)

// notes is a schema with everything that changes rows indirectly: triggers, foreign keys and a full-text index.
var notes = []string{
	"CREATE TABLE clients (id TEXT PRIMARY KEY, account TEXT, name TEXT, tokenKey TEXT)",
	"CREATE TABLE boxes (id TEXT PRIMARY KEY, client TEXT)",
	"CREATE TABLE notes (id TEXT PRIMARY KEY, box TEXT REFERENCES boxes (id) ON DELETE CASCADE, place INT UNIQUE, n INT DEFAULT 0, client TEXT)",
	"CREATE TABLE copies (n INT, client TEXT)",
	"CREATE TABLE helpers (client TEXT, tokenKey TEXT)",
	"CREATE TABLE made (client TEXT, twice TEXT AS (client || client))",
	"CREATE TABLE narrow (client TEXT PRIMARY KEY) WITHOUT ROWID",
	"CREATE TABLE settings (value TEXT)",
	"CREATE VIRTUAL TABLE found USING fts5(words)",
	"CREATE TRIGGER copied AFTER UPDATE ON notes WHEN new.n = 99 BEGIN UPDATE copies SET n = n + 1; END",
	"INSERT INTO clients VALUES ('ana', '', '', ''), ('ben', '', '', ''), ('cy', '', '', ''), ('pat', 'ana', '', '')",
	"INSERT INTO boxes VALUES ('a', 'ana'), ('b', 'ben'), ('c', 'cy')",
	"INSERT INTO notes VALUES ('a1', 'a', 1, 0, 'ana'), ('b1', 'b', 2, 0, 'ben'), ('c1', 'c', 3, 0, 'cy'), ('none', 'a', 4, 0, ''), ('void', 'a', 5, 0, NULL)",
	"INSERT INTO copies VALUES (0, 'cy')", "INSERT INTO helpers VALUES ('ana', '')", "INSERT INTO made VALUES ('ana')", "INSERT INTO narrow VALUES ('ana')", "INSERT INTO settings VALUES ('')",
	"INSERT INTO found (rowid, words) VALUES (1, 'words')",
}

func shareNotes(t *testing.T) *shared {
	s := share(t)
	err := s.transact(func(tx *sql.Tx) error {
		for _, statement := range notes {
			if _, err := tx.Exec(statement); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *shared) version() Version {
	s.t.Helper()
	v, err := s.group.changes.now()
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

// concerned lists the clients whom commits since a version concern, or "everybody".
func (s *shared) concerned(since Version) string {
	now := s.version()
	if !since.Holds(now) {
		return "everybody"
	}
	var names []string
	for _, name := range []string{"ana", "ben", "cy", "dora", "pat"} {
		if !since.Holds(now, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}

func TestAChangeKnowsWhoseItIs(t *testing.T) {
	for statement, want := range map[string]string{
		"INSERT INTO notes VALUES ('a2', 'a', 6, 0, 'ana')":                                     "ana",
		"UPDATE notes SET n = 5 WHERE id = 'b1'":                                                "ben",
		"DELETE FROM notes WHERE id = 'c1'":                                                     "cy",
		"UPDATE notes SET client = 'ben' WHERE id = 'a1'":                                       "ana ben",
		"UPDATE notes SET n = 1 WHERE client IN ('ana', 'cy')":                                  "ana cy",
		"INSERT INTO notes VALUES ('a1', 'a', 1, 1, 'ana') ON CONFLICT DO UPDATE SET n = n + 1": "ana",
		"INSERT OR REPLACE INTO notes VALUES ('a2', 'a', 2, 0, 'ana')":                          "ana ben",
		"REPLACE INTO notes VALUES ('a2', 'a', 3, 0, 'ana')":                                    "ana cy",
		"UPDATE OR REPLACE notes SET place = 2 WHERE id = 'a1'":                                 "ana ben",
		"UPDATE notes SET n = 99 WHERE id = 'a1'":                                               "ana cy", // by the trigger
		"DELETE FROM boxes WHERE id = 'b'":                                                      "ben",    // and the notes in it
		"DELETE FROM copies":                                                                    "cy",     // without a hook SQLite would truncate the table
		"INSERT INTO notes SELECT 'd1', 'a', 7, 0, 'dora'":                                      "dora",
		"INSERT OR IGNORE INTO notes VALUES ('a1', 'a', 1, 0, 'ben')":                           "",
		"UPDATE notes SET n = 1 WHERE id = 'nobody'":                                            "",
		"SELECT * FROM notes":                                                                   "",
		"UPDATE clients SET name = 'x' WHERE id = 'ben'":                                        "ben",
		"UPDATE clients SET id = 'dora' WHERE id = 'cy'":                                        "cy dora",
		"UPDATE clients SET name = 'x' WHERE id = 'pat'":                                        "ana pat",
		"UPDATE clients SET account = 'ben' WHERE id = 'pat'":                                   "ana ben pat",
		"INSERT INTO clients VALUES ('dora', 'ben', '', '')":                                    "ben dora",
		"DELETE FROM clients WHERE id = 'cy'":                                                   "cy",
		"INSERT INTO found (rowid, words) VALUES (2, 'more words')":                             "",
		"UPDATE notes SET n = 1 WHERE id = 'none'":                                              "everybody",
		"UPDATE notes SET n = 1 WHERE id = 'void'":                                              "everybody",
		"UPDATE notes SET client = 7 WHERE id = 'a1'":                                           "ana", // the column's type makes text of it
		"UPDATE notes SET client = x'616e61' WHERE id = 'a1'":                                   "everybody",
		"UPDATE settings SET value = 'x'":                                                       "everybody",
		"UPDATE helpers SET tokenKey = 'x'":                                                     "everybody",
		"UPDATE made SET client = 'ben'":                                                        "everybody",
		"UPDATE narrow SET client = 'ben'":                                                      "everybody",
		"ALTER TABLE notes ADD COLUMN more TEXT":                                                "everybody",
		"UPDATE notes SET n = 1 WHERE id = 'a1'; DROP TABLE made":                               "everybody",
		"WITH x AS (SELECT 1) UPDATE notes SET n = 2 WHERE id = 'a1'":                           "everybody",
		"PRAGMA user_version = 7":                                                               "everybody",
	} {
		for _, within := range []bool{true, false} {
			t.Run(fmt.Sprint(statement, " in a transaction: ", within), func(t *testing.T) {
				s := shareNotes(t)
				before := s.version()
				s.exec("UPDATE notes SET n = n + 1 WHERE id = 'b1'") // ends the earlier group
				if got := s.concerned(before); got != "ben" {
					t.Fatalf("before: %q", got)
				}
				before = s.version()
				if within {
					err := s.transact(func(tx *sql.Tx) error { _, err := tx.Exec(statement); return err })
					if err != nil {
						t.Fatal(err)
					}
				} else {
					s.exec(statement)
				}
				if got := s.concerned(before); got != want {
					t.Errorf("%q are concerned, not %q", got, want)
				}
			})
		}
	}
}

// A request begins after a change of Ana's, and looks at what is cached after a change that concerns everybody.
func TestAChangeIsRememberedBesideOneOfEverybodys(t *testing.T) {
	s := shareNotes(t)
	s.version()
	s.exec("UPDATE notes SET n = n + 1 WHERE id = 'b1'") // ends the earlier group
	cached := s.version()
	s.exec("UPDATE notes SET n = n + 1 WHERE id = 'a1'")
	begins := s.version()
	if cached.Holds(begins, "ana") || !cached.Holds(begins, "cleo") {
		t.Fatal("Ana's change concerns Ana alone")
	}
	s.exec("UPDATE settings SET value = 'x'")
	if cached.Holds(begins, "ana") {
		t.Error("Ana's change is forgotten")
	}
}

// A client's records are told from the client's own row.
func TestAnOwnRowIsNoRecord(t *testing.T) {
	for statement, want := range map[string]bool{
		"UPDATE notes SET n = 5 WHERE client = 'ana'":         false,
		"UPDATE clients SET name = 'x' WHERE id = 'pat'":      false, // one of ana's people
		"UPDATE clients SET name = 'x' WHERE id = 'ana'":      true,
		"UPDATE clients SET id = 'dora' WHERE id = 'ana'":     true,
		"UPDATE clients SET id = 'ana' WHERE id = 'ana'":      true,
		"DELETE FROM clients WHERE id = 'ana'":                true,
		"REPLACE INTO clients VALUES ('ana', 'ben', '', 'x')": true,
		"UPDATE settings SET value = 'x'":                     true, // everybody
	} {
		t.Run(statement, func(t *testing.T) {
			s := shareNotes(t)
			before := s.version()
			s.exec(statement)
			if got := !before.Holds(s.version(), OwnRow("ana")); got != want {
				t.Errorf("Ana's own row is concerned: %v", got)
			}
		})
	}
}

func update(id string) func(tx *sql.Tx) error {
	return func(tx *sql.Tx) error {
		_, err := tx.Exec("UPDATE notes SET n = n + 1 WHERE id = ?", id)
		return err
	}
}

func run(tx *sql.Tx, statement string) error {
	_, err := tx.Exec(statement)
	return err
}

// elsewhere opens a connection outside the group, as another process would.
func (s *shared) elsewhere() *dbx.DB {
	var path string
	if err := s.QueryRow("SELECT file FROM pragma_database_list WHERE name = 'main'").Scan(&path); err != nil {
		s.t.Fatal(err)
	}
	return connected(s.t, Connect, path)
}

func execute(t *testing.T, db *dbx.DB, text string) {
	t.Helper()
	if _, err := db.NewQuery(text).Execute(); err != nil {
		t.Error(text, err)
	}
}

// Whatever happens between a group's lock and its report concerns everybody, unless it is proved to be the group's own
// commit.
func TestDoubtfulChangesConcernEverybody(t *testing.T) {
	no := errors.New("no")
	foreign := func(t *testing.T, other *dbx.DB) { execute(t, other, "UPDATE notes SET n = n + 1 WHERE id = 'c1'") }
	rollback := func(conn Conn) { _, _ = conn.ExecContext(context.Background(), "ROLLBACK", nil) }
	for name, c := range map[string]struct {
		do   func(t *testing.T, s *shared, other *dbx.DB)
		want string
	}{
		"one client":                      {func(t *testing.T, s *shared, _ *dbx.DB) { _ = s.transact(update("a1")) }, "ana"},
		"a group of two":                  {func(t *testing.T, s *shared, _ *dbx.DB) { s.together(update("a1"), update("b1")) }, "everybody"}, // the first member's table has no client column
		"two groups":                      {func(t *testing.T, s *shared, _ *dbx.DB) { _, _ = s.transact(update("a1")), s.transact(update("b1")) }, "ana ben"},
		"a commit that wrote nothing":     {func(t *testing.T, s *shared, _ *dbx.DB) { _ = s.transact(update("nobody's")) }, ""},
		"another process":                 {func(t *testing.T, s *shared, other *dbx.DB) { foreign(t, other) }, "everybody"},
		"another process before a commit": {func(t *testing.T, s *shared, other *dbx.DB) { foreign(t, other); _ = s.transact(update("a1")) }, "everybody"},
		"another process after a commit":  {func(t *testing.T, s *shared, other *dbx.DB) { _ = s.transact(update("a1")); foreign(t, other) }, "everybody"},
		"nothing, then another process": {func(t *testing.T, s *shared, other *dbx.DB) {
			_ = s.transact(update("nobody's"))
			foreign(t, other)
		}, "everybody"},
		"rolled back, then another process": {func(t *testing.T, s *shared, other *dbx.DB) {
			_ = s.transact(func(tx *sql.Tx) error { return errors.Join(update("a1")(tx), no) })
			foreign(t, other)
		}, "everybody"},
		"another process just after the COMMIT": {func(t *testing.T, s *shared, other *dbx.DB) {
			s.spoil(func(conn Conn, text string) error {
				if text != "COMMIT" {
					return nil
				}
				_, err := conn.ExecContext(context.Background(), "COMMIT", nil)
				foreign(t, other)
				return errors.Join(err, no) // the COMMIT succeeded, and reports a failure
			})
			_ = s.transact(update("a1"))
		}, "everybody"},
		"another process before the number is asked": {func(t *testing.T, s *shared, other *dbx.DB) {
			s.spoil(func(_ Conn, text string) error {
				if text == "COMMIT" {
					comes := func() { foreign(t, other) }
					s.asking.Store(&comes)
				}
				return nil
			})
			_ = s.transact(update("a1"))
		}, "everybody"},
		"a COMMIT that is there and tells of a failure": {func(t *testing.T, s *shared, _ *dbx.DB) {
			s.spoil(func(conn Conn, text string) error {
				if text != "COMMIT" {
					return nil
				}
				_, err := conn.ExecContext(context.Background(), "COMMIT", nil)
				return errors.Join(err, no)
			})
			_ = s.transact(update("a1"))
		}, "ana"},
		"a COMMIT that fails": {func(t *testing.T, s *shared, _ *dbx.DB) {
			s.spoil(func(_ Conn, text string) error {
				if text == "COMMIT" {
					return no
				}
				return nil
			})
			_ = s.transact(update("a1"))
		}, ""},
		"a COMMIT that fails, and another process in its place": {func(t *testing.T, s *shared, other *dbx.DB) {
			s.spoil(func(conn Conn, text string) error {
				if text != "COMMIT" {
					return nil
				}
				rollback(conn)
				foreign(t, other)
				return no
			})
			_ = s.transact(update("a1"))
		}, "everybody"},
		"SQLite gives up, and another process comes": {func(t *testing.T, s *shared, other *dbx.DB) {
			s.spoil(func(conn Conn, text string) error {
				if !strings.HasPrefix(text, "INSERT") {
					return nil
				}
				rollback(conn)
				foreign(t, other)
				return no
			})
			_ = s.transact(func(tx *sql.Tx) error { return errors.Join(update("a1")(tx), inserts("full")(tx)) })
		}, "everybody"},
		"a member that is rolled back": {func(t *testing.T, s *shared, _ *dbx.DB) {
			_ = s.transact(func(tx *sql.Tx) error { return errors.Join(update("a1")(tx), no) })
		}, ""},
		"a member that is rolled back, then another": {func(t *testing.T, s *shared, _ *dbx.DB) {
			_ = s.transact(func(tx *sql.Tx) error { return errors.Join(update("a1")(tx), no) })
			_ = s.transact(update("b1"))
		}, "ben"},
		"a savepoint that is rolled back": {func(t *testing.T, s *shared, _ *dbx.DB) {
			_ = s.transact(func(tx *sql.Tx) error {
				err := errors.Join(update("a1")(tx), run(tx, "SAVEPOINT inner"), update("b1")(tx), run(tx, "ROLLBACK TO inner"), run(tx, "RELEASE inner"))
				return errors.Join(err, update("c1")(tx))
			})
		}, "everybody"}, // a savepoint is not plainly a change of rows
		"a member that is rolled back beside another": {func(t *testing.T, s *shared, _ *dbx.DB) {
			first, err := s.Begin()
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan error, 2)
			go func() {
				done <- s.transact(func(tx *sql.Tx) error { return errors.Join(update("b1")(tx), no) })
			}()
			s.waiting(1)
			go func() { done <- s.transact(update("c1")) }()
			s.waiting(2)
			if err := errors.Join(update("a1")(first), first.Commit()); err != nil {
				t.Error(err)
			}
			<-done
			<-done
		}, "ana cy"},
		"somebody looks between the COMMIT and the word of it": {func(t *testing.T, s *shared, _ *dbx.DB) {
			s.spoil(func(conn Conn, text string) error {
				if text != "COMMIT" {
					return nil
				}
				_, err := conn.ExecContext(context.Background(), "COMMIT", nil)
				if s.version().Known() {
					t.Error("it is not known yet whose the commit is")
				}
				return errors.Join(err, no)
			})
			_ = s.transact(update("a1"))
		}, "ana"},
		"the reader's connection is another": {func(t *testing.T, s *shared, _ *dbx.DB) {
			_ = s.group.changes.close()
			_ = s.transact(update("a1"))
		}, "everybody"},
		"the reader's connection is another since the COMMIT": {func(t *testing.T, s *shared, _ *dbx.DB) {
			s.spoil(func(conn Conn, text string) error {
				if text != "COMMIT" {
					return nil
				}
				_, err := conn.ExecContext(context.Background(), "COMMIT", nil)
				err = errors.Join(err, s.group.changes.close())
				s.version()
				return errors.Join(err, no)
			})
			_ = s.transact(update("a1"))
		}, "everybody"},
	} {
		t.Run(name, func(t *testing.T) {
			s := shareNotes(t)
			other := s.elsewhere()
			before := s.version()
			c.do(t, s, other)
			if got := s.concerned(before); got != c.want {
				t.Errorf("%q are concerned, not %q", got, c.want)
			}
			// Later commits are attributed again.
			s.spoil(func(Conn, string) error { return nil })
			before = s.version()
			if err := s.transact(update("b1")); err != nil {
				t.Fatal(err)
			}
			if got := s.concerned(before); got != "ben" {
				t.Errorf("afterwards %q are concerned", got)
			}
		})
	}
}

// After another process has recreated a table, its columns are read again, because their positions may differ.
func TestColumnsAreReadAnew(t *testing.T) {
	s := shareNotes(t)
	other := s.elsewhere()
	s.version()
	if err := s.transact(update("a1")); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{"DROP TABLE copies", "CREATE TABLE copies (client TEXT, n TEXT)", "INSERT INTO copies VALUES ('cy', 'ana')"} {
		execute(t, other, statement)
	}
	before := s.version()
	s.exec("UPDATE copies SET n = 'dora'")
	if got := s.concerned(before); got != "cy" {
		t.Errorf("%q are concerned", got)
	}
}
