package durable

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
)

// Times that a stop may take, within the ten seconds after which a supervisor kills the process. Requests that are
// being answered finish first, then work in the background, and the last upload includes what both wrote.
const (
	finishTimeout     = 4 * time.Second
	backgroundTimeout = 6 * time.Second // counted from the beginning of the stop
	flushTimeout      = 3500 * time.Millisecond
)

// errTooSlow ends the process when background work does not end in time. That equals a crash: commits are on the disk,
// and uploads went on until then.
var errTooSlow = errors.New("work in the background did not end in time and is cut off")

// lastOfAll is the priority of a handler that runs after all others of ours.
const lastOfAll = -firstOfAll

// shutDownGracefully ends live streams, so that browsers reconnect to the next server at once, lets requests and
// background work finish, and uploads the rest. PocketBase alone would cut requests off after a second.
//
// A restart in place ends the listener too, so PocketBase's serve command returns, and the stop that follows from that
// would end the process before the new one has replaced it. Therefore only the first stop runs; a second one blocks.
func (s *service) shutDownGracefully() {
	s.app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		server := e.Server
		// ^The context that PocketBase sets as the base of all requests ends as soon as the server stops accepting new
		// ones, which would cancel requests that are still being answered.
		requests, cut := context.WithCancel(context.Background())
		server.BaseContext = func(net.Listener) context.Context { return requests }
		var cutOff *time.Timer
		var stopping atomic.Bool
		told := make(chan os.Signal, 1)
		s.app.OnTerminate().Bind(&hook.Handler[*core.TerminateEvent]{Priority: firstOfAll, Func: func(te *core.TerminateEvent) error {
			if !stopping.CompareAndSwap(false, true) {
				select {} // the first stop ends the process, or replaces it
			}
			if te.IsRestart {
				signal.Notify(told, os.Interrupt, syscall.SIGTERM)
			}
			cutOff = time.AfterFunc(backgroundTimeout, func() { halt(te.App, errTooSlow) })
			ctx, cancel := context.WithTimeout(context.Background(), finishTimeout)
			defer cancel()
			endStreams(te.App)
			err := server.Shutdown(ctx)
			cut()
			if err != nil {
				te.App.Logger().Warn("Some requests had to be cut off at the stop.", "error", err)
			}
			err = te.Next()
			if te.IsRestart { // Next returned, so the new process could not be started
				halt(te.App, fmt.Errorf("the server could not start anew: %w", err))
			}
			return err
		}})
		s.app.OnTerminate().Bind(&hook.Handler[*core.TerminateEvent]{Priority: lastOfAll, Func: func(te *core.TerminateEvent) error {
			if !cutOff.Stop() {
				select {} // cutOff has fired, and ends the process
			}
			err := s.flush(te.App)
			select {
			case <-told: // a supervisor sent a signal during the restart
				if err != nil {
					halt(te.App, err)
				}
				os.Exit(0)
			default:
			}
			return errors.Join(err, te.Next())
		}})
		return e.Next()
	})
}

// endStreams closes the live connections. A browser reconnects at once, to whichever server then listens.
func endStreams(app core.App) {
	broker := app.SubscriptionsBroker()
	for id := range broker.Clients() {
		broker.Unregister(id)
	}
}

// flush uploads the rest to the replica, copies SQLite's write-ahead log into the database file, and gives the lease
// back.
func (s *service) flush(app core.App) error {
	ctx, cancel := context.WithTimeout(context.Background(), flushTimeout)
	defer cancel()
	var errs []error
	if s.replica != nil {
		errs = append(errs, s.replica.flush(ctx))
	}
	_, err := app.NonconcurrentDB().NewQuery("PRAGMA wal_checkpoint(PASSIVE)").Execute()
	errs = append(errs, err)
	if s.lease != nil {
		errs = append(errs, s.lease.release(ctx))
	}
	return errors.Join(errs...)
}

// halt logs the reason and ends the process at once.
func halt(app core.App, why error) {
	app.Logger().Error("The server stops at once.", "error", why)
	fmt.Fprintln(os.Stderr, "greenroom: "+why.Error())
	os.Exit(ExitStatus(why))
}

// startAnew replaces this process by a new one (exec), so that nothing of it can write another byte.
func startAnew(why string) {
	fmt.Fprintln(os.Stderr, "greenroom: "+why)
	if path, err := os.Executable(); err == nil {
		err = syscall.Exec(path, os.Args, os.Environ())
		fmt.Fprintln(os.Stderr, "greenroom: the server could not start anew: "+err.Error())
	}
	os.Exit(1)
}
