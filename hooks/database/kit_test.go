package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// shared is a pool of virtual connections over one real connection, whose statements the test can observe and make
// fail.
type shared struct {
	*sql.DB
	t       *testing.T
	group   *group
	commits atomic.Int64
	clock   atomic.Int64                                       // nanoseconds, by the group's clock
	before  atomic.Pointer[func(conn Conn, text string) error] // called before each statement on the real connection
	asking  atomic.Pointer[func()]                             // called before each reading of data_version
}

func share(t *testing.T) *shared {
	t.Helper()
	path := filepath.Join(t.TempDir(), "data.db")
	real := connected(t, Connect, path).DB().Driver().(*sqliteDriver).connector
	s := &shared{t: t}
	s.group = real.newGroup()
	open := s.group.open
	s.group.open = func() (Conn, error) {
		conn, err := open()
		return watched{conn, s}, err
	}
	openReader := s.group.changes.open
	s.group.changes.open = func() (driver.Conn, error) {
		conn, err := openReader()
		return asked{conn, s}, err
	}
	s.group.now = func() time.Time { return time.Unix(1, s.clock.Load()) }
	s.DB = sql.OpenDB(sharedConnector{s.group})
	s.SetMaxIdleConns(100)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	s.exec("CREATE TABLE words (word TEXT PRIMARY KEY)")
	return s
}

type sharedConnector struct{ group *group }

func (c sharedConnector) Connect(context.Context) (driver.Conn, error) {
	return &member{group: c.group}, nil
}

func (c sharedConnector) Driver() driver.Driver { return nil }

func (c sharedConnector) Close() error { return c.group.Close() }

type asked struct {
	driver.Conn
	s *shared
}

func (a asked) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	if before := a.s.asking.Swap(nil); before != nil {
		(*before)()
	}
	return a.Conn.(driver.QueryerContext).QueryContext(ctx, text, args)
}

type watched struct {
	Conn
	s *shared
}

func (w watched) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	if text == "COMMIT" {
		w.s.commits.Add(1)
	}
	if before := w.s.before.Load(); before != nil {
		if err := (*before)(w.Conn, text); err != nil {
			return nil, err
		}
	}
	return w.Conn.ExecContext(ctx, text, args)
}

func (s *shared) exec(text string, args ...any) {
	s.t.Helper()
	if _, err := s.Exec(text, args...); err != nil {
		s.t.Fatal(text, err)
	}
}

// spoil sets a function that runs before each statement on the real connection; its error replaces the statement's.
func (s *shared) spoil(before func(conn Conn, text string) error) { s.before.Store(&before) }

// words returns the table's words, in order.
func (s *shared) words() (words []string) {
	s.t.Helper()
	rows, err := s.Query("SELECT word FROM words ORDER BY word")
	if err != nil {
		s.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var word string
		if err := rows.Scan(&word); err != nil {
			s.t.Fatal(err)
		}
		words = append(words, word)
	}
	return words
}

// waiting returns once n members wait for their turn.
func (s *shared) waiting(n int) {
	for {
		s.group.mu.Lock()
		waiting := len(s.group.queue)
		s.group.mu.Unlock()
		if waiting == n {
			return
		}
		time.Sleep(time.Millisecond) // polls; the condition decides, not the time
	}
}

// together makes members arrive while another one runs, so that all are in one group, and returns each member's error.
func (s *shared) together(members ...func(tx *sql.Tx) error) []error {
	s.t.Helper()
	first, err := s.Begin()
	if err != nil {
		s.t.Fatal(err)
	}
	failures := make([]error, len(members))
	var all sync.WaitGroup
	for i, member := range members {
		all.Go(func() { failures[i] = s.transact(member) })
		s.waiting(i + 1)
	}
	if _, err := first.Exec("INSERT INTO words VALUES ('first')"); err != nil {
		s.t.Fatal(err)
	}
	failure := first.Commit()
	all.Wait()
	return append([]error{failure}, failures...)
}

func (s *shared) transact(member func(tx *sql.Tx) error) (err error) {
	tx, err := s.Begin()
	if err != nil {
		return err
	}
	defer func() {
		if p := recover(); p != nil {
			err = errors.Join(fmt.Errorf("%v", p), tx.Rollback())
		}
	}()
	if err := member(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

func inserts(words ...string) func(tx *sql.Tx) error {
	return func(tx *sql.Tx) error {
		for _, word := range words {
			if _, err := tx.Exec("INSERT INTO words VALUES (?)", word); err != nil {
				return err
			}
		}
		return nil
	}
}
