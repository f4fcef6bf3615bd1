package durable

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"path/filepath"
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	_ "modernc.org/sqlite"

	"greenroom/hooks/database"
)

// pragmas are PocketBase's, but for two. Its synchronous=NORMAL loses the last seconds at a power cut, FULL loses nothing. Its 32 MB
// of cache for each connection are more than the server else needs, and the system has the file in memory anyway.
const pragmas = "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=journal_size_limit(200000000)&_pragma=synchronous(FULL)" +
	"&_pragma=foreign_keys(ON)&_pragma=temp_store(MEMORY)&_pragma=cache_size(-1000)&_defensive=1" + lockFirst

// lockFirst makes a transaction wait for its turn when it begins. PocketBase is no longer the only one that writes, for
// Litestream notes its checkpoints: a transaction that read something before such a note could never write after it.
const lockFirst = "&_txlock=immediate"

// Connect opens PocketBase's databases. The log's keeps PocketBase's own settings: the last lines of it may be lost.
func Connect(path string) (*dbx.DB, error) {
	if filepath.Base(path) != dataFile {
		return core.DefaultDBConnect(path)
	}
	stock, err := sql.Open("sqlite", "") // opens no file
	if err != nil {
		return nil, err
	}
	defer stock.Close()
	return dbx.NewFromDB(sql.OpenDB(connector{stock.Driver(), path + pragmas}), "sqlite"), nil
}

// connector opens connections that do not wait for readers at a checkpoint, and that keep their prepared statements.
type connector struct {
	driver driver.Driver
	name   string
}

func (c connector) Driver() driver.Driver { return c.driver }

func (c connector) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.driver.Open(c.name)
	if err != nil {
		return nil, err
	}
	return connection{database.Statements(conn.(database.Conn))}, nil
}

type connection struct{ database.Conn }

// ExecContext makes PocketBase's checkpoints passive. Each night and after each backup it asks for one that truncates the
// log of writes and, while it waits for whoever reads (Litestream always does), stops every write for ten seconds.
func (c connection) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if strings.EqualFold(query, "PRAGMA wal_checkpoint(TRUNCATE)") {
		query = "PRAGMA wal_checkpoint(PASSIVE)"
	}
	return c.Conn.ExecContext(ctx, query, args)
}
