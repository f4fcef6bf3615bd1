package database

import (
	"database/sql/driver"
	"errors"
	"path/filepath"
	"sync"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Version is a state of the database, for deciding whether a cached value is still current (see changes). While the
// version is unknown, nothing may be cached.
type Version struct {
	of                *changes
	everybody, change uint64
}

// Known reports whether values may be cached with this version.
func (v Version) Known() bool { return v.of != nil }

// Holds reports whether no commit between this version and the later one concerned any of the clients (or
// own rows, see OwnRow), or everybody.
func (v Version) Holds(later Version, clients ...string) bool {
	return v.Known() && v.of == later.of && v.of.untouched(v, clients)
}

// VersionReader reads versions.
type VersionReader struct {
	app core.App

	mu    sync.Mutex
	alone *changes // used where writers do not share commits; every commit then concerns everybody
}

// NewVersionReader returns a reader, which opens its connection when it is first used.
func NewVersionReader(app core.App) *VersionReader { return &VersionReader{app: app} }

// Now returns the current version, which may be unknown (see Version.Known).
func (r *VersionReader) Now() (Version, error) {
	c, err := r.changes()
	if err != nil {
		return Version{}, err
	}
	return c.now()
}

// changes returns those that the group of writers maintains, or the reader's own.
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

// Close closes the connection. A later call of Now opens another.
func (r *VersionReader) Close() error {
	c, err := r.changes()
	if err != nil {
		return nil // the database is closed, and the group with it
	}
	return c.close()
}
