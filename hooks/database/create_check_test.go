package database_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"strings"
	"sync"
	"testing"

	"github.com/pocketbase/dbx"

	"greenroom/hooks/database"
	"greenroom/hooks/testkit"
)

// Checks as PocketBase writes them, with other names and orders, have the same results and share one statement.
func TestCreateChecksAreKept(t *testing.T) {
	db, prepared := open(t, false)
	before := *prepared
	for _, c := range []struct {
		text string
		args []any
		want bool
	}{
		{"WITH `n__pb_create__aaaaaa` as (SELECT ? AS `i`,? AS `word`) SELECT (1) FROM `n__pb_create__aaaaaa` WHERE `n__pb_create__aaaaaa`.`word` = ? AND i = 5 LIMIT 1", []any{5, "five", "five"}, true},
		{"WITH `n__pb_create__bbbbbb` as (SELECT ? AS `word`,? AS `i`) SELECT (1) FROM `n__pb_create__bbbbbb` WHERE `n__pb_create__bbbbbb`.`word` = ? AND i = 5 LIMIT 1", []any{"five", 5, "five"}, true},
		{"WITH `n__pb_create__cccccc` as (SELECT ? AS `word`,? AS `i`) SELECT (1) FROM `n__pb_create__cccccc` WHERE `n__pb_create__cccccc`.`word` = ? AND i = 5 LIMIT 1", []any{5, "five", "five"}, false},
		{"WITH `n__pb_create__dddddd` as (SELECT ? AS `i`,? AS `word`) SELECT (1) FROM `n__pb_create__dddddd` WHERE `n__pb_create__dddddd`.`word` = ? AND i = 5 LIMIT 1", []any{5, "five", "six"}, false},
	} {
		found := false
		if err := db.QueryRow(c.text, c.args...).Scan(&found); err != nil && err != sql.ErrNoRows {
			t.Fatal(err)
		}
		if found != c.want {
			t.Errorf("%s with %v passes: %v", c.text, c.args, found)
		}
	}
	if n := *prepared - before; n != 1 {
		t.Errorf("%d statements were prepared", n)
	}
	for _, other := range []string{
		"WITH `n__pb_create__aaaaaa` as (SELECT 1 AS `i`) SELECT i FROM `n__pb_create__aaaaaa`",
		"WITH `x` as (SELECT 1 AS `i`) SELECT i FROM `x`",
		"WITH x AS (SELECT 1 AS i) SELECT i FROM x",
	} {
		i := 0
		if err := db.QueryRow(other).Scan(&i); err != nil || i != 1 {
			t.Errorf("%s: %d %v", other, i, err)
		}
	}
}

// Creating comments over HTTP again prepares no new statements.
func TestCommentsOfClientsPrepareNothingNew(t *testing.T) {
	var mu sync.Mutex
	checks := map[string]int{}
	r := testkit.Furnish(t, testkit.Connect(t, testkit.Dir(t), nil, func(path string) (*dbx.DB, error) {
		return watched(path, func(text string) {
			mu.Lock()
			defer mu.Unlock()
			if strings.Contains(text, "__pb_create__") {
				checks[text]++
			}
		})
	}))
	goal := r.With("goals", testkit.Fields{"title": "Goal", "project": r.Project("Album").Id})
	for range 10 {
		for token, want := range map[string]int{r.AnaToken: 200, r.BenToken: 400} {
			if a := r.Do("POST", "/api/collections/comments/records", token, testkit.Fields{"goal": goal.Id, "body": "Words"}); a.Status != want {
				t.Fatalf("%d %s", a.Status, a.Raw)
			}
		}
	}
	if len(checks) != 1 {
		t.Errorf("20 creates had %d different checks", len(checks))
	}
	for text := range checks {
		if len(text) > 4<<10 {
			t.Errorf("the check has %d bytes, and is not kept", len(text))
		}
	}
}

// watched opens a database that calls see with the text of each statement that is prepared.
func watched(path string, see func(text string)) (*dbx.DB, error) {
	stock, err := sql.Open("sqlite", "")
	if err != nil {
		return nil, err
	}
	defer stock.Close()
	return dbx.NewFromDB(sql.OpenDB(watcher{stock.Driver(), path, see}), "sqlite"), nil
}

type watcher struct {
	driver driver.Driver
	path   string
	see    func(text string)
}

func (w watcher) Driver() driver.Driver { return w.driver }

func (w watcher) Connect(context.Context) (driver.Conn, error) {
	conn, err := w.driver.Open(w.path + "?_pragma=journal_mode(WAL)&_pragma=busy_timeout(5000)")
	if err != nil {
		return nil, err
	}
	return database.Statements(seen{conn.(database.Conn), w.see}), nil
}

type seen struct {
	database.Conn
	see func(text string)
}

func (s seen) PrepareContext(ctx context.Context, text string) (driver.Stmt, error) {
	s.see(text)
	return s.Conn.PrepareContext(ctx, text)
}

func (s seen) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	s.see(text)
	return s.Conn.QueryContext(ctx, text, args)
}
