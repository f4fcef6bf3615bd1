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

// statement returns the expanded statement of a text, and expands it when it is first used.
func (v view) statement(text string) (statement, error) {
	s := v.statements
	s.mu.RLock()
	st, ok := s.expanded[text]
	s.mu.RUnlock()
	if ok {
		return st, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	st, isComplete, err := v.expand(text)
	if err == nil && isComplete {
		s.expanded[text] = st
	}
	return st, err
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
func (v view) expand(text string) (st statement, isComplete bool, err error) {
	before, rest, _ := strings.Cut(text, "{")
	name, after, found := strings.Cut(rest, "}")
	if !found { // such as SELECT count(*)
		return statement{text, []column{newColumn("count")}}, true, nil
	}
	collection, err := v.statements.app.FindCachedCollectionByNameOrId(name)
	if err != nil {
		return statement{}, false, fmt.Errorf("portal: columns of %s: %w", name, err)
	}
	there, err := v.columnsOf(name)
	if err != nil {
		return statement{}, false, fmt.Errorf("portal: columns of %s: %w", name, err)
	}
	isComplete = true
	var columns []column
	var names []string
	for _, field := range collection.Fields {
		if field.GetHidden() {
			continue
		}
		if !there[field.GetName()] {
			isComplete = false
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
		names, columns = append(names, name+".`"+c.name+"`"), append(columns, c)
	}
	for _, extra := range strings.Split(after, " AS ")[1:] {
		alias, _, _ := strings.Cut(strings.ReplaceAll(extra, ",", " "), " ")
		column := newColumn(alias)
		column.isBool = strings.HasPrefix(alias, "has") || alias == "mine" // SQLite has no boolean type
		columns = append(columns, column)
	}
	list := strings.Join(names, ", ")
	return statement{before + list + strings.ReplaceAll(after, "{"+name+"}", list), columns}, isComplete, nil
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

// query runs a statement. Where it names a column that the owner has just removed, it is expanded anew.
func (v view) query(text string, args []any) (statement, *sql.Rows, error) {
	for again := false; ; again = true {
		st, err := v.statement(text)
		if err != nil {
			return statement{}, nil, err
		}
		rows, err := v.tx.QueryContext(v.ctx, st.query, args...)
		if err == nil {
			return st, rows, nil
		}
		if again || !strings.Contains(err.Error(), "no such column") {
			return statement{}, nil, fmt.Errorf("portal: %s: %w", text, err)
		}
		v.statements.forget()
	}
}
