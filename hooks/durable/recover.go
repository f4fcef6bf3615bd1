package durable

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"greenroom/hooks/config"
)

// RestoreReplica restores the database from the replica into dir, marked as a copy: the state at the given time, or the
// newest for the zero time. It returns what the database holds.
func RestoreReplica(ctx context.Context, c config.Config, dir string, at time.Time) (Contents, error) {
	client, err := openReplica(ctx, c)
	if err != nil {
		return Contents{}, fmt.Errorf("the replica cannot be reached: %w", err)
	}
	if err := markCopy(dir); err != nil {
		return Contents{}, err
	}
	restored, err := fetch(ctx, client, filepath.Join(dir, dataFile), at)
	if errors.Is(err, errNothingThere) {
		return Contents{}, errors.New("the replica has nothing of that time")
	}
	return restored.Contents, err
}

// RestoreBackup unpacks a backup into dir, marked as a copy, and inspects its database. It returns what the database
// holds; a damaged archive or database is an error.
func RestoreBackup(ctx context.Context, archive, dir string) (Contents, error) {
	reader, err := zip.OpenReader(archive)
	if err != nil {
		return Contents{}, fmt.Errorf("the backup cannot be opened: %w", err)
	}
	defer reader.Close()
	if err := markCopy(dir); err != nil {
		return Contents{}, err
	}
	into, err := os.OpenRoot(dir) // an os.Root, so that no name in the archive leads outside
	if err != nil {
		return Contents{}, err
	}
	defer into.Close()
	for _, packed := range reader.File {
		if err := errors.Join(ctx.Err(), unpack(into, packed)); err != nil {
			return Contents{}, fmt.Errorf("%s cannot be restored: %w", packed.Name, err)
		}
	}
	return Inspect(ctx, filepath.Join(dir, dataFile))
}

func unpack(into *os.Root, packed *zip.File) error {
	if packed.FileInfo().IsDir() {
		return nil
	}
	if err := into.MkdirAll(filepath.Dir(packed.Name), 0o700); err != nil {
		return err
	}
	from, err := packed.Open()
	if err != nil {
		return err
	}
	defer from.Close()
	file, err := into.OpenFile(packed.Name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, from)
	return errors.Join(err, file.Sync(), file.Close())
}

// ReachReplica returns an error unless the replica answers.
func ReachReplica(ctx context.Context, c config.Config) error {
	_, err := openReplica(ctx, c)
	return err
}
