package durable

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/pocketbase/pocketbase/core"
)

// upgradesDir is where the database lies as it was before each of the last upgrades, in the data directory.
const (
	upgradesDir  = "before_upgrade"
	upgradesKept = 3
)

// keepBeforeUpgrade copies the database when a new release is about to change it, so that the old release can be put back.
func (s *service) keepBeforeUpgrade(ctx context.Context) error {
	db, err := openToRead(s.path(dataFile))
	if err != nil {
		return err
	}
	defer db.Close()
	pending, err := pendingMigrations(ctx, db)
	if err != nil || len(pending) == 0 {
		return err
	}
	if err := os.MkdirAll(s.path(upgradesDir), 0o700); err != nil {
		return err
	}
	kept := filepath.Join(s.path(upgradesDir), time.Now().UTC().Format("20060102T150405Z")+".db")
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", kept); err != nil {
		return fmt.Errorf("durable: copy the database before the upgrade: %w", errors.Join(err, os.Remove(kept)))
	}
	copy, err := openToRead(kept)
	if err != nil {
		return err
	}
	defer copy.Close()
	if err := whole(ctx, copy); err != nil {
		return fmt.Errorf("durable: the copy before the upgrade: %w", err)
	}
	say("This release changes the database. As it was before, it is kept in %s", kept)
	return keepNewest(s.path(upgradesDir), upgradesKept)
}

// pendingMigrations are those that this release would apply to a studio's database; there are none in one without collections.
func pendingMigrations(ctx context.Context, db *sql.DB) (pending []string, err error) {
	rows, err := db.QueryContext(ctx, "SELECT file FROM "+core.DefaultMigrationsTable)
	if err != nil {
		return nil, nil // a database that no server has used yet
	}
	defer rows.Close()
	applied := map[string]bool{}
	for rows.Next() {
		var file string
		if err := rows.Scan(&file); err != nil {
			return nil, err
		}
		applied[file] = true
	}
	studio := false
	for _, m := range core.AppMigrations.Items() {
		studio = studio || applied[m.File]
	}
	for _, m := range slices.Concat(core.SystemMigrations.Items(), core.AppMigrations.Items()) {
		if studio && !applied[m.File] {
			pending = append(pending, m.File)
		}
	}
	return pending, rows.Err()
}

// keepNewest removes all but the newest files of a folder, whose names sort by time.
func keepNewest(dir string, count int) error {
	entries, err := os.ReadDir(dir) // sorted by name
	if err != nil {
		return err
	}
	for i := 0; i < len(entries)-count; i++ {
		if err := os.Remove(filepath.Join(dir, entries[i].Name())); err != nil {
			return err
		}
	}
	return nil
}
