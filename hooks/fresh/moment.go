// Package fresh keeps what was found out from the database for exactly as long as nothing has been committed since.
//
// A connection of its own asks SQLite at each request: PRAGMA data_version moves with every commit of any other connection,
// in this process or another, by a hook, a command or a shell that opened the file. So nothing that is kept is ever shown
// late, and no writer has to say what it changed. The price: a commit makes all of it stale, also what it did not touch. A
// studio is read far more often than it is written. Where the database does not answer, nothing is kept.
package fresh

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

// Moment is a state of the database. Between two requests with the same one nothing was committed.
type Moment uint64

// Unknown is no moment, and compares with none.
const Unknown Moment = 0

// Is tells whether both are the same known state.
func (m Moment) Is(other Moment) bool { return m != Unknown && m == other }

// momentKey is where a request keeps the moment of its beginning.
const momentKey = "fresh.moment"

// Of is the moment at which a signed-in request began.
func Of(e *core.RequestEvent) Moment {
	m, _ := e.Get(momentKey).(Moment)
	return m
}

// clock tells moments apart. Its connection is none of the app's pool, so that nobody who holds one of those waits for it.
type clock struct {
	app core.App

	mu      sync.Mutex
	conn    driver.Conn // its answers compare only with each other
	version int64
	moment  Moment
}

// options: it reads one number, and writes nothing.
const options = "?_pragma=busy_timeout(10000)&_pragma=query_only(true)&_pragma=cache_size(-64)"

// now is the moment that the database is in.
func (c *clock) now() (Moment, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	opened := c.conn == nil
	if err := c.open(); err != nil {
		return Unknown, fmt.Errorf("fresh: open: %w", err)
	}
	version, err := c.ask()
	if err != nil {
		return Unknown, fmt.Errorf("fresh: data_version: %w", errors.Join(err, c.close()))
	}
	if opened || version != c.version {
		c.version = version
		c.moment++
	}
	return c.moment, nil
}

func (c *clock) open() (err error) {
	if c.conn != nil {
		return nil
	}
	pool, ok := c.app.ConcurrentDB().(*dbx.DB)
	if !ok {
		return errors.New("no database outside a transaction")
	}
	c.conn, err = pool.DB().Driver().Open(filepath.Join(c.app.DataDir(), "data.db") + options)
	return err
}

func (c *clock) ask() (int64, error) {
	rows, err := c.conn.(driver.QueryerContext).QueryContext(context.Background(), "PRAGMA data_version", nil)
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
func (c *clock) close() error {
	if c.conn == nil {
		return nil
	}
	conn := c.conn
	c.conn = nil
	return conn.Close()
}

func (c *clock) stop() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.close()
}
