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

// The times that a stop may take, within the ten seconds after which a supervisor kills: first the requests that are
// being answered, then the work in the background, whose last words the last upload takes along.
const (
	finishTimeout     = 4 * time.Second
	backgroundTimeout = 6 * time.Second // from the beginning of the stop
	flushTimeout      = 3500 * time.Millisecond
)

// errTooSlow cuts off work that does not end. That is a crash, which everything here survives, and uploads went on
// until then.
var errTooSlow = errors.New("work in the background did not end in time and is cut off")

// lastOfAll is the priority of a handler that no other handler of ours comes after.
const lastOfAll = -firstOfAll

// shutDownGracefully lets requests finish, closes live streams so that browsers look for the next server at once, lets
// the others end, and uploads the rest. PocketBase alone would cut requests after a second.
//
// A server that starts anew in place ends its listener too, and PocketBase's command then returns as if its work were
// done. The stop that follows from that would end the process before the new one takes its place, so only the first
// stop goes on.
func (s *service) shutDownGracefully() {
	s.app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		server := e.Server
		// PocketBase's own context ends as soon as the server takes no new requests, and the old ones with it.
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
			if te.IsRestart { // the new process did not take this one's place
				halt(te.App, fmt.Errorf("the server could not start anew: %w", err))
			}
			return err
		}})
		s.app.OnTerminate().Bind(&hook.Handler[*core.TerminateEvent]{Priority: lastOfAll, Func: func(te *core.TerminateEvent) error {
			if !cutOff.Stop() {
				select {} // the process is about to end
			}
			err := s.flush(te.App)
			select {
			case <-told: // to stop, while it was about to start anew
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

// endStreams closes the live connections: a browser opens another one at once, to whichever server is there by then.
func endStreams(app core.App) {
	broker := app.SubscriptionsBroker()
	for id := range broker.Clients() {
		broker.Unregister(id)
	}
}

// flush empties SQLite's log of writes into the database, and uploads the rest to the replica.
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

// halt ends the server at once.
func halt(app core.App, why error) {
	app.Logger().Error("The server stops at once.", "error", why)
	fmt.Fprintln(os.Stderr, "greenroom: "+why.Error())
	os.Exit(ExitStatus(why))
}

// startAnew replaces the process by a new one at once: nothing of the old one can write another byte.
func startAnew(why string) {
	fmt.Fprintln(os.Stderr, "greenroom: "+why)
	if path, err := os.Executable(); err == nil {
		err = syscall.Exec(path, os.Args, os.Environ())
		fmt.Fprintln(os.Stderr, "greenroom: the server could not start anew: "+err.Error())
	}
	os.Exit(1)
}
