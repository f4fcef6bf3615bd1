package database

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"path/filepath"
	"sync"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Version is a state of the database. Between two requests with the same one nothing was committed.
//
// A connection of its own asks SQLite at each request: PRAGMA data_version moves with every commit of any other
// connection, in this process or another, by a hook, a command or a shell that opened the file. So nothing that is kept
// with a version is ever shown late, and no writer has to say which rows it changed. The price: a commit makes all of
// it stale, also the rows that it did not touch. A studio is read far more often than it is written. Where the database
// does not answer, nothing is kept.
type Version uint64

// UnknownVersion compares with none.
const UnknownVersion Version = 0

// Is tells whether both are the same known state.
func (v Version) Is(other Version) bool { return v != UnknownVersion && v == other }

// VersionReader tells versions apart. Its connection is none of the app's pool, so that nobody who holds one of those
// waits for it.
type VersionReader struct {
	app core.App

	mu      sync.Mutex
	conn    driver.Conn // its answers compare only with each other
	number  int64       // SQLite's data_version
	version Version
}

// options suit a connection that reads one number and writes nothing.
const options = "?_pragma=busy_timeout(10000)&_pragma=query_only(true)&_pragma=cache_size(-64)"

// NewVersionReader makes a reader that opens its connection at the first question.
func NewVersionReader(app core.App) *VersionReader { return &VersionReader{app: app} }

// Now is the version that the database is in.
func (r *VersionReader) Now() (Version, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	opened := r.conn == nil
	if err := r.open(); err != nil {
		return UnknownVersion, fmt.Errorf("database: open: %w", err)
	}
	number, err := r.ask()
	if err != nil {
		return UnknownVersion, fmt.Errorf("database: data_version: %w", errors.Join(err, r.close()))
	}
	if opened || number != r.number {
		r.number = number
		r.version++
	}
	return r.version, nil
}

func (r *VersionReader) open() (err error) {
	if r.conn != nil {
		return nil
	}
	pool, ok := r.app.ConcurrentDB().(*dbx.DB)
	if !ok {
		return errors.New("no database outside a transaction")
	}
	r.conn, err = pool.DB().Driver().Open(filepath.Join(r.app.DataDir(), "data.db") + options)
	return err
}

func (r *VersionReader) ask() (int64, error) {
	rows, err := r.conn.(driver.QueryerContext).QueryContext(context.Background(), "PRAGMA data_version", nil)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	row := make([]driver.Value, 1)
	if err := rows.Next(row); err != nil {
		return 0, err
	}
	version, ok := row[0].(int64)
	if !ok {
		return 0, fmt.Errorf("%v is no number", row[0])
	}
	return version, nil
}

// close ends the connection; the next question opens another.
func (r *VersionReader) close() error {
	if r.conn == nil {
		return nil
	}
	conn := r.conn
	r.conn = nil
	return conn.Close()
}

// Close ends the connection for good.
func (r *VersionReader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.close()
}
