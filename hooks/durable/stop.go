package durable

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
)

// What a stop may take, within the ten seconds after which a supervisor kills: first the requests that are being
// answered, then what works in the background, whose last words the last upload takes along.
const (
	finishTimeout     = 4 * time.Second
	backgroundTimeout = 6 * time.Second // from the beginning of the stop
	flushTimeout      = 3500 * time.Millisecond
)

// errTooSlow cuts off what does not end. That is a crash, which everything here survives, and uploads went on until then.
var errTooSlow = errors.New("work in the background did not end in time and is cut off")

// lastOfAll is the priority of what nothing of ours comes after.
const lastOfAll = -firstOfAll

// stopGracefully lets requests finish, closes live streams so that browsers look for the next server at once, lets the others
// end, and uploads what is left. PocketBase alone would cut requests after a second.
func (s *service) stopGracefully() {
	s.app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		server := e.Server
		// PocketBase's own context ends as soon as the server takes no new requests, and the old ones with it.
		requests, cut := context.WithCancel(context.Background())
		server.BaseContext = func(net.Listener) context.Context { return requests }
		var cutOff *time.Timer
		s.app.OnTerminate().Bind(&hook.Handler[*core.TerminateEvent]{Priority: firstOfAll, Func: func(te *core.TerminateEvent) error {
			cutOff = time.AfterFunc(backgroundTimeout, func() { halt(te.App, errTooSlow) })
			ctx, cancel := context.WithTimeout(context.Background(), finishTimeout)
			defer cancel()
			endStreams(te.App)
			err := server.Shutdown(ctx)
			cut()
			if err != nil {
				te.App.Logger().Warn("Some requests had to be cut off at the stop.", "error", err)
			}
			return te.Next()
		}})
		s.app.OnTerminate().Bind(&hook.Handler[*core.TerminateEvent]{Priority: lastOfAll, Func: func(te *core.TerminateEvent) error {
			if !cutOff.Stop() {
				select {} // the process is about to end
			}
			return errors.Join(s.flush(te.App), te.Next())
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

// flush leaves nothing behind: neither in SQLite's log of writes nor for the replica.
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
