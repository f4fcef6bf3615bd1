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

	// writerTimeout is how long an upload waits for PocketBase's write connection. Requests to the bucket have their
	// own timeouts.
	writerTimeout = 10 * time.Second

	// blip is how long an outage of the bucket may last before requests that wait for the bucket fail at once.
	blip = 10 * time.Second

	// snapshotRetention is how long a snapshot stays in the replica. One is made each day, so that a restore can go back at
	// at least a day less than this.
	snapshotRetention = 8 * 24 * time.Hour
)

// metaDir holds Litestream's own state, among it transactions that are not uploaded yet.
var metaDir = filepath.Join(ownDir, "litestream")

// aheadError says that the replica has changes which the data directory lacks, so that the server must not start on it.
type aheadError struct {
	replica *url.URL
	dir     string
}

func (e aheadError) Error() string {
	return fmt.Sprintf("the replica at %s holds more than the data directory %s, or another studio: "+
		"starting would overwrite it. To go on from the replica, move data.db, data.db-wal and data.db-shm out of the directory and start again. "+
		"To go on from the directory, give REPLICA_URL a new folder of its own", placeOf(e.replica), e.dir)
}

// exitAhead is the exit status after an aheadError. No supervisor should restart the server then, since a person has to
// decide which of the two goes on (RestartPreventExitStatus in deploy/greenroom.service).
const exitAhead = 78 // EX_CONFIG

// ExitStatus returns the exit status of a process that ends with err.
func ExitStatus(err error) int {
	if errors.As(err, new(aheadError)) {
		return exitAhead
	}
	return 1
}

// placeOf returns the replica's address without its credentials and query.
func placeOf(u *url.URL) string { return u.Scheme + "://" + u.Host + u.Path }

// replica uploads changes to the bucket. One goroutine (run) does all uploads; requests wait for its next round.
type replica struct {
	app    core.App
	config config.Config
	guard  func(litestream.ReplicaClient) litestream.ReplicaClient // wraps the client of a machine with a lease (see fence.go); nil otherwise

	mu   sync.Mutex
	next *round
	wake chan struct{}

	starting sync.Mutex // held while work begins, and while flush forbids it
	started  bool       // whether run was begun
	ctx      context.Context
	stop     context.CancelFunc
	work     sync.WaitGroup

	position *position // nil until the data directory was compared with the replica
	store    *litestream.Store
	db       *litestream.DB
	watch    *sql.Conn // a connection of its own, whose data_version shows commits of others
	version  int64     // data_version when the last upload began
	uploaded bool      // whether that upload succeeded
	status   status
}

func newReplica(app core.App, c config.Config) *replica {
	r := &replica{app: app, config: c, wake: make(chan struct{}, 1)}
	r.ctx, r.stop = context.WithCancel(context.Background())
	return r
}

// enter registers background work that flush waits for; leave ends it. Once flush has begun, ok is false: the database
// may be closed at any moment, so no work may begin.
func (r *replica) enter() (leave func(), ok bool) {
	r.starting.Lock()
	defer r.starting.Unlock()
	if r.ctx.Err() != nil {
		return nil, false
	}
	r.work.Add(1)
	return r.work.Done, true
}

// start begins the uploads.
func (r *replica) start() {
	leave, ok := r.enter()
	if !ok {
		return // the stop came before the start was complete
	}
	r.started = true
	go func() {
		defer leave()
		r.run(r.ctx)
	}()
}

// round is one upload that requests wait for. err is set before done is closed.
type round struct {
	done chan struct{}
	err  error
}

// confirm returns once everything that was committed before the call is in the replica. It retries for as long as an
// outage is shorter than blip.
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
	default: // run is not sleeping, and takes the round before it sleeps
	}
	select {
	case <-mine.done:
		return mine.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// run uploads every second, and at once when a request waits, until ctx ends. Litestream's own timer is off: after
// errors it would wait up to five minutes.
func (r *replica) run(ctx context.Context) {
	r.status.changed() // the replica counts as behind until it has been compared
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

// pause waits for the next second or for a request that waits. After a failure it waits for the second alone, so that
// waiting requests do not cause uploads without pause.
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

// upload sends what was committed since the last upload, and does nothing if there was no commit.
func (r *replica) upload(ctx context.Context) error {
	if r.db == nil {
		if err := r.attach(ctx); err != nil {
			return err
		}
	}
	version, err := r.dataVersion(ctx)
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

// dataVersion is SQLite's data_version, which changes whenever another connection has committed.
func (r *replica) dataVersion(ctx context.Context) (version int64, err error) {
	if err := r.watch.QueryRowContext(ctx, "PRAGMA data_version").Scan(&version); err != nil {
		return 0, fmt.Errorf("durable: look for changes: %w", err)
	}
	return version, nil
}

// advance writes the next position by PocketBase's only write connection, and reads data_version while it has it: no
// commit can come between the two, so every later commit is seen as a change.
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
	r.version, err = r.dataVersion(ctx)
	return err
}

// attach connects to the replica, compares it with the data directory, and starts Litestream.
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
	db.MonitorInterval, db.CheckpointInterval = 0, 0 // run calls for each sync; without writes nothing is uploaded
	db.Replica = litestream.NewReplicaWithClient(db, client)
	db.Replica.MonitorEnabled = false
	store := litestream.NewStore([]*litestream.DB{db}, litestream.DefaultCompactionLevels)
	store.SnapshotRetention = snapshotRetention
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

// begin sets the position that this run starts from.
func (r *replica) begin(p *position) { r.position = p }

// compare returns an aheadError unless the data directory has everything that the replica has. It detects what an
// integrity check cannot: a directory from an older disk image, or a write-ahead log whose end is lost.
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

// restoreAside restores the replica into a temporary folder and returns the position in it.
func (r *replica) restoreAside(ctx context.Context, client litestream.ReplicaClient) (*position, error) {
	dir, remove, err := scratch(r.app.DataDir())
	if err != nil {
		return nil, err
	}
	defer remove()
	copy, err := fetch(ctx, client, filepath.Join(dir, dataFile), time.Time{})
	return copy.position, err
}

// flush ends run and a drill, uploads the last changes and closes Litestream. A server that was refused, since its address
// was taken for instance, has uploaded nothing and uploads nothing now.
func (r *replica) flush(ctx context.Context) error {
	r.starting.Lock()
	r.stop()
	r.starting.Unlock()
	ended := make(chan struct{})
	go func() {
		r.work.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-ctx.Done():
		return ctx.Err()
	}
	if !r.started {
		return nil
	}
	err := r.upload(ctx)
	if r.store == nil {
		return err
	}
	return errors.Join(err, r.store.Close(ctx), r.watch.Close())
}
