package durable

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/benbjohnson/litestream"
)

// errNothingThere says that a replica holds no studio yet.
var errNothingThere = errors.New("the replica is empty")

// copied is a database that was restored, and what was found in it.
type copied struct {
	Contents
	position *position
}

// fetch restores the replica into a new file, as it is now or was at a time, and looks the file through.
func fetch(ctx context.Context, client litestream.ReplicaClient, path string, at time.Time) (c copied, err error) {
	options := litestream.NewRestoreOptions()
	options.OutputPath, options.Timestamp = path, at
	if err := litestream.NewReplicaWithClient(nil, client).Restore(ctx, options); err != nil {
		if errors.Is(err, litestream.ErrTxNotAvailable) || errors.Is(err, litestream.ErrNoSnapshots) {
			return c, errNothingThere
		}
		return c, fmt.Errorf("durable: restore the replica: %w", err)
	}
	if c.Contents, err = Inspect(ctx, path); err != nil {
		return c, fmt.Errorf("durable: look through the restored database: %w", err)
	}
	c.position, err = positionOf(ctx, path)
	return c, err
}

// positionOf reads the position of a database without changing anything about its files.
func positionOf(ctx context.Context, path string) (*position, error) {
	db, err := openToRead(path)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	return readPosition(ctx, db)
}
