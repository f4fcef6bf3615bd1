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

// upgradesDir is the folder in the data directory that holds copies of the database from before the last upgradesKept
// upgrades.
const (
	upgradesDir  = "before_upgrade"
	upgradesKept = 3
)

const copySentence = "This release changes the database. As it was before, it is kept in %s"

// copyBeforeUpgrade copies the database if this release is about to migrate it, so that the older release can be put
// back. It returns the path of the copy, or "".
func (s *service) copyBeforeUpgrade(ctx context.Context) (kept string, err error) {
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
	return kept, removeOlder(s.path(upgradesDir), upgradesKept, filepath.Base(kept))
}

// upgradeIsDue reports whether this release has migrations for the database. A database that a newer release has
// changed is errNewer.
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

// NewerSentence tells the owner what to do about a database that a newer release has changed.
const NewerSentence = "Install that release again, or restore a backup that was made before it; the newest is in the data directory's folder " + upgradesDir

var errNewer = errors.New("a newer release of Greenroom has changed this database, and this one does not understand it. " + NewerSentence)

// NewerMigrations returns those of the applied migrations that this release does not know. The owner's JavaScript
// migrations are not among them, since they may come and go.
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

// copyDatabase writes a consistent copy of a database into a new file (VACUUM INTO), and checks its integrity.
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

// appliedMigrations returns the file names of the migrations in the database's own list.
func appliedMigrations(ctx context.Context, db *sql.DB) (applied []string, err error) {
	rows, err := db.QueryContext(ctx, "SELECT file FROM "+core.DefaultMigrationsTable)
	if err != nil {
		return nil, nil // no list yet: no server has used this database
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

// pendingMigrations returns the migrations that this release would apply to a studio's database. A database to which
// none of ours was applied has no studio in it, and nothing is pending.
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

// removeOlder removes all but the newest count files of a folder whose names sort by time. The file named made stays in
// any case, because a clock that was ahead may have given older ones later names.
func removeOlder(dir string, count int, made string) error {
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
