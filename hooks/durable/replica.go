package durable

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"path/filepath"
	"sync"
	"time"

	"github.com/benbjohnson/litestream"
	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/config"
)

const (
	syncEvery = time.Second

	// writerTimeout is how long an upload waits for a writer that is at work. The requests that it makes have their own
	// bounds.
	writerTimeout = 10 * time.Second

	// blip is how long the bucket may be silent before those who wait for it are told at once that it is.
	blip = 10 * time.Second

	// snapshotsKept is how far back a restore can go; the oldest snapshot that is kept is a day short of it.
	snapshotsKept = 8 * 24 * time.Hour
)

// metaDir is where Litestream keeps what it has read and not yet uploaded.
var metaDir = filepath.Join(ownDir, "litestream")

// aheadError refuses to start on data that the replica has gone on from.
type aheadError struct {
	replica *url.URL
	dir     string
}

func (e aheadError) Error() string {
	return fmt.Sprintf("the replica at %s holds more than the data directory %s, or another studio: "+
		"starting would overwrite it. To go on from the replica, move data.db, data.db-wal and data.db-shm out of the directory and start again. "+
		"To go on from the directory, give REPLICA_URL a new folder of its own", placeOf(e.replica), e.dir)
}

// refused is the exit status of a server that does not start on such data: no supervisor should try again by itself,
// for only a person can say which of the two goes on (deploy/greenroom.service).
const refused = 78 // EX_CONFIG

// ExitStatus is what the process ends with after an error.
func ExitStatus(err error) int {
	if errors.As(err, new(aheadError)) {
		return refused
	}
	return 1
}

// placeOf names the replica without what may be secret about it.
func placeOf(u *url.URL) string { return u.Scheme + "://" + u.Host + u.Path }

// replica uploads what changes. One goroutine does all the work; the others wait for it.
type replica struct {
	app    core.App
	config config.Config
	guard  func(litestream.ReplicaClient) litestream.ReplicaClient // keeps a machine that lost its lease from uploading

	mu   sync.Mutex
	next *round
	wake chan struct{}
	stop context.CancelFunc
	done chan struct{}

	position *position // nil until the data directory and the replica were compared
	store    *litestream.Store
	db       *litestream.DB
	watch    *sql.Conn // sees what other connections commit
	version  int64     // of the database, when the last upload began
	uploaded bool      // whether that upload ended well
	status   status
}

// round is one upload that somebody waits for.
type round struct {
	done chan struct{}
	err  error
}

// confirm returns when everything that was committed before it was called is in the replica. It outlasts a blip.
func (r *replica) confirm(ctx context.Context) error {
	for {
		err := r.awaitRound(ctx)
		if err == nil || ctx.Err() != nil || r.status.behind() > blip {
			return err
		}
	}
}

