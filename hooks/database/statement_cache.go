// Package database is SQLite as the studio uses it: statements that stay prepared, the version that the file is in, and
// times as they are stored and sent.
package database

import (
	"container/list"
	"context"
	"database/sql/driver"
)

const (
	maxStatements = 64      // of a connection, some kilobytes each
	maxBytes      = 4 << 10 // a longer text is one of many values, and hardly comes again
)

// Conn is all that database/sql asks of SQLite's connections.
type Conn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// Statements is a connection that keeps its prepared statements from one use to the next. Like any, it serves one
// caller at a time.
//
// PocketBase hands each statement over as text, and SQLite parses and plans it anew: for a small row that is most of
// the work. Here each connection keeps the statements that it used last, by their text. A statement that is in use, or
// failed, is not kept; a change of the schema is SQLite's own business, which plans anew by itself. BenchmarkStatements
// measures the gain.
func Statements(conn Conn) Conn {
	return &keeper{Conn: conn, byText: map[string]*list.Element{}, latest: list.New()}
}

type keeper struct {
	Conn
	byText map[string]*list.Element // of statement; those in use are not here
	latest *list.List               // the last used first
}

type statement struct {
	driver.Stmt
	text string
}

func (k *keeper) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	if len(text) > maxBytes {
		return k.Conn.ExecContext(ctx, text, args)
	}
	st, err := k.take(ctx, text)
	if err != nil {
		return nil, err
	}
	result, err := st.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
	if err != nil {
		_ = st.Close() // says the same
		return nil, err
	}
	k.putBack(st)
	return result, nil
}

func (k *keeper) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	text, args = sameEachTime(text, args)
	if len(text) > maxBytes {
		return k.Conn.QueryContext(ctx, text, args)
	}
	st, err := k.take(ctx, text)
	if err != nil {
		return nil, err
	}
	found, err := st.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		_ = st.Close() // says the same
		return nil, err
	}
	return &rows{found.(columns), k, st}, nil
}

// take gives a statement that nobody else uses.
func (k *keeper) take(ctx context.Context, text string) (statement, error) {
	if e, ok := k.byText[text]; ok {
		delete(k.byText, text)
		return k.latest.Remove(e).(statement), nil
	}
	st, err := k.PrepareContext(ctx, text)
	return statement{st, text}, err
}

func (k *keeper) putBack(st statement) {
	if k.byText[st.text] != nil { // a second one was needed while this one was in use
		_ = st.Close()
		return
	}
	k.byText[st.text] = k.latest.PushFront(st)
	if k.latest.Len() > maxStatements {
		oldest := k.latest.Remove(k.latest.Back()).(statement)
		delete(k.byText, oldest.text)
		_ = oldest.Close()
	}
}

// Close closes the statements first: a connection with one open stays open.
func (k *keeper) Close() error {
	for e := k.latest.Front(); e != nil; e = e.Next() {
		_ = e.Value.(statement).Close()
	}
	return k.Conn.Close()
}
