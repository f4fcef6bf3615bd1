package database

import (
	"context"
	"database/sql/driver"
	"reflect"
	"sync"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// The driver cancels a query with its context only until the first row has been read. A filter that rarely matches does
// most of its work between rows. A context that is marked by Ending cancels that work too.

type endingKey struct{}

// Ending marks a context whose end cancels queries at any time, not only before their first row.
func Ending(ctx context.Context) context.Context { return context.WithValue(ctx, endingKey{}, true) }

// handleOf returns SQLite's handle of a connection, which the driver does not export, or 0 if there is no such field.
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

// interrupt cancels what the connection is doing, and may be called by any goroutine. Queries that begin later are not
// affected.
func interrupt(handle uintptr) {
	tls := libc.NewTLS()
	defer tls.Close()
	sqlite3.Xsqlite3_interrupt(tls, handle)
}

// QueryContext returns rows that are cancelled with a marked context.
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

// Close makes sure that a later query of the connection is not cancelled.
func (w *endingRows) Close() error {
	w.stop()
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	return w.columns.Close()
}
