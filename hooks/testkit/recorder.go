package testkit

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Recorder counts the SQL statements that reach SQLite, and stores their text while it is on.
type Recorder struct {
	asked atomic.Int64

	mu   sync.Mutex
	on   bool
	seen map[string][]any // by statement: the arguments of its first run
	runs map[string]int   // by statement: how often it ran, whether the recorder was on or not
}

// During records the statements that run while do runs.
func (r *Recorder) During(do func()) {
	r.set(true)
	defer r.set(false)
	do()
}

// Statements returns the recorded statements without duplicates, sorted.
func (r *Recorder) Statements() (statements []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for statement := range r.seen {
		statements = append(statements, statement)
	}
	slices.Sort(statements)
	return statements
}

// Plan returns SQLite's query plan of a recorded statement.
func (r *Recorder) Plan(db *sql.DB, statement string) (steps []string, err error) {
	r.mu.Lock()
	args := r.seen[statement]
	r.mu.Unlock()
	rows, err := db.Query("EXPLAIN QUERY PLAN "+statement, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			return nil, err
		}
		steps = append(steps, detail)
	}
	return steps, rows.Err()
}

// Connect opens a database as PocketBase does, through the recorder.
func (r *Recorder) Connect(path string) (*dbx.DB, error) {
	plain, err := core.DefaultDBConnect(path)
	if err != nil {
		return nil, err
	}
	if !strings.HasSuffix(path, "data.db") { // the log has a database of its own
		return plain, nil
	}
	defer plain.Close()
	return dbx.NewFromDB(sql.OpenDB(connector{plain.DB().Driver(), path + pragmas, r}), "sqlite"), nil
}

// pragmas are those of PocketBase's connection that affect plans or concurrent connections.
const pragmas = "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(ON)&_pragma=temp_store(MEMORY)"

func (r *Recorder) set(on bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.on = on
}

// Asked returns the number of statements so far.
func (r *Recorder) Asked() int64 { return r.asked.Load() }

// Ran returns how often a statement has run so far.
func (r *Recorder) Ran(statement string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.runs[statement]
}

func (r *Recorder) saw(statement string, args []driver.NamedValue) {
	r.asked.Add(1)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.runs == nil {
		r.runs = map[string]int{}
	}
	r.runs[statement]++
	if _, known := r.seen[statement]; !r.on || known {
		return
	}
	if r.seen == nil {
		r.seen = map[string][]any{}
	}
	values := make([]any, len(args))
	for i, arg := range args {
		values[i] = arg.Value
		if arg.Name != "" {
			values[i] = sql.Named(arg.Name, arg.Value)
		}
	}
	r.seen[statement] = values
}

type connector struct {
	driver driver.Driver
	name   string
	r      *Recorder
}

func (c connector) Driver() driver.Driver { return c.driver }

func (c connector) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.driver.Open(c.name)
	return recordedConn{conn, c.r}, err
}

type recordedConn struct {
	driver.Conn
	r *Recorder
}

func (c recordedConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	stmt, err := c.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, query)
	return recordedStmt{stmt, query, c.r}, err
}

func (c recordedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	c.r.saw(query, args)
	return c.Conn.(driver.QueryerContext).QueryContext(ctx, query, args)
}

func (c recordedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	c.r.saw(query, args)
	return c.Conn.(driver.ExecerContext).ExecContext(ctx, query, args)
}

func (c recordedConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	return c.Conn.(driver.ConnBeginTx).BeginTx(ctx, opts)
}

type recordedStmt struct {
	driver.Stmt
	query string
	r     *Recorder
}

func (s recordedStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	s.r.saw(s.query, args)
	return s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
}

func (s recordedStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	s.r.saw(s.query, args)
	if e, ok := s.Stmt.(driver.StmtExecContext); ok {
		return e.ExecContext(ctx, args)
	}
	return nil, errors.New("the driver executes no prepared statements")
}
