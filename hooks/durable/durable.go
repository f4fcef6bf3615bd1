// Package durable preserves the studio's data through power cuts, failed disks and lost machines.
//
// Every commit is on the disk before it is answered (SQLite's synchronous=FULL), and each of PocketBase's backups is
// opened and checked before it counts. With REPLICA_URL every change is also uploaded to a bucket: Litestream reads
// SQLite's write-ahead log and uploads it at most a second after a change (GREENROOM_SYNC=interval), or before the
// request that made the change is answered (commit; webhooks always). Restoring goes the other way: an empty data
// directory is filled from the replica before the server starts, and every day a restore is tried and its records are
// counted.
//
// A row of the database says where in this history it stands (see position). When the replica is further than the data
// directory, the server does not start, since either of the two would silently overwrite the other. When the bucket
// does not answer, the studio goes on and the row "durable" of integrations says since when; only requests that wait
// for the bucket are refused, with the advice to look again. With GREENROOM_LEASE=1 several machines share one replica,
// and a lease in the bucket names the one that writes (see lease.go).
package durable

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/pocketbase/pocketbase"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"

	"greenroom/hooks/config"
)

// Names of rows of integrations: the state of the replica, the last backup, the last restore drill, and the position
// (see position.go).
const (
	replicaRow  = "durable"
	backupRow   = "durable:backup"
	drillRow    = "durable:drill"
	positionRow = "durable:position"
)

// The files of PocketBase's that this package handles, and this package's own folder in the data directory, which holds
// Litestream's state and temporary copies.
const (
	dataFile = "data.db"
	logsFile = "auxiliary.db"
	ownDir   = ".durable"
)

// firstOfAll is the priority of handlers that run before, and around, all others.
const firstOfAll = -99999

// Register binds what the configuration asks for. serves reports whether a server runs on the app's data directory.
func Register(app *pocketbase.PocketBase, c config.Config, serves func(core.App) bool) {
	s := &service{app: app, config: c, serves: serves}
	stayInside(app)
	verifyBackups(app)
	s.refuseRestoreInPlace()
	s.shutDownGracefully()
	app.OnBootstrap().Bind(&hook.Handler[*core.BootstrapEvent]{Priority: firstOfAll, Func: func(e *core.BootstrapEvent) error {
		command, _, unknown := app.RootCmd.Find(os.Args[1:])
		if unknown != nil || command == app.RootCmd || e.App.IsBootstrapped() {
			return e.Next()
		}
		if err := needDirectory(app.DataDir()); err != nil {
			return err
		}
		prepare := s.prepareCommand
		if command.Name() == "serve" {
			prepare = s.prepare
		}
		if err := prepare(); err != nil {
			return err
		}
		return e.Next()
	}})
	if c.ReplicaURL != nil {
		s.replicate()
	}
}

// service holds what one process has open on its data directory.
type service struct {
	app     core.App
	config  config.Config
	serves  func(core.App) bool
	lease   *lease   // nil without GREENROOM_LEASE, and until it is held
	replica *replica // nil without REPLICA_URL
	lock    *os.File // the open and locked data directory; nil in commands
}

func (s *service) path(name string) string { return filepath.Join(s.app.DataDir(), name) }

// scratch makes a temporary folder on the same disk as the data. remove deletes it; after a crash the next start does
// (see clearScratch).
func scratch(dataDir string) (dir string, remove func(), err error) {
	own := filepath.Join(dataDir, ownDir)
	if err := os.MkdirAll(own, 0o700); err != nil {
		return "", nil, err
	}
	if dir, err = os.MkdirTemp(own, scratchPrefix); err != nil {
		return "", nil, err
	}
	return dir, func() { _ = os.RemoveAll(dir) }, nil
}

const scratchPrefix = "copy-"

// replicate starts uploading once the server listens, since until then it may still be refused, and holds answers back as
// GREENROOM_SYNC asks.
func (s *service) replicate() {
	r := newReplica(s.app, s.config)
	s.replica = r
	// With a lease every answer waits for the bucket, so that the next machine has all that was acknowledged.
	answerWhenSafe(s.app, r, s.config.Sync == "commit" || s.config.Lease)
	s.app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		if s.lease != nil {
			r.guard = s.lease.guard
		}
		if err := e.Next(); err != nil {
			return err
		}
		r.start()
		s.app.Cron().MustAdd("greenroomRestoreDrill", drillSchedule, r.drill)
		return nil
	})
}

// say prints a line for whoever started the server: there is no log yet while the data is prepared.
func say(format string, args ...any) { fmt.Printf(format+"\n", args...) }