func (r *replica) awaitRound(ctx context.Context) error {
	r.mu.Lock()
	if r.next == nil {
		r.next = &round{done: make(chan struct{})}
	}
	mine := r.next
	r.mu.Unlock()
	select {
	case r.wake <- struct{}{}:
	default: // it is awake, and looks for rounds before it sleeps
	}
	select {
	case <-mine.done:
		return mine.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// run uploads until it is stopped: every second, and when somebody waits. Litestream's own timer backs off to five
// minutes after errors.
func (r *replica) run(ctx context.Context) {
	defer close(r.done)
	r.status.changed() // nobody knows yet what the replica has
	var telling sync.WaitGroup
	telling.Go(func() { r.tell(ctx) })
	defer telling.Wait()
	ticker := time.NewTicker(syncEvery)
	defer ticker.Stop()
	for ctx.Err() == nil {
		r.mu.Lock()
		mine := r.next
		r.next = nil
		r.mu.Unlock()
		err := r.upload(ctx)
		r.failed(ctx, err)
		if mine != nil {
			mine.err = err
			close(mine.done)
		}
		if errors.As(err, new(aheadError)) {
			halt(r.app, err)
		}
		r.pause(ctx, ticker.C, err)
	}
}

// pause waits for the next second or, unless the last upload failed, for somebody who wants to know that all is there.
func (r *replica) pause(ctx context.Context, second <-chan time.Time, err error) {
	wake := r.wake
	if err != nil {
		wake = nil
	}
	select {
	case <-ctx.Done():
	case <-second:
	case <-wake:
	}
}

// upload sends what has changed since the last time.
func (r *replica) upload(ctx context.Context) error {
	if r.db == nil {
		if err := r.attach(ctx); err != nil {
			return err
		}
	}
	version, err := r.look(ctx)
	if err != nil || version == r.version && r.uploaded {
		return err
	}
	r.status.changed()
	if err := r.advance(ctx); err != nil {
		return err
	}
	if err := r.db.SyncAndWait(ctx); err != nil {
		return fmt.Errorf("durable: upload: %w", err)
	}
	r.uploaded = true
	r.status.confirmed()
	return nil
}

// look gives a number that is another one after somebody has committed.
func (r *replica) look(ctx context.Context) (version int64, err error) {
	if err := r.watch.QueryRowContext(ctx, "PRAGMA data_version").Scan(&version); err != nil {
		return 0, fmt.Errorf("durable: look for changes: %w", err)
	}
	return version, nil
}

// advance writes the next position, by the one connection that PocketBase writes with: nobody else's change can come
// between the position and the look at what is about to be uploaded.
func (r *replica) advance(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, writerTimeout)
	defer cancel()
	writer, err := r.app.NonconcurrentDB().(*dbx.DB).DB().Conn(ctx)
	if err != nil {
		return fmt.Errorf("durable: wait for the writer: %w", err)
	}
	defer writer.Close()
	r.uploaded = false
	if err := r.position.advance(ctx, writer); err != nil {
		return err
	}
	r.version, err = r.look(ctx)
	return err
}

// attach reaches the replica and lets Litestream begin.
func (r *replica) attach(ctx context.Context) error {
	client, err := openReplica(ctx, r.config)
	if err != nil {
		return err
	}
	if r.guard != nil {
		client = r.guard(client)
	}
	if r.position == nil {
		if err := r.compare(ctx, client); err != nil {
			return err
		}
	}
	if r.watch == nil {
		if r.watch, err = openWatch(ctx, filepath.Join(r.app.DataDir(), dataFile)); err != nil {
			return err
		}
	}
	return r.openLitestream(ctx, client)
}

func openWatch(ctx context.Context, path string) (*sql.Conn, error) {
	db, err := openToRead(path)
	if err != nil {
		return nil, err
	}
	return db.Conn(ctx)
}

func (r *replica) openLitestream(ctx context.Context, client litestream.ReplicaClient) error {
	db := litestream.NewDB(filepath.Join(r.app.DataDir(), dataFile))
	db.SetMetaPath(filepath.Join(r.app.DataDir(), metaDir))
	db.MonitorInterval, db.CheckpointInterval = 0, 0 // run does it; an idle studio uploads nothing
	db.Replica = litestream.NewReplicaWithClient(db, client)
	db.Replica.MonitorEnabled = false
	store := litestream.NewStore([]*litestream.DB{db}, litestream.DefaultCompactionLevels)
	store.SnapshotRetention = snapshotsKept
	store.SetShutdownSyncTimeout(flushTimeout - time.Second)
	store.Logger = slog.New(onlyWarnings{r.app.Logger().Handler()})
	db.SetLogger(store.Logger)
	client.SetLogger(store.Logger)
	if err := store.Open(ctx); err != nil {
		return fmt.Errorf("durable: begin replication: %w", err)
	}
	r.db, r.store = db, store
	r.status.reached(client)
	return nil
}

// begin says where this run starts.
func (r *replica) begin(p *position) { r.position = p }

// compare looks whether the data directory has all that the replica has. It finds what an integrity check does not: a
// directory that went back in time, and a log of writes that lost its end.
func (r *replica) compare(ctx context.Context, client litestream.ReplicaClient) error {
	there, err := peek(ctx, client)
	if err != nil && !errors.Is(err, errNothingThere) || err == nil && there == nil {
		r.app.Logger().Warn("The replica's position could not be read, so all of it is restored to find it.", "error", err)
		there, err = r.restoreAside(ctx, client)
	}
	if errors.Is(err, errNothingThere) {
		r.begin(newRun())
		return nil
	}
	if err != nil {
		return err
	}
	here, err := positionOf(ctx, filepath.Join(r.app.DataDir(), dataFile))
	if err != nil {
		return err
	}
	if !here.follows(there) {
		return aheadError{r.config.ReplicaURL, r.app.DataDir()}
	}
	r.begin(here.runAfter(there))
	return nil
}

// restoreAside restores the replica beside the data directory, and reads the copy's position.
func (r *replica) restoreAside(ctx context.Context, client litestream.ReplicaClient) (*position, error) {
	dir, remove, err := scratch(r.app.DataDir())
	if err != nil {
		return nil, err
	}
	defer remove()
	copy, err := fetch(ctx, client, filepath.Join(dir, dataFile), time.Time{})
	return copy.position, err
}

// flush uploads the last changes and ends.
func (r *replica) flush(ctx context.Context) error {
	r.stop()
	select {
	case <-r.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	err := r.upload(ctx)
	if r.store == nil {
		return err
	}
	return errors.Join(err, r.store.Close(ctx), r.watch.Close())
}
