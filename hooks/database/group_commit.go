package database

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// A commit at synchronous=FULL waits for the disk, and SQLite has one writer: alone, each transaction pays for a flush
// of its own, and a slow disk stops everybody. A group lets many transactions share one real connection and one real
// COMMIT:
//
//	BEGIN IMMEDIATE                        the first member that comes
//	  SAVEPOINT … RELEASE                  each member in its turn, one after the other
//	COMMIT                                 the last of those who wait, for all of them
//
// A member's Commit returns when the real COMMIT has: nothing is acknowledged before it is on the disk, and hooks that
// run after a success run after the flush. A member that fails or is rolled back takes its own savepoint back and
// nothing else. Where the COMMIT fails, or SQLite gives the transaction up by itself (a full disk), all members fail
// and nothing of any is there. A group ends after maxMembers or maxGroupAge, so that who is done waits for no more than
// that and for the one member that is at work. A statement outside a transaction is a member of its own where it only
// changes rows; anything else (a pragma, VACUUM INTO, a query) runs alone, after the group that is open has been
// committed.
const (
	maxMembers  = 128
	maxGroupAge = 25 * time.Millisecond
	maxWriters  = 512 // virtual connections, which cost nothing but their waiting goroutine
)

// GroupCommits makes the app's writes share their commits, each time that it opens its database by Connect.
func GroupCommits(app core.App) {
	app.OnBootstrap().BindFunc(func(e *core.BootstrapEvent) error {
		if err := e.Next(); err != nil {
			return err
		}
		pool, ok := e.App.NonconcurrentDB().(*dbx.DB)
		if !ok {
			return errors.New("database: no pool of writers")
		}
		groupable, ok := pool.DB().Driver().(*sqliteDriver)
		if !ok {
			return nil // a test opened the database in another way
		}
		groupable.connector.shareCommits()
		pool.DB().SetMaxIdleConns(0) // the connection of its own that PocketBase began with
		pool.DB().SetMaxOpenConns(maxWriters)
		pool.DB().SetMaxIdleConns(maxWriters)
		return nil
	})
}

// group is the real connection and whoever uses it in turn.
type group struct {
	open    func() (Conn, error)
	now     func() time.Time
	changes *changes

	mu      sync.Mutex
	taken   bool            // somebody has the turn
	queue   []chan struct{} // of those who wait for it, in their order; closed when it is theirs
	closing bool

	// All that follows belongs to whoever has the turn.
	real    Conn
	began   time.Time    // the open transaction's; zero where none is open
	done    []chan error // of the members that wait for the COMMIT
	lost    error        // why SQLite gave the open transaction up
	touched touched      // whose rows the open transaction changes
	locked  lock
}

// take waits for the turn.
func (g *group) take(ctx context.Context) error {
	g.mu.Lock()
	if !g.taken {
		g.taken = true
		g.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	g.queue = append(g.queue, turn)
	g.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	g.mu.Lock()
	i := slices.Index(g.queue, turn)
	if i >= 0 {
		g.queue = slices.Delete(g.queue, i, i+1)
	}
	g.mu.Unlock()
	if i < 0 { // the turn came at the same moment
		g.pass()
	}
	return ctx.Err()
}

// pass gives the turn to whoever waits longest. Where nobody waits, or the group has lasted long enough, it is
// committed first.
func (g *group) pass() {
	for {
		g.mu.Lock()
		if len(g.queue) > 0 && !g.full() {
			next := g.queue[0]
			g.queue = slices.Delete(g.queue, 0, 1)
			g.mu.Unlock()
			close(next)
			return
		}
		if g.began.IsZero() {
			g.taken = false
			if g.closing {
				g.closeReal()
			}
			g.mu.Unlock()
			return
		}
		g.mu.Unlock()
		g.commit()
	}
}

func (g *group) full() bool {
	return !g.began.IsZero() && (g.lost != nil || len(g.done) >= maxMembers || g.now().Sub(g.began) > maxGroupAge)
}

// commit ends the open transaction, and tells its members.
func (g *group) commit() {
	if g.began.IsZero() {
		return
	}
	g.changes.commits()
	err := g.lost
	if err == nil {
		err = g.run("COMMIT")
	}
	if err != nil {
		_ = g.run("ROLLBACK") // leaves a usable connection; where nothing is open any more it fails, and that is well
		err = fmt.Errorf("database: commit: %w", err)
	}
	g.changes.committed(g.locked, g.real, &g.touched)
	for _, member := range g.done {
		member <- err
	}
	g.began, g.lost = time.Time{}, nil
	clear(g.done)
	g.done = g.done[:0]
}

// begin opens a member's savepoint, in the open transaction or in a new one.
func (g *group) begin() error {
	if err := g.connect(); err != nil {
		return err
	}
	if g.began.IsZero() {
		if err := g.run("BEGIN IMMEDIATE"); err != nil {
			return err
		}
		g.began = g.now()
		g.locked = g.changes.locked(g.real)
		g.touched.begin(g.real, g.locked.sure)
	}
	if err := g.run("SAVEPOINT member"); err != nil {
		g.lose(err)
		return err
	}
	return nil
}

// connect makes sure of a connection that can be used.
func (g *group) connect() (err error) {
	if g.real != nil && (!g.began.IsZero() || g.real.IsValid()) {
		return nil
	}
	g.closeReal()
	g.real, err = g.open()
	return err
}

func (g *group) closeReal() {
	if g.real != nil {
		_ = g.real.Close() // nothing of it is needed any more
		g.real = nil
	}
}

func (g *group) run(statement string) error {
	_, err := g.real.ExecContext(context.Background(), statement, nil)
	return err
}

// checkLost finds out whether a failed statement made SQLite give up the whole transaction, as a full disk does: only
// then can another one begin.
func (g *group) checkLost(cause error) {
	if g.run("BEGIN") == nil {
		_ = g.run("ROLLBACK")
		g.lose(cause)
	}
}

func (g *group) lose(cause error) {
	if g.lost == nil {
		g.lost = cause
	}
}

// alone does something outside every transaction, with the turn; the caller passes it on.
func (g *group) alone(ctx context.Context) error {
	if err := g.take(ctx); err != nil {
		return err
	}
	g.commit()
	if err := g.connect(); err != nil {
		g.pass()
		return err
	}
	return nil
}

// Close closes the real connection, at once or when nobody uses it any more.
func (g *group) Close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.taken {
		g.closing = true
	} else {
		g.closeReal()
	}
	return g.changes.close()
}
