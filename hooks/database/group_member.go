package database

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
)

// member is a virtual connection, and also its transaction while it is in one.
type member struct {
	*group
	in bool
}

var (
	_ Conn      = (*member)(nil)
	_ driver.Tx = (*member)(nil)
	_ io.Closer = (*group)(nil)
)

func (m *member) Begin() (driver.Tx, error) {
	return m.BeginTx(context.Background(), driver.TxOptions{})
}

func (m *member) BeginTx(ctx context.Context, _ driver.TxOptions) (driver.Tx, error) {
	if err := m.acquire(ctx); err != nil {
		return nil, err
	}
	if err := m.begin(); err != nil {
		m.pass()
		return nil, err
	}
	m.in = true
	return m, nil
}

// Commit returns when the transaction's changes are on the disk, or with the error of the shared COMMIT.
func (m *member) Commit() error {
	if !m.in {
		return driver.ErrBadConn
	}
	m.in = false
	if m.lost == nil {
		if err := m.run("RELEASE member"); err != nil {
			m.lose(err)
		}
	}
	m.touched.keep()
	done := make(chan error, 1)
	m.mu.Lock()
	m.done = append(m.done, done)
	m.mu.Unlock()
	m.pass()
	return <-done
}

// Rollback undoes this transaction, and nothing of other members.
func (m *member) Rollback() error {
	if !m.in {
		return driver.ErrBadConn
	}
	m.in = false
	if m.lost == nil {
		if err := errors.Join(m.run("ROLLBACK TO member"), m.run("RELEASE member")); err != nil {
			m.lose(err)
		} else {
			m.touched.undo()
		}
	}
	m.touched.keep()
	m.pass()
	return nil
}

// ExecContext runs statements of a transaction without the caller's cancellation, because SQLite would answer an
// interrupted write by rolling back the whole group.
func (m *member) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (result driver.Result, err error) {
	switch {
	case m.in && m.lost != nil:
		return nil, m.lost
	case m.in:
		m.touched.statement(text)
		if result, err = m.real.ExecContext(context.WithoutCancel(ctx), text, args); err != nil {
			m.checkLost(err)
		}
		return result, err
	case changesRows(text):
		if _, err := m.BeginTx(ctx, driver.TxOptions{}); err != nil {
			return nil, err
		}
		if result, err = m.ExecContext(ctx, text, args); err != nil {
			return nil, errors.Join(err, m.Rollback())
		}
		return result, m.Commit()
	}
	if err := m.alone(ctx); err != nil {
		return nil, err
	}
	defer m.pass()
	return m.real.ExecContext(ctx, text, args)
}

func (m *member) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	if m.in {
		if m.lost != nil {
			return nil, m.lost
		}
		m.touched.statement(text)
		found, err := m.real.QueryContext(context.WithoutCancel(ctx), text, args)
		if err != nil {
			m.checkLost(err)
		}
		return found, err
	}
	if err := m.alone(ctx); err != nil {
		return nil, err
	}
	found, err := m.real.QueryContext(ctx, text, args)
	if err != nil {
		m.pass()
		return nil, err
	}
	return &aloneRows{columns: found.(columns), group: m.group}, nil
}

// aloneRows hold the turn until they are closed.
type aloneRows struct {
	columns
	group *group
	once  sync.Once
}

func (r *aloneRows) Close() error {
	err := r.columns.Close()
	r.once.Do(r.group.pass)
	return err
}

// changesRows reports whether a statement only changes rows, so that it may run in a transaction.
func changesRows(text string) bool {
	keyword, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	return slices.Contains([]string{"INSERT", "UPDATE", "DELETE", "REPLACE"}, strings.ToUpper(keyword))
}

func (m *member) Prepare(text string) (driver.Stmt, error) { return memberStatement{m, text}, nil }

// PrepareContext does not parse the statement yet. The real connection caches statements by their text when they run.
func (m *member) PrepareContext(_ context.Context, text string) (driver.Stmt, error) {
	return memberStatement{m, text}, nil
}

func (m *member) Ping(context.Context) error         { return nil }
func (m *member) ResetSession(context.Context) error { return nil }
func (m *member) IsValid() bool                      { return true }

// Close does not close the real connection, which other members use.
func (m *member) Close() error { return nil }

type memberStatement struct {
	m    *member
	text string
}

func (s memberStatement) Close() error  { return nil }
func (s memberStatement) NumInput() int { return -1 } // SQLite checks the number

func (s memberStatement) Exec(values []driver.Value) (driver.Result, error) {
	return s.ExecContext(context.Background(), named(values))
}

func (s memberStatement) Query(values []driver.Value) (driver.Rows, error) {
	return s.QueryContext(context.Background(), named(values))
}

func (s memberStatement) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return s.m.ExecContext(ctx, s.text, args)
}

func (s memberStatement) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return s.m.QueryContext(ctx, s.text, args)
}

func named(values []driver.Value) []driver.NamedValue {
	out := make([]driver.NamedValue, len(values))
	for i, value := range values {
		out[i] = driver.NamedValue{Ordinal: i + 1, Value: value}
	}
	return out
}
