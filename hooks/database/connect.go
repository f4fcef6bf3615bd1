package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"modernc.org/sqlite"
)

// pragmas are PocketBase's, except for two. Its synchronous=NORMAL can lose the last commits in a power cut; FULL loses
// none. Its cache of 32 MB for each connection would be most of the server's memory, and the system caches the file
// anyway.
const pragmas = "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=journal_size_limit(200000000)&_pragma=synchronous(FULL)" +
	"&_pragma=foreign_keys(ON)&_pragma=temp_store(MEMORY)&_pragma=cache_size(-1000)&_defensive=1" + lockFirst

// lockFirst makes each transaction take the write lock when it begins. PocketBase is not the only writer, since
// Litestream records its checkpoints: a transaction that has read before another writer's commit could not write any
// more.
const lockFirst = "&_txlock=immediate"

// Readers is the number of connections that read the database. More than the cores can use only cost memory and
// latency. Clients' lists use at most four of them, so that a page or a sign-in always finds one free.
const Readers = 6

// Connect opens PocketBase's databases. The log's database gets PocketBase's own settings, since losing its last lines
// in a power cut is acceptable.
func Connect(path string) (*dbx.DB, error) {
	if filepath.Base(path) != "data.db" {
		return core.DefaultDBConnect(path)
	}
	stock, err := sql.Open("sqlite", "") // opens no file
	if err != nil {
		return nil, err
	}
	defer stock.Close()
	return dbx.NewFromDB(sql.OpenDB(&connector{driver: stock.Driver(), path: path}), "sqlite"), nil
}

// connector opens connections with passive checkpoints and cached statements. After shareCommits it opens virtual
// connections, which share one such connection.
type connector struct {
	driver driver.Driver
	path   string
	shared atomic.Pointer[group]
}

// sqliteDriver is the pool's driver, by which GroupCommits finds the connector.
type sqliteDriver struct {
	driver.Driver
	connector *connector
}

func (c *connector) Driver() driver.Driver { return &sqliteDriver{c.driver, c} }

func (c *connector) Connect(context.Context) (driver.Conn, error) {
	if g := c.shared.Load(); g != nil {
		return &member{group: g}, nil
	}
	return c.open()
}

func (c *connector) open() (Conn, error) {
	conn, err := c.driver.Open(c.path + pragmas)
	if err != nil {
		return nil, err
	}
	return connection{Statements(conn.(Conn)), handleOf(conn)}, nil
}

// shareCommits makes every connection opened from now on a member of one group.
func (c *connector) shareCommits() { c.shared.CompareAndSwap(nil, c.newGroup()) }

func (c *connector) newGroup() *group {
	g := &group{now: time.Now, changes: &changes{open: func() (driver.Conn, error) { return c.driver.Open(c.path + options) }}}
	g.open = func() (Conn, error) {
		conn, err := c.driver.Open(c.path + pragmas)
		if err != nil {
			return nil, err
		}
		hooks := conn.(sqlite.HookRegisterer)
		hooks.RegisterPreUpdateHook(g.touched.row)
		return hooked{connection{Statements(conn.(Conn)), handleOf(conn)}, hooks}, nil
	}
	return g
}

// hooked is a connection with a hook that SQLite calls before it changes a row.
type hooked struct {
	connection
	hooks sqlite.HookRegisterer
}

// Close removes the hook first, because the driver would call it for a later connection that gets the same handle.
func (c hooked) Close() error {
	c.hooks.RegisterPreUpdateHook(nil)
	return c.connection.Close()
}

// Close is called when the pool is closed.
func (c *connector) Close() error {
	if g := c.shared.Load(); g != nil {
		return g.Close()
	}
	return nil
}

type connection struct {
	Conn
	handle uintptr // SQLite's handle of the connection, 0 if unknown
}

// ExecContext makes PocketBase's checkpoints passive. PocketBase requests a truncating one each night and after each
// backup. That one waits for readers, of which Litestream always is one, and blocks all writes for ten seconds
// meanwhile.
func (c connection) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if strings.EqualFold(query, "PRAGMA wal_checkpoint(TRUNCATE)") {
		query = "PRAGMA wal_checkpoint(PASSIVE)"
	}
	return c.Conn.ExecContext(ctx, query, args)
}
