// Package durable keeps the studio's words through power cuts, dead disks and dead machines.
//
// Every commit is on the disk before it is answered (SQLite's synchronous=FULL), and each backup of PocketBase's is
// opened and looked through before it counts. With REPLICA_URL everything also flows out to a bucket: Litestream reads
// what SQLite wrote and uploads it, a second after a change at the latest (GREENROOM_SYNC=interval), or before the
// request that made it is answered (commit; webhooks always). What flows in is the studio on an empty machine: an empty
// data directory is restored from the replica before the server starts, and every day a restore is tried and counted.
//
// A row of the studio itself says where in this history it stands (see position). When the replica is further than the
// data directory, the server does not start: whichever of the two went on would silently win over the other. When the
// bucket does not answer, the studio goes on and its row in integrations says since when; only who waits for the bucket
// is told to try again. With GREENROOM_LEASE=1 several machines share one replica, and a lease in the bucket names the
// one that writes; see lease.go.
package durable

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pocketbase/pocketbase"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"

	"greenroom/hooks/config"
)

// The rows of integrations: how the replica fares, the last backup and the last drill, and where the studio stands.
const (
	replicaRow  = "durable"
	backupRow   = "durable:backup"
	drillRow    = "durable:drill"
	positionRow = "durable:position"
)

// The files of PocketBase's that this package knows, and a folder of its own in the data directory: what Litestream
// remembers, and copies that are being looked at.
const (
	dataFile = "data.db"
	logsFile = "auxiliary.db"
	ownDir   = ".durable"
)

// firstOfAll is the priority of what wraps everything else.
const firstOfAll = -99999

// Register binds what the configuration asks for; serves tells whether a server runs on the app's data directory.
func Register(app *pocketbase.PocketBase, c config.Config, serves func(core.App) bool) {
	s := &service{app: app, config: c, serves: serves}
	stayInside(app)
	verifyBackups(app)
	s.keepRestoresAside()
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

// service is what one server does for its data.
type service struct {
	app     core.App
	config  config.Config
	serves  func(core.App) bool
	lease   *lease   // nil where there is one machine
	replica *replica // nil without REPLICA_URL
	lock    *os.File // the data directory, for as long as this server has it
}

func (s *service) path(name string) string { return filepath.Join(s.app.DataDir(), name) }

// scratch is a new folder on the same disk as the data, for a copy that is looked at and removed.
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

// replicate uploads while the server runs.
func (s *service) replicate() {
	r := &replica{app: s.app, config: s.config, wake: make(chan struct{}, 1), done: make(chan struct{})}
	s.replica = r
	answerWhenSafe(s.app, r, s.config.Sync == "commit" || s.config.Lease) // what another machine takes over is all that was said
	s.app.Cron().MustAdd("greenroomRestoreDrill", drillSchedule, r.drill)
	s.app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		ctx, stop := context.WithCancel(context.Background())
		r.stop = stop
		if s.lease != nil {
			r.guard = s.lease.guard
		}
		go r.run(ctx)
		return e.Next()
	})
}

// say tells who started the server, before there is a log and beside it.
func say(format string, args ...any) { fmt.Printf(format+"\n", args...) }
