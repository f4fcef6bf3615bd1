package database

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
)

// changes knows whose rows were changed, so that a commit of one client's leaves good what is kept for others.
//
// A connection of its own asks SQLite at each request: PRAGMA data_version moves with every commit of any other
// connection, in this process or another, by a hook, a command or a shell that opened the file. A move concerns
// everybody, unless the group of the writers has shown that it was its own commit and nothing else, and whose rows are
// in it:
//
//	BEGIN IMMEDIATE   under the lock of all writers, the number is asked, and the group's connection for its own, which
//	                  moves with every commit but those of that connection
//	the members       whose rows are changed is noted: touched
//	COMMIT            the number is asked again, then the group's own
//
// Where the group's own number is still the same, nobody else has committed since the lock was taken, and what moved
// the first number is this COMMIT. Everything else (a commit that another process slips in, a number that could not be
// asked) concerns everybody, and a COMMIT that wrote nothing, or failed, moves no number.
type changes struct {
	open func() (driver.Conn, error)

	mu sync.Mutex
	// The connection is none of the app's pool, so that nobody who holds one of those waits for it; nil until somebody asks.
	conn       driver.Conn
	number     int64  // the connection's data_version
	everybody  uint64 // counts what concerns everybody
	change     uint64 // counts what concerns some clients
	last       map[string]uint64
	committing bool // a group is, and will tell of it
}

// options suit a connection that reads one number and writes nothing.
const options = "?_pragma=busy_timeout(10000)&_pragma=query_only(true)&_pragma=cache_size(-64)"

// maxTouched is how many clients' last changes are told apart.
const maxTouched = 1 << 14

// now is the version that the database is in. It is not known between a group's COMMIT and the group's word of it.
func (c *changes) now() (Version, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if settled, err := c.look(); err != nil || !settled {
		return Version{}, err
	}
	return Version{c, c.everybody, c.change}, nil
}

// look finds out whether there was a commit that nobody has told of. It opens the connection where there is none.
func (c *changes) look() (settled bool, err error) {
	opened := c.conn == nil
	if opened {
		if c.conn, err = c.open(); err != nil {
			c.conn = nil
			return false, fmt.Errorf("database: open: %w", err)
		}
	}
	number, err := c.ask()
	switch {
	case err != nil:
		return false, err
	case opened: // numbers of two connections do not compare
	case number == c.number:
		return true, nil
	case c.committing:
		return false, nil
	}
	c.number = number
	c.everybody++
	return true, nil
}

func (c *changes) ask() (int64, error) {
	number, err := askNumber(c.conn.(driver.QueryerContext), "PRAGMA data_version")
	if err != nil {
		return 0, fmt.Errorf("database: data_version: %w", errors.Join(err, c.closeConn()))
	}
	return number, nil
}

// lock is what was known when a group took the lock of all writers.
type lock struct {
	sure bool  // all that was committed before has been told
	own  int64 // the data_version of the group's connection
}

// locked is called under the lock of all writers. Where nobody reads versions, it costs nothing and knows nothing.
func (c *changes) locked(real driver.QueryerContext) lock {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn == nil {
		return lock{}
	}
	if _, err := c.look(); err != nil {
		return lock{}
	}
	own, err := askNumber(real, "PRAGMA data_version")
	return lock{err == nil, own}
}

// commits is called before a group's COMMIT.
func (c *changes) commits() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.committing = true
}

// committed is called after the COMMIT or ROLLBACK of a group that may have changed rows of those who are named.
func (c *changes) committed(before lock, real driver.QueryerContext, t *touched) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.committing = false
	if c.conn == nil {
		return
	}
	number, err := c.ask()
	if err != nil || number == c.number {
		return // nothing is there that was not there before
	}
	c.number = number
	// It is asked after the number, so that it answers for all that the number stands for.
	own, err := askNumber(real, "PRAGMA data_version")
	if err != nil || before.own != own || t.everybody || len(c.last) > maxTouched {
		c.everybody++
		clear(c.last)
		return
	}
	c.change++
	if c.last == nil {
		c.last = map[string]uint64{}
	}
	for client := range t.clients {
		c.last[client] = c.change
	}
}

// untouched tells whether none of the clients has been named since a change.
func (c *changes) untouched(change uint64, clients []string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, client := range clients {
		if c.last[client] > change {
			return false
		}
	}
	return true
}

func (c *changes) close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closeConn()
}

func (c *changes) closeConn() error {
	if c.conn == nil {
		return nil
	}
	conn := c.conn
	c.conn = nil
	return conn.Close()
}

// askNumber gives the only value of a query.
func askNumber(conn driver.QueryerContext, query string) (int64, error) {
	rows, err := conn.QueryContext(context.Background(), query, nil)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	row := make([]driver.Value, 1)
	if err := rows.Next(row); err != nil {
		return 0, err
	}
	number, ok := row[0].(int64)
	if !ok {
		return 0, fmt.Errorf("%v is no number", row[0])
	}
	return number, nil
}
