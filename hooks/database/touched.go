package database

import (
	"context"
	"database/sql/driver"
	"io"
	"slices"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// touched collects the clients whose rows a group's connection changes. SQLite calls it before each change of a row
// (preupdate hook), including those by triggers, foreign keys and REPLACE. What a member changed is forgotten when it is
// rolled back, except for statements that are not plainly a query or a change of rows.
//
// A row with a client column concerns the client that it had and the one that it gets. A row of clients concerns
// itself, also by its OwnRow, and the client whose person it is. The shadow tables of the full-text index concern
// nobody, because nothing that is cached is read from them. Everything else concerns everybody: rows of tables without a
// client column, rows of other people who sign in, rows whose client is no text, changes of the schema, and every
// statement that is not plainly a query or a change of rows, since the hook only sees rows.
type touched struct {
	whom
	member whom // of the member that has the turn
	tables map[string]whose
	schema int64 // the schema_version at which tables was read
}

// whom are those whom changes concern.
type whom struct {
	everybody bool
	clients   map[string]bool
}

// keep counts what a member changed that ends now, and undo forgets it.
func (t *touched) keep() {
	t.everybody = t.everybody || t.member.everybody
	for client := range t.member.clients {
		t.clients[client] = true
	}
	t.undo()
}

func (t *touched) undo() {
	t.member.everybody = false
	clear(t.member.clients)
}

// whose are the columns of a table that name the clients whom its rows concern; nobody is set for shadow tables.
type whose struct {
	nobody  bool
	columns []int
	width   int  // the last of the columns plus one
	own     bool // the first of the columns is the id of a client's or person's own row
}

// OwnRow names the row of clients itself, apart from the records of that client, for Version.Holds.
func OwnRow(id string) string { return "clients:" + id }

// begin starts collecting for a new transaction. Unless noting, everything counts as concerning everybody, because
// nobody reads versions.
func (t *touched) begin(real driver.QueryerContext, noting bool) {
	t.everybody = !noting
	if t.clients == nil {
		t.clients, t.member.clients = map[string]bool{}, map[string]bool{}
	}
	clear(t.clients)
	t.undo()
	if !noting {
		return
	}
	schema, err := askNumber(real, "PRAGMA schema_version")
	if err == nil && (t.tables == nil || schema != t.schema) {
		t.schema = schema
		t.tables, err = readTables(real)
	}
	if err != nil {
		t.tables, t.everybody = nil, true
	}
}

// statement checks whether a statement may do more than read or change rows.
func (t *touched) statement(text string) {
	if t.everybody {
		return
	}
	keyword, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	plain := slices.Contains([]string{"SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE"}, strings.ToUpper(keyword))
	if !plain || strings.Contains(strings.TrimRight(rest, "; \t\n"), ";") {
		t.everybody = true
	}
}

// row is the preupdate hook.
func (t *touched) row(data sqlite.SQLitePreUpdateData) {
	if t.everybody || t.member.everybody {
		return
	}
	w, ok := t.tables[data.TableName]
	switch {
	case !ok || data.DatabaseName != "main":
		t.member.everybody = true
		return
	case w.nobody:
		return
	}
	values := make([]any, w.width)
	if data.Op != sqlite3.SQLITE_INSERT {
		t.add(w, values, data.Old(values...))
	}
	if data.Op != sqlite3.SQLITE_DELETE {
		t.add(w, values, data.New(values...))
	}
}

func (t *touched) add(w whose, values []any, err error) {
	for i, column := range w.columns {
		client, ok := values[column].(string)
		switch {
		case err != nil || !ok || client == "" && i == 0:
			t.member.everybody = true
		case client != "":
			t.member.clients[client] = true
			if w.own && i == 0 {
				t.member.clients[OwnRow(client)] = true
			}
		}
	}
}

// tableColumns selects all columns of the tables whose changes of rows the hook sees.
const tableColumns = "SELECT l.name, l.type, l.wr, c.cid, c.name, c.hidden FROM pragma_table_list l JOIN pragma_table_xinfo(l.name) c" +
	" WHERE l.schema = 'main' AND l.type IN ('table', 'shadow')"

// readTables finds out which columns of each table name clients. Rows of a table that is not in the result concern
// everybody.
func readTables(real driver.QueryerContext) (map[string]whose, error) {
	found, err := real.QueryContext(context.Background(), tableColumns, nil)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	columns := map[string]map[string]int{}
	strange := map[string]bool{}
	tables := map[string]whose{}
	row := make([]driver.Value, 6)
	for err = found.Next(row); err == nil; err = found.Next(row) {
		table, _ := row[0].(string)
		column, _ := row[4].(string)
		if row[1] == "shadow" {
			tables[table] = whose{nobody: true}
			continue
		}
		if columns[table] == nil {
			columns[table] = map[string]int{}
		}
		cid, _ := row[3].(int64)
		columns[table][column] = int(cid)
		strange[table] = strange[table] || row[2] != int64(0) || row[5] != int64(0)
	}
	if err != io.EOF {
		return nil, err
	}
	for table, at := range columns {
		client, hasClient := at["client"]
		account, hasAccount := at["account"]
		_, signsIn := at["tokenKey"]
		switch {
		case strange[table]:
		case table == "clients" && hasAccount:
			tables[table] = whose{columns: []int{at["id"], account}, width: max(at["id"], account) + 1, own: true}
		case hasClient && !signsIn:
			tables[table] = whose{columns: []int{client}, width: client + 1}
		}
	}
	return tables, nil
}
