// Package database is the studio's access to SQLite: connections with cached statements, group commits of concurrent
// writers, versions by which caches notice changes, and times as they are stored and sent.
package database

import (
	"container/list"
	"context"
	"database/sql/driver"
)

const (
	maxStatements = 64      // of one connection, some kilobytes each
	maxBytes      = 4 << 10 // a longer text usually lists many values, and hardly comes again
)

// Conn is the set of interfaces that database/sql uses of SQLite's connections.
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

// Statements returns a connection that caches its prepared statements. Like other connections it serves one caller at a
// time.
//
// PocketBase passes each statement as text, which SQLite parses and plans every time; for small rows that is most of
// the work. Here each connection keeps its most recently used statements, by text. A statement in use, or one that
// failed, is not in the cache. After a change of the schema SQLite plans a statement anew by itself.
// BenchmarkStatements measures the gain.
func Statements(conn Conn) Conn {
	return &statementCache{Conn: conn, byText: map[string]*list.Element{}, latest: list.New()}
}

type statementCache struct {
	Conn
	byText map[string]*list.Element // of statement, without those in use
	latest *list.List               // most recently used first
}

type statement struct {
	driver.Stmt
	text string
}

func (k *statementCache) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	if len(text) > maxBytes {
		return k.Conn.ExecContext(ctx, text, args)
	}
	st, err := k.take(ctx, text)
	if err != nil {
		return nil, err
	}
	result, err := st.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
	if err != nil {
		_ = st.Close() // returns the same error
		return nil, err
	}
	k.putBack(st)
	return result, nil
}

func (k *statementCache) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	text, args = normalizeCreateCheck(text, args)
	if len(text) > maxBytes {
		return k.Conn.QueryContext(ctx, text, args)
	}
	st, err := k.take(ctx, text)
	if err != nil {
		return nil, err
	}
	found, err := st.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		_ = st.Close() // returns the same error
		return nil, err
	}
	return &rows{found.(columns), k, st}, nil
}

// take returns a cached statement and removes it from the cache, or prepares a new one.
func (k *statementCache) take(ctx context.Context, text string) (statement, error) {
	if e, ok := k.byText[text]; ok {
		delete(k.byText, text)
		return k.latest.Remove(e).(statement), nil
	}
	st, err := k.PrepareContext(ctx, text)
	return statement{st, text}, err
}

func (k *statementCache) putBack(st statement) {
	if k.byText[st.text] != nil { // another was prepared while this one was in use
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

// Close closes the statements first, because SQLite keeps a connection open as long as one of its statements is.
func (k *statementCache) Close() error {
	for e := k.latest.Front(); e != nil; e = e.Next() {
		_ = e.Value.(statement).Close()
	}
	return k.Conn.Close()
}
