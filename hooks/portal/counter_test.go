package portal_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strings"
	"sync/atomic"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// counter counts the statements that reach SQLite, prepared or not.
type counter struct{ asked atomic.Int64 }

func (c *counter) connect(path string) (*dbx.DB, error) {
	plain, err := core.DefaultDBConnect(path)
	if err != nil || !strings.HasSuffix(path, "data.db") { // the log has a database of its own
		return plain, err
	}
	defer plain.Close()
	return dbx.NewFromDB(sql.OpenDB(countedConnector{plain.DB().Driver(), path + "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)", c}), "sqlite"), nil
}

type countedConnector struct {
	driver driver.Driver
	name   string
	c      *counter
}

func (c countedConnector) Driver() driver.Driver { return c.driver }

func (c countedConnector) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.driver.Open(c.name)
	return countedConn{conn, c.c}, err
}

type countedConn struct {
	driver.Conn
	c *counter
}

func (c countedConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	stmt, err := c.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, query)
	return countedStmt{stmt, c.c}, err
}

func (c countedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	c.c.asked.Add(1)
	return c.Conn.(driver.QueryerContext).QueryContext(ctx, query, args)
}

func (c countedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	c.c.asked.Add(1)
	return c.Conn.(driver.ExecerContext).ExecContext(ctx, query, args)
}

func (c countedConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	return c.Conn.(driver.ConnBeginTx).BeginTx(ctx, opts)
}

type countedStmt struct {
	driver.Stmt
	c *counter
}

func (s countedStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	s.c.asked.Add(1)
	return s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
}

func (s countedStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	s.c.asked.Add(1)
	if e, ok := s.Stmt.(driver.StmtExecContext); ok {
		return e.ExecContext(ctx, args)
	}
	return nil, errors.New("the driver executes no prepared statements")
}
