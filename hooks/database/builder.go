package database

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/pocketbase/dbx"
)

// dbx names its drivers' builders in a map so that programs can add their own.
func init() { dbx.BuilderFuncMap["sqlite"] = newBuilder }

// builder is dbx's builder for SQLite with a faster way for the two long statements of each create: PocketBase's check
// of the create rule, which names every column twice, and the INSERT.
//
// dbx finds the names of arguments, {:name}, and of tables and columns, {{name}} and [[name]], by two regular expressions
// over the text, which took an eighth of a create's processor time. Here the INSERT is written without such names, and
// the check is read in one pass. docs/figures.md has the gain.
type builder struct {
	dbx.Builder
	db       *dbx.DB
	executor dbx.Executor
}

func newBuilder(db *dbx.DB, executor dbx.Executor) dbx.Builder {
	return &builder{dbx.NewSqliteBuilder(db, executor), db, executor}
}

// Select and Model are dbx's own, and ask this builder for their queries.

func (b *builder) Select(columns ...string) *dbx.SelectQuery {
	return dbx.NewSelectQuery(b, b.db).Select(columns...)
}

func (b *builder) Model(model any) *dbx.ModelQuery {
	return dbx.NewModelQuery(model, b.db.FieldMapper, b.db, b)
}

// NewQuery reads PocketBase's check of a create rule, and leaves every other text to dbx.
func (b *builder) NewQuery(text string) *dbx.Query {
	name, isWith := strings.CutPrefix(text, "WITH {{")
	name, _, _ = strings.Cut(name, "}}")
	if !isWith || !strings.Contains(name, "__pb_create__") || b.logs() {
		return b.Builder.NewQuery(text)
	}
	statement, names := b.read(text)
	ready := &ready{Executor: b.executor, text: statement}
	query := dbx.NewQuery(b.db, ready, "the check of "+name)
	ready.args = func() ([]any, error) {
		params, args := query.Params(), make([]any, len(names))
		for i, name := range names {
			value, ok := params[name]
			if !ok {
				return nil, errors.New("Named parameter not found: " + name)
			}
			args[i] = value
		}
		return args, nil
	}
	return query
}

// Insert writes the statement with its columns in order, so that one text stands for all rows of a table.
func (b *builder) Insert(table string, values dbx.Params) *dbx.Query {
	if len(values) == 0 || b.logs() || strings.ContainsAny(table, "{[") {
		return b.Builder.Insert(table, values)
	}
	names := slices.Sorted(maps.Keys(values))
	args := make([]any, len(names))
	var columns strings.Builder
	for i, name := range names {
		if _, ok := values[name].(dbx.Expression); ok || strings.ContainsAny(name, "{[") {
			return b.Builder.Insert(table, values)
		}
		args[i] = values[name]
		if i > 0 {
			columns.WriteString(", ")
		}
		columns.WriteString(b.db.QuoteColumnName(name))
	}
	text := "INSERT INTO " + b.db.QuoteTableName(table) + " (" + columns.String() + ") VALUES (?" + strings.Repeat(", ?", len(names)-1) + ")"
	return dbx.NewQuery(b.db, &ready{b.executor, text, func() ([]any, error) { return args, nil }}, "INSERT INTO "+table)
}

// logs reports whether statements are logged, as with --dev, which reads their text from dbx's query.
func (b *builder) logs() bool {
	return b.db.LogFunc != nil || b.db.PerfFunc != nil || b.db.QueryLogFunc != nil || b.db.ExecLogFunc != nil
}

// read returns a text of dbx's as SQLite takes it, and the names of its arguments in order.
func (b *builder) read(text string) (statement string, names []string) {
	var out strings.Builder
	out.Grow(len(text))
	for {
		i := strings.IndexAny(text, "{[")
		if i < 0 {
			out.WriteString(text)
			return out.String(), names
		}
		out.WriteString(text[:i])
		text = text[i:]
		if name, rest, ok := enclosed(text, "{:", "}", ""); ok {
			names = append(names, name)
			out.WriteByte('?')
			text = rest
		} else if name, rest, ok := enclosed(text, "{{", "}}", "-. "); ok {
			out.WriteString(b.db.QuoteTableName(name))
			text = rest
		} else if name, rest, ok := enclosed(text, "[[", "]]", "-. "); ok {
			out.WriteString(b.db.QuoteColumnName(name))
			text = rest
		} else {
			out.WriteByte(text[0])
			text = text[1:]
		}
	}
}

// isWord has the letters and digits of ASCII, and the underscore.
var isWord = func() (is [256]bool) {
	for _, c := range "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz" {
		is[c] = true
	}
	return is
}()

// enclosed returns the name between an opening and a closing mark at the beginning of the text, and what follows. A
// name consists of words' characters and the others.
func enclosed(text, opening, closing, others string) (name, rest string, ok bool) {
	text, ok = strings.CutPrefix(text, opening)
	if !ok {
		return "", "", false
	}
	end := 0
	for end < len(text) && (isWord[text[end]] || strings.IndexByte(others, text[end]) >= 0) {
		end++
	}
	if end == 0 {
		return "", "", false
	}
	rest, ok = strings.CutPrefix(text[end:], closing)
	return text[:end], rest, ok
}

// ready executes a statement that is known, with its arguments. What dbx passes instead is a label for errors.
type ready struct {
	dbx.Executor
	text string
	args func() ([]any, error)
}

func (r *ready) Exec(string, ...any) (sql.Result, error) {
	args, err := r.args()
	if err != nil {
		return nil, err
	}
	return r.Executor.Exec(r.text, args...)
}

func (r *ready) ExecContext(ctx context.Context, _ string, _ ...any) (sql.Result, error) {
	args, err := r.args()
	if err != nil {
		return nil, err
	}
	return r.Executor.ExecContext(ctx, r.text, args...)
}

func (r *ready) Query(string, ...any) (*sql.Rows, error) {
	args, err := r.args()
	if err != nil {
		return nil, err
	}
	return r.Executor.Query(r.text, args...)
}

func (r *ready) QueryContext(ctx context.Context, _ string, _ ...any) (*sql.Rows, error) {
	args, err := r.args()
	if err != nil {
		return nil, err
	}
	return r.Executor.QueryContext(ctx, r.text, args...)
}

// Prepare fails, because dbx would run the statement without its arguments. PocketBase prepares none.
func (r *ready) Prepare(string) (*sql.Stmt, error) {
	return nil, errors.New("database: an insert by columns cannot be prepared; write its SQL with NewQuery")
}
