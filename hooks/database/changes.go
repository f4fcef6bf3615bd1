package database

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
)

// changes knows whose rows were changed, so that one client's commit does not invalidate what is cached for others.
//
// PRAGMA data_version on a connection of its own changes with every commit of any other connection, in this process or
// another. Such a change concerns everybody, unless the group of writers (see group_commit.go) proves that it was the
// group's own commit and nothing else, and names the clients whose rows it changed:
//
//	BEGIN IMMEDIATE   under the write lock data_version is read, also on the group's connection, where it changes with
//	                  every commit except that connection's own
//	the members       touched notes whose rows are changed
//	COMMIT            data_version is read again, and then the group's
//
// If the group's data_version is the same as before, nobody else has committed since the lock was taken, so the change
// of data_version is this COMMIT. Everything else (a commit of another process in between, a value that could not be
// read) concerns everybody. A COMMIT that wrote nothing, or failed, does not change data_version.
type changes struct {
	open func() (driver.Conn, error)

	mu sync.Mutex
	// conn is outside the app's pool, so that readers of versions never wait for a free connection. It is nil until the
	// first question.
	conn       driver.Conn
	number     int64  // conn's data_version when it was last read
	everybody  uint64 // number of changes that concern everybody
	change     uint64 // number of changes that concern some clients
	last       map[string]uint64
	committing bool // a group is committing, and will call committed
}

// options are for a connection that reads one value and never writes.
const options = "?_pragma=busy_timeout(10000)&_pragma=query_only(true)&_pragma=cache_size(-64)"

// maxTouched limits the number of clients in last. Beyond it, the next change concerns everybody and empties the map.
const maxTouched = 1 << 14

// now returns the current version. Between a group's COMMIT and its call of committed the version is unknown.
func (c *changes) now() (Version, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if current, err := c.look(); err != nil || !current {
		return Version{}, err
	}
	return Version{c, c.everybody, c.change}, nil
}

// look checks for commits that no group has reported, and opens conn if needed. current is false while such a commit
// may be the one of a group that is committing.
func (c *changes) look() (current bool, err error) {
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
	case opened: // data_version is only comparable on one connection
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

// lock is what a group knew when it had taken the write lock.
type lock struct {
	sure bool  // all earlier commits have been accounted for
	own  int64 // data_version of the group's connection
}

// locked is called by a group that has taken the write lock. While nobody reads versions it costs nothing.
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

// committed is called after a group's COMMIT or ROLLBACK. t holds the clients whose rows the group may have changed.
func (c *changes) committed(before lock, real driver.QueryerContext, t *touched) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.committing = false
	if c.conn == nil {
		return
	}
	number, err := c.ask()
	if err != nil || number == c.number {
		return // nothing was committed
	}
	c.number = number
	// Reading it after conn's covers every commit that conn's value includes.
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

// untouched reports whether nothing that concerns one of the clients, or everybody, changed after the version. A change
// that concerns everybody empties last, so nothing is known any more of a version from before it.
func (c *changes) untouched(v Version, clients []string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if v.everybody != c.everybody {
		return false
	}
	for _, client := range clients {
		if c.last[client] > v.change {
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

// askNumber returns the only value of a query, an integer.
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
