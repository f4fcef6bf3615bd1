package durable

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// counted names the collections whose records are counted, in the order in which String lists them.
var counted = []string{"clients", "projects", "milestones", "sessions", "goals", "deliverables", "action_items", "comments", "attachments", "bookings"}

// Contents says how many records a database holds.
type Contents struct {
	Records   map[string]int `json:"records"`   // by collection
	ChangedAt time.Time      `json:"changedAt"` // when the newest record was updated; zero when there is none
}

// String lists the collections that have records, as in "2 clients, 5 projects".
func (c Contents) String() string {
	var said []string
	for _, name := range counted {
		if n := c.Records[name]; n > 0 {
			said = append(said, fmt.Sprintf("%d %s", n, strings.ReplaceAll(name, "_", " ")))
		}
	}
	if len(said) == 0 {
		return "no records"
	}
	return strings.Join(said, ", ")
}

// Empty reports whether no collection has a record.
func (c Contents) Empty() bool {
	for _, n := range c.Records {
		if n > 0 {
			return false
		}
	}
	return true
}

// Inspect checks the integrity of a database that is not in use, and counts its records. A damaged database is an
// error.
func Inspect(ctx context.Context, path string) (Contents, error) {
	db, err := openToRead(path)
	if err != nil {
		return Contents{}, err
	}
	defer db.Close()
	if err := whole(ctx, db); err != nil {
		return Contents{}, err
	}
	return Count(ctx, db)
}

// openToRead opens a database read-only, so that neither the file nor its write-ahead log is changed. A database that
// is locked is waited for ten seconds.
func openToRead(path string) (*sql.DB, error) {
	return sql.Open("sqlite", "file:"+path+"?mode=ro&_pragma=busy_timeout(10000)")
}

func whole(ctx context.Context, db querier) error {
	var verdict string
	if err := db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&verdict); err != nil {
		return fmt.Errorf("the database cannot be read: %w", err)
	}
	if verdict != "ok" {
		return errors.New("the database is damaged: " + verdict)
	}
	return nil
}

// querier is a *sql.DB or a *sql.Tx.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Count counts the records of a database that may be in use, without checking its integrity.
func Count(ctx context.Context, db querier) (Contents, error) {
	c := Contents{Records: map[string]int{}}
	for _, name := range counted {
		var n int
		var newest string
		if err := db.QueryRowContext(ctx, "SELECT count(*), coalesce(max(updated), '') FROM "+name).Scan(&n, &newest); err != nil {
			return Contents{}, fmt.Errorf("count %s: %w", name, err)
		}
		c.Records[name] = n
		if at, err := time.Parse("2006-01-02 15:04:05.000Z", newest); err == nil && at.After(c.ChangedAt) {
			c.ChangedAt = at
		}
	}
	return c, nil
}
