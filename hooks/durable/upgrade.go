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

const keptSentence = "This release changes the database. As it was before, it is kept in %s"

// keepBeforeUpgrade copies the database when a new release is about to change it, so that the old release can be put
// back. It gives the copy's path, where one was made.
func (s *service) keepBeforeUpgrade(ctx context.Context) (kept string, err error) {
	due, err := s.upgradeIsDue(ctx)
	if err != nil || !due {
		return "", err
	}
	if err := os.MkdirAll(s.path(upgradesDir), 0o700); err != nil {
		return "", err
	}
	kept = filepath.Join(s.path(upgradesDir), time.Now().UTC().Format("20060102T150405.000000000Z")+".db")
	if err := copyDatabase(ctx, s.path(dataFile), kept); err != nil {
		return "", fmt.Errorf("durable: copy the database before the upgrade: %w", errors.Join(err, removeDatabase(kept)))
	}
	return kept, keepNewest(s.path(upgradesDir), upgradesKept, filepath.Base(kept))
}

// upgradeIsDue tells whether this release is about to change the database.
func (s *service) upgradeIsDue(ctx context.Context) (bool, error) {
	if !exists(s.path(dataFile)) {
		return false, nil
	}
	db, err := openToRead(s.path(dataFile))
	if err != nil {
		return false, err
	}
	defer db.Close()
	applied, err := appliedMigrations(ctx, db)
	if err != nil {
		return false, err
	}
	if len(NewerMigrations(applied)) > 0 {
		return false, errNewer
	}
	return len(pendingMigrations(applied)) > 0, nil
}

// NewerSentence says what to do about a database that a newer release has changed.
const NewerSentence = "Install that release again, or restore a backup that was made before it; the newest is in the data directory's folder " + upgradesDir

var errNewer = errors.New("a newer release of Greenroom has changed this database, and this one does not understand it. " + NewerSentence)

// NewerMigrations are those applied ones that this release does not know. The owner's own, in JavaScript, may come and
// go.
func NewerMigrations(applied []string) (newer []string) {
	known := map[string]bool{}
	for _, m := range slices.Concat(core.SystemMigrations.Items(), core.AppMigrations.Items()) {
		known[m.File] = true
	}
	for _, file := range applied {
		if !known[file] && filepath.Ext(file) == ".go" {
			newer = append(newer, file)
		}
	}
	return newer
}

// copyDatabase writes a database as it is at one moment into a new file, and looks that through.
func copyDatabase(ctx context.Context, from, to string) error {
	db, err := openToRead(from)
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", to); err != nil {
		return err
	}
	copy, err := openToRead(to)
	if err != nil {
		return err
	}
	defer copy.Close()
	return whole(ctx, copy)
}

// appliedMigrations are the names of those that the database has been through.
func appliedMigrations(ctx context.Context, db *sql.DB) (applied []string, err error) {
	rows, err := db.QueryContext(ctx, "SELECT file FROM "+core.DefaultMigrationsTable)
	if err != nil {
		return nil, nil // a database that no server has used yet
	}
	defer rows.Close()
	for rows.Next() {
		var file string
		if err := rows.Scan(&file); err != nil {
			return nil, err
		}
		applied = append(applied, file)
	}
	return applied, rows.Err()
}

// pendingMigrations are those that this release would apply to a studio's database; there are none in one without
// collections.
func pendingMigrations(applied []string) (pending []string) {
	isApplied := func(m *core.Migration) bool { return slices.Contains(applied, m.File) }
	if !slices.ContainsFunc(core.AppMigrations.Items(), isApplied) {
		return nil
	}
	for _, m := range slices.Concat(core.SystemMigrations.Items(), core.AppMigrations.Items()) {
		if !isApplied(m) {
			pending = append(pending, m.File)
		}
	}
	return pending
}

// keepNewest removes all but the newest files of a folder, whose names sort by time. The one that was just made counts
// as the newest, for a clock that was ahead may have named others later.
func keepNewest(dir string, count int, made string) error {
	entries, err := os.ReadDir(dir) // sorted by name
	if err != nil {
		return err
	}
	others := slices.DeleteFunc(entries, func(e os.DirEntry) bool { return e.Name() == made })
	for i := 0; i <= len(others)-count; i++ {
		if err := os.Remove(filepath.Join(dir, others[i].Name())); err != nil {
			return err
		}
	}
	return nil
}
