package database

import (
	"context"
	"database/sql/driver"
	"reflect"
	"sync"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// The driver ends a query with its context only until the first row is there. A filter that seldom matches does its
// work between the rows, so whoever must end in time marks the context, and the work between the rows ends too.

type endingKey struct{}

// Ending marks a context whose end is to end a query at any time, and not only before its first row.
func Ending(ctx context.Context) context.Context { return context.WithValue(ctx, endingKey{}, true) }

// handleOf is SQLite's own handle of a connection, which the driver keeps to itself; 0 where there is none by that
// name.
func handleOf(conn driver.Conn) uintptr {
	v := reflect.ValueOf(conn)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return 0
	}
	handle := v.Elem().FieldByName("db")
	if handle.Kind() != reflect.Uintptr {
		return 0
	}
	return uintptr(handle.Uint())
}

// interrupt ends what the connection does now, from any thread. Nothing that begins later is ended.
func interrupt(handle uintptr) {
	tls := libc.NewTLS()
	defer tls.Close()
	sqlite3.Xsqlite3_interrupt(tls, handle)
}

// QueryContext watches over the rows of a marked context.
func (c connection) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	found, err := c.Conn.QueryContext(ctx, query, args)
	if err != nil || c.handle == 0 || ctx.Value(endingKey{}) == nil {
		return found, err
	}
	w := &endingRows{columns: found.(columns)}
	w.stop = context.AfterFunc(ctx, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if !w.closed {
			w.ended = ctx.Err()
			interrupt(c.handle)
		}
	})
	return w, nil
}

type endingRows struct {
	columns
	stop func() bool

	mu     sync.Mutex
	closed bool
	ended  error
}

func (w *endingRows) Next(into []driver.Value) error {
	err := w.columns.Next(into)
	if err == nil {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended != nil {
		return w.ended
	}
	return err
}

// Close makes sure that the connection's next query is not meant.
func (w *endingRows) Close() error {
	w.stop()
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	return w.columns.Close()
}
