package database

import (
	"database/sql/driver"
	"errors"
	"path/filepath"
	"sync"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Version is a state of the database, as far as it concerns one client or another: see changes. Nothing that is kept
// with a version is ever shown late. Where it is not known, nothing is kept.
type Version struct {
	of                *changes
	everybody, change uint64
}

// Known is false for a version with which nothing may be kept.
func (v Version) Known() bool { return v.of != nil }

// Holds tells whether nothing that concerns any of the clients, or everybody, was committed from this version until a
// later one.
func (v Version) Holds(later Version, clients ...string) bool {
	return v.Known() && v.of == later.of && v.everybody == later.everybody && v.of.untouched(v.change, clients)
}

// VersionReader tells versions apart.
type VersionReader struct {
	app core.App

	mu    sync.Mutex
	alone *changes // where writers do not share their commits, and so every commit concerns everybody
}

// NewVersionReader makes a reader that opens its connection at the first question.
func NewVersionReader(app core.App) *VersionReader { return &VersionReader{app: app} }

// Now is the version that the database is in.
func (r *VersionReader) Now() (Version, error) {
	c, err := r.changes()
	if err != nil {
		return Version{}, err
	}
	return c.now()
}

// changes are those that the writers tell of, else the reader's own.
func (r *VersionReader) changes() (*changes, error) {
	pool, ok := r.app.NonconcurrentDB().(*dbx.DB)
	if !ok {
		return nil, errors.New("database: no database outside a transaction")
	}
	opens := pool.DB().Driver()
	if groupable, ok := opens.(*sqliteDriver); ok {
		if g := groupable.connector.shared.Load(); g != nil {
			return g.changes, nil
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.alone == nil {
		path := filepath.Join(r.app.DataDir(), "data.db")
		r.alone = &changes{open: func() (driver.Conn, error) { return opens.Open(path + options) }}
	}
	return r.alone, nil
}

// Close ends the connection; the next question opens another.
func (r *VersionReader) Close() error {
	c, err := r.changes()
	if err != nil {
		return nil // the database is closed, and with it what the writers tell
	}
	return c.close()
}
