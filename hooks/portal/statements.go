package portal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/markdown"
)

// statements are the portal's SQL statements. {collection} in a statement stands for the columns of that collection:
// all fields that a client may see, including those that the owner adds later. Further columns must be named with AS.
// Statements are prepared and cached by the connections (see database.Statements), not here.
type statements struct {
	app core.App

	generation atomic.Uint64 // increases when columns may have changed
	mu         sync.RWMutex
	expanded   map[string]statement // by the statement with {collection} in it

	waiting sync.Map // ids of projects whose page had locked files when it was last built
}

type statement struct {
	query   string
	columns []column

	schema   int64 // the version of the schema for which it was expanded
	complete bool  // whether the table had all fields of the collection then
}

// column is a column of a result: its name, which is also its JSON key, and the type that SQLite does not tell.
type column struct {
	name                   string
	key                    []byte
	isTime, isBool, isJSON bool
	html                   []byte // JSON key for the text as HTML, if it may contain Markdown
}

func newStatements(app core.App) *statements {
	s := &statements{app: app, expanded: map[string]statement{}}
	forget := func(e *core.CollectionEvent) error {
		s.forget()
		return e.Next()
	}
	app.OnCollectionAfterUpdateSuccess().BindFunc(forget)
	app.OnCollectionAfterDeleteSuccess().BindFunc(forget)
	// A statement that was expanded in between has columns whose change was rolled back.
	app.OnCollectionAfterUpdateError().BindFunc(func(e *core.CollectionErrorEvent) error {
		s.forget()
		return e.Next()
	})
	return s
}

// forget drops the expanded statements, because the columns may have changed.
func (s *statements) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.generation.Add(1)
	clear(s.expanded)
}

// statement returns the expanded statement of a text, and expands it when it is first used. One that lacks fields is
// expanded anew as soon as the schema has changed.
func (v view) statement(text string) (statement, error) {
	s := v.statements
	s.mu.RLock()
	st, ok := s.expanded[text]
	s.mu.RUnlock()
	if ok && !st.complete {
		schema, err := v.schema()
		if err != nil {
			return statement{}, err
		}
		ok = st.schema == schema
	}
	if ok {
		return st, nil
	}
	return v.expandAnew(text)
}

func (v view) expandAnew(text string) (statement, error) {
	s := v.statements
	s.mu.Lock()
	defer s.mu.Unlock()
	st, err := v.expand(text)
	if err == nil {
		s.expanded[text] = st
	}
	return st, err
}

// schema returns SQLite's version of the schema in the snapshot, which each change of a table increases.
func (v view) schema() (version int64, err error) {
	if err := v.tx.QueryRowContext(v.ctx, "PRAGMA schema_version").Scan(&version); err != nil {
		return 0, fmt.Errorf("portal: version of the schema: %w", err)
	}
	return version, nil
}

func (s *statements) db() (*sql.DB, error) {
	db, ok := s.app.ConcurrentDB().(*dbx.DB)
	if !ok {
		return nil, errors.New("portal: no database outside a transaction")
	}
	return db.DB(), nil
}

