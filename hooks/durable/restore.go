package durable

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/benbjohnson/litestream"
)

// errNothingThere says that the replica is empty, or has no state of the time that was asked for.
var errNothingThere = errors.New("the replica is empty")

// copied is the contents and the position of a restored database.
type copied struct {
	Contents
	position *position
}

// fetch restores the replica into the new file path, as it was at a time or, for the zero time, as it is now, and
// inspects it.
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

// positionOf reads the position of a database that is not open, without changing its files.
func positionOf(ctx context.Context, path string) (*position, error) {
	db, err := openToRead(path)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	return readPosition(ctx, db)
}
