package durable

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"time"

	"greenroom/hooks/integrations"
)

const (
	drillSchedule = "30 4 * * *" // UTC, after the backup
	drillTimeout  = time.Hour
	drillAttempts = 5
)

// drill proves every day that the replica can be restored: it restores it beside the data, compares the counts, and
// stores the result in the row durable:drill of integrations.
func (r *replica) drill() {
	leave, ok := r.enter()
	if !ok {
		return
	}
	defer leave()
	ctx, cancel := context.WithTimeout(r.ctx, drillTimeout)
	defer cancel()
	started := time.Now()
	contents, err := r.restoreAndCompare(ctx)
	if r.ctx.Err() != nil {
		return // the stop interrupted it, which says nothing about the replica
	}
	state, trouble := integrations.OK, ""
	cursor := fmt.Sprintf("%s, restored in %.1f s", contents, time.Since(started).Seconds())
	if err != nil {
		r.app.Logger().Error("The restore drill failed.", "error", err)
		state, cursor, trouble = "failed", "", "The last restore drill failed: the replica may not be good. Look in the log for why, and make a backup: greenroom backup"
	}
	if err := integrations.Set(r.app, drillRow, state, cursor, trouble); err != nil {
		r.app.Logger().Error("The result of the restore drill could not be written down.", "error", err)
	}
}

// restoreAndCompare tries up to drillAttempts times, because a write between the look at the database and the restore
// makes the two differ.
func (r *replica) restoreAndCompare(ctx context.Context) (c Contents, err error) {
	for range drillAttempts {
		if err := r.confirm(ctx); err != nil {
			return c, err
		}
		same, contents, err := r.compareOnce(ctx)
		if err != nil || same {
			return contents, err
		}
	}
	return c, errors.New("durable: the restored copy never had what the studio had, or the studio changed all the time")
}

func (r *replica) compareOnce(ctx context.Context) (same bool, c Contents, err error) {
	here, err := lookHere(ctx, filepath.Join(r.app.DataDir(), dataFile))
	if err != nil {
		return false, c, err
	}
	client, err := openReplica(ctx, r.config)
	if err != nil {
		return false, c, err
	}
	dir, remove, err := scratch(r.app.DataDir())
	if err != nil {
		return false, c, err
	}
	defer remove()
	there, err := fetch(ctx, client, filepath.Join(dir, dataFile), time.Time{})
	if err != nil {
		return false, c, err
	}
	same = there.position != nil && here.position != nil && *there.position == *here.position && maps.Equal(there.Records, here.Records)
	return same, there.Contents, nil
}

// lookHere reads the counts and the position of the live database in one transaction, so that both are of the same
// moment.
func lookHere(ctx context.Context, path string) (c copied, err error) {
	db, err := openToRead(path)
	if err != nil {
		return c, err
	}
	defer db.Close()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return c, err
	}
	defer func() { _ = tx.Rollback() }() // the transaction only read
	if c.position, err = readPosition(ctx, tx); err != nil {
		return c, err
	}
	c.Contents, err = Count(ctx, tx)
	return c, err
}
