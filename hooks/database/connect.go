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

// pragmas are PocketBase's, but for two. Its synchronous=NORMAL loses the last seconds at a power cut, FULL loses
// nothing. Its 32 MB of cache for each connection are more than the server else needs, and the system has the file in
// memory anyway.
const pragmas = "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=journal_size_limit(200000000)&_pragma=synchronous(FULL)" +
	"&_pragma=foreign_keys(ON)&_pragma=temp_store(MEMORY)&_pragma=cache_size(-1000)&_defensive=1" + lockFirst

// lockFirst makes a transaction wait for its turn when it begins. PocketBase is no longer the only one that writes, for
// Litestream notes its checkpoints: a transaction that read something before such a note could never write after it.
const lockFirst = "&_txlock=immediate"

// Connect opens PocketBase's databases. The log's keeps PocketBase's own settings: the last lines of it may be lost.
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

// connector opens connections that do not wait for readers at a checkpoint, and that keep their prepared statements;
// or, once writers share their commits, virtual ones over one of those.
type connector struct {
	driver driver.Driver
	path   string
	shared atomic.Pointer[group]
}

// sqliteDriver leads from a pool back to its connector.
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

// shareCommits makes every connection from now on a member of one group.
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
		return told{connection{Statements(conn.(Conn)), handleOf(conn)}, hooks}, nil
	}
	return g
}

// told is a connection whose changes of rows are told before they happen.
type told struct {
	connection
	hooks sqlite.HookRegisterer
}

// Close takes the hook out first: the driver would keep it for another connection that gets the same handle.
func (c told) Close() error {
	c.hooks.RegisterPreUpdateHook(nil)
	return c.connection.Close()
}

// Close comes with the pool's.
func (c *connector) Close() error {
	if g := c.shared.Load(); g != nil {
		return g.Close()
	}
	return nil
}

type connection struct {
	Conn
	handle uintptr // SQLite's own; 0 where the driver does not tell
}

// ExecContext makes PocketBase's checkpoints passive. Each night and after each backup it asks for one that truncates
// the log of writes and, while it waits for whoever reads (Litestream always does), stops every write for ten seconds.
func (c connection) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if strings.EqualFold(query, "PRAGMA wal_checkpoint(TRUNCATE)") {
		query = "PRAGMA wal_checkpoint(PASSIVE)"
	}
	return c.Conn.ExecContext(ctx, query, args)
}
