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

// touched notes whose rows a group's connection changes, by SQLite's hook before each change of a row: also of those
// that a trigger, a foreign key or a REPLACE changes. It never takes anybody out again, so that a member that is rolled
// back leaves somebody too many and nobody too few.
//
// A row with a client column concerns the client that it had and the one that it gets. A row of clients concerns itself
// and the client whose person it is. The tables in which SQLite keeps an index of words concern nobody, for nothing
// that is kept is read from them. All else concerns everybody: a table without a client column or of people who sign
// in, a row whose client is no text, a change of the schema, and any statement that is not plainly one that reads or
// changes rows, for the hook sees rows alone.
type touched struct {
	everybody bool
	clients   map[string]bool

	tables map[string]whose
	schema int64 // the version at which they were read
}

// whose are the columns of a table that say whom its rows concern; nobody's rows have none.
type whose struct {
	nobody  bool
	columns []int
	width   int // up to the last of them
}

// begin forgets what the last transaction changed. Without somebody who reads versions nothing is worth noting.
func (t *touched) begin(real driver.QueryerContext, noting bool) {
	t.everybody = !noting
	clear(t.clients)
	if t.clients == nil {
		t.clients = map[string]bool{}
	}
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

// statement notes what a statement may do beside changing rows.
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

// row is SQLite's hook.
func (t *touched) row(data sqlite.SQLitePreUpdateData) {
	if t.everybody {
		return
	}
	w, ok := t.tables[data.TableName]
	switch {
	case !ok || data.DatabaseName != "main":
		t.everybody = true
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
			t.everybody = true
		case client != "":
			t.clients[client] = true
		}
	}
}

// tableColumns are all columns of all tables whose rows the hook sees as they are written.
const tableColumns = "SELECT l.name, l.type, l.wr, c.cid, c.name, c.hidden FROM pragma_table_list l JOIN pragma_table_xinfo(l.name) c" +
	" WHERE l.schema = 'main' AND l.type IN ('table', 'shadow')"

// readTables finds out whom the rows of each table concern. A table that is not in it concerns everybody.
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
			tables[table] = whose{columns: []int{at["id"], account}, width: max(at["id"], account) + 1}
		case hasClient && !signsIn:
			tables[table] = whose{columns: []int{client}, width: client + 1}
		}
	}
	return tables, nil
}
