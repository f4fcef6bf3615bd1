package durable

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/benbjohnson/litestream"
)

// prepareTimeout is how long a restore, and the copy before an upgrade, may take before the server starts.
const prepareTimeout = time.Hour

// prepare readies the data directory before PocketBase opens it. It locks the directory, waits for the lease where
// several machines share a replica, restores an empty directory from the replica, and refuses one that is older than
// the replica.
func (s *service) prepare() (err error) {
	if s.lock, err = lockDirectory(s.app.DataDir()); err != nil {
		return err
	}
	if err := s.clearScratch(); err != nil {
		return err
	}
	if s.config.Lease {
		if err := s.awaitTurn(); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), prepareTimeout) // begins after a standby has waited for its lease
	defer cancel()
	if s.config.ReplicaURL != nil {
		if err := s.restoreOrCompare(ctx); err != nil {
			return err
		}
	}
	kept, err := s.copyBeforeUpgrade(ctx)
	if kept != "" {
		say(copySentence, kept)
	}
	return err
}

func (s *service) clearScratch() error {
	left, err := filepath.Glob(filepath.Join(s.path(ownDir), scratchPrefix+"*"))
	for _, dir := range left {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	return err
}

// restoreOrCompare restores an empty data directory from the replica. One that holds a database is compared with the
// replica: behind it, a machine with the lease restores it anew, and a single machine refuses to start.
func (s *service) restoreOrCompare(ctx context.Context) error {
	client, err := openReplica(ctx, s.config)
	empty := !exists(s.path(dataFile))
	switch {
	case err != nil && empty:
		return fmt.Errorf("there is no database in %s, and the replica that may hold one cannot be reached: try again when it can, "+
			"or remove REPLICA_URL to begin an empty studio (%w)", s.app.DataDir(), err)
	case err != nil && s.lease != nil: // without the replica nobody knows what the other machine wrote
		return fmt.Errorf("the replica cannot be reached: %w", err)
	case err != nil: // the studio runs without its bucket; the two are compared before the first upload
		say("The replica cannot be reached. The studio starts without it, and tries again every second.")
		return nil
	case empty:
		return s.restoreEmpty(ctx, client)
	}
	err = s.replica.compare(ctx, client)
	if errors.As(err, new(aheadError)) && s.lease != nil {
		return s.followLeader(ctx, client)
	}
	return err
}

func (s *service) restoreEmpty(ctx context.Context, client litestream.ReplicaClient) error {
	started := time.Now()
	say("There is no database in %s. Restoring it from %s", s.app.DataDir(), placeOf(s.config.ReplicaURL))
	if err := os.MkdirAll(s.app.DataDir(), 0o700); err != nil {
		return err
	}
	restored, err := fetch(ctx, client, s.path(dataFile), time.Time{})
	if errors.Is(err, errNothingThere) {
		say("The replica is empty too: this is a new studio.")
		s.replica.begin(newRun())
		return nil
	}
	if err != nil {
		return err
	}
	if restored.position == nil {
		return errors.Join(aheadError{s.config.ReplicaURL, s.app.DataDir()}, removeDatabase(s.path(dataFile)))
	}
	s.replica.begin(restored.position.runAfter(restored.position))
	say("RESTORED from the replica in %.1f s: %s; last change at %s.", time.Since(started).Seconds(), restored.Contents, inWords(restored.ChangedAt))
	if s.config.R2Bucket == "" {
		say("Uploaded files are not in the replica, because R2_BUCKET is not set: copy the folder storage from the old machine or a backup.")
	}
	return nil
}

// followLeader moves this machine's database aside and restores the replica, to which another machine has written. The
// files that were moved are kept until this happens the next time.
func (s *service) followLeader(ctx context.Context, client litestream.ReplicaClient) error {
	aside := filepath.Join(s.path(ownDir), "replaced")
	if err := errors.Join(os.RemoveAll(aside), os.MkdirAll(aside, 0o700), os.RemoveAll(s.path(metaDir))); err != nil {
		return err
	}
	for _, suffix := range databaseFiles {
		if err := os.Rename(s.path(dataFile+suffix), filepath.Join(aside, dataFile+suffix)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	say("Another machine has written since this one did. What was here is kept in %s", aside)
	return s.restoreEmpty(ctx, client)
}

// databaseFiles are the suffixes of SQLite's files: the database, the write-ahead log, and the log's index.
var databaseFiles = []string{"", "-wal", "-shm"}

func removeDatabase(path string) (err error) {
	for _, suffix := range databaseFiles {
		if e := os.Remove(path + suffix); !errors.Is(e, os.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return err
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, os.ErrNotExist)
}

func inWords(t time.Time) string {
	if t.IsZero() {
		return "no time that is known"
	}
	return strings.TrimSuffix(t.UTC().Format(time.RFC3339), "Z") + " UTC"
}