// expand replaces {collection} by the collection's columns. PocketBase caches new fields before they are committed, so
// the snapshot may lack some: they are left out, and the statement is not complete.
func (v view) expand(text string) (st statement, err error) {
	if st.schema, err = v.schema(); err != nil {
		return statement{}, err
	}
	st.complete = true
	before, rest, _ := strings.Cut(text, "{")
	name, after, found := strings.Cut(rest, "}")
	if !found { // such as SELECT count(*)
		st.query, st.columns = text, []column{newColumn("count")}
		return st, nil
	}
	collection, err := v.statements.app.FindCachedCollectionByNameOrId(name)
	if err != nil {
		return statement{}, fmt.Errorf("portal: columns of %s: %w", name, err)
	}
	there, err := v.columnsOf(name)
	if err != nil {
		return statement{}, fmt.Errorf("portal: columns of %s: %w", name, err)
	}
	var names []string
	for _, field := range collection.Fields {
		if field.GetHidden() {
			continue
		}
		if !there[field.GetName()] {
			st.complete = false
			continue
		}
		c := newColumn(field.GetName())
		if markdown.Fields[name] == c.name {
			c.html = []byte(`"` + c.name + `Html":`)
		}
		many, _ := field.(core.MultiValuer)
		switch kind := field.Type(); {
		case kind == core.FieldTypeDate || kind == core.FieldTypeAutodate:
			c.isTime = true
		case kind == core.FieldTypeBool:
			c.isBool = true
		case kind == core.FieldTypeJSON || kind == core.FieldTypeGeoPoint || many != nil && many.IsMultiple():
			c.isJSON = true
		}
		names, st.columns = append(names, name+".`"+c.name+"`"), append(st.columns, c)
	}
	for _, extra := range strings.Split(after, " AS ")[1:] {
		alias, _, _ := strings.Cut(strings.ReplaceAll(extra, ",", " "), " ")
		column := newColumn(alias)
		column.isBool = strings.HasPrefix(alias, "has") || alias == "mine" // SQLite has no boolean type
		st.columns = append(st.columns, column)
	}
	list := strings.Join(names, ", ")
	st.query = before + list + strings.ReplaceAll(after, "{"+name+"}", list)
	return st, nil
}

// columnsOf returns the names of a table's columns in the snapshot.
func (v view) columnsOf(table string) (map[string]bool, error) {
	rows, err := v.tx.QueryContext(v.ctx, "SELECT name FROM pragma_table_info(?)", table)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names := map[string]bool{}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names[name] = true
	}
	return names, rows.Err()
}

func newColumn(name string) column { return column{name: name, key: []byte(`"` + name + `":`)} }

// snapshot runs read in one read transaction, so that a page never mixes two states of the database.
func (s *statements) snapshot(ctx context.Context, read func(v view) error) error {
	db, err := s.db()
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("portal: begin: %w", err)
	}
	defer tx.Rollback() // nothing was written
	return read(view{ctx, s, tx})
}

// view is one snapshot of the database.
type view struct {
	ctx        context.Context
	statements *statements
	tx         *sql.Tx
}

// each runs a statement and calls do for each row. The row's values are valid only until do returns.
func (v view) each(text string, do func(r row), args ...any) error {
	st, rows, err := v.query(text, args)
	if err != nil {
		return err
	}
	defer rows.Close()
	r := row{columns: st.columns, values: make([]any, len(st.columns))}
	into := make([]any, len(st.columns))
	for i := range into {
		into[i] = &r.values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return fmt.Errorf("portal: %s: %w", text, err)
		}
		do(r)
	}
	return rows.Err()
}

// query runs a statement. Where it names a column that the owner has just removed, it is expanded anew, once for each
// version of the schema.
func (v view) query(text string, args []any) (statement, *sql.Rows, error) {
	st, err := v.statement(text)
	if err != nil {
		return statement{}, nil, err
	}
	rows, err := v.tx.QueryContext(v.ctx, st.query, args...)
	if err != nil && strings.Contains(err.Error(), "no such column") {
		st, rows, err = v.queryAnew(st, err, text, args)
	}
	if err != nil {
		return statement{}, nil, fmt.Errorf("portal: %s: %w", text, err)
	}
	return st, rows, nil
}

// queryAnew expands and runs a statement that has failed, unless it was expanded for the schema that the snapshot has.
func (v view) queryAnew(st statement, failure error, text string, args []any) (statement, *sql.Rows, error) {
	schema, err := v.schema()
	if err != nil {
		return st, nil, err
	}
	if st.schema == schema {
		return st, nil, failure
	}
	v.statements.generation.Add(1)
	if st, err = v.expandAnew(text); err != nil {
		return st, nil, err
	}
	rows, err := v.tx.QueryContext(v.ctx, st.query, args...)
	return st, rows, err
}
