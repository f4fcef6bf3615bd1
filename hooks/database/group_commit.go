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

// A COMMIT with synchronous=FULL waits for the disk, and SQLite allows one writer at a time. By default each
// transaction therefore waits for a flush of its own, and a slow disk delays everybody. Here concurrent transactions
// share one real connection and one real COMMIT (group commit):
//
//	BEGIN IMMEDIATE                        by the first member
//	  SAVEPOINT … RELEASE                  by each member, one after the other
//	COMMIT                                 by the last of those that wait, for all
//
// A member's Commit returns after the real COMMIT, so that nothing is acknowledged before it is on the disk, and hooks
// after success run after the flush. A member that fails or is rolled back undoes its own savepoint only. If the COMMIT
// fails, or SQLite rolls the transaction back by itself (on a full disk), all members fail and nothing of them is
// stored. A group is committed after maxMembers members or maxGroupAge, which limits how long a finished member waits.
// A single statement outside a transaction is a member if it only changes rows; all other statements (pragmas, VACUUM
// INTO, queries) run alone, after the open group was committed.
const (
	maxMembers  = 128
	maxGroupAge = 25 * time.Millisecond
	maxWriters  = 512 // virtual connections; each costs only the goroutine that waits
)

// GroupCommits makes the app's writers share their commits, whenever the app opens its database by Connect.
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
			return nil // a test opened the database without Connect
		}
		groupable.connector.shareCommits()
		pool.DB().SetMaxIdleConns(0) // closes the real connection that PocketBase opened before
		pool.DB().SetMaxOpenConns(maxWriters)
		pool.DB().SetMaxIdleConns(maxWriters)
		return nil
	})
}

// Awaited reports whether another writer waits, for its turn or for the COMMIT that it shares with the member that has
// the turn. A long series of writes asks, and ends its transaction then.
func Awaited(app core.App) bool {
	pool, ok := app.NonconcurrentDB().(*dbx.DB)
	if !ok {
		return true
	}
	groupable, ok := pool.DB().Driver().(*sqliteDriver)
	if !ok {
		return true // a test opened the database in another way, and the pool does not know
	}
	g := groupable.connector.shared.Load()
	return g == nil || g.awaited()
}

// group is the real connection, and the members that use it in turn.
type group struct {
	open    func() (Conn, error)
	now     func() time.Time
	changes *changes

	mu      sync.Mutex
	taken   bool            // a member has the turn
	queue   []chan struct{} // of members that wait for their turn, in order; closed when it comes
	done    []chan error    // of members that wait for the COMMIT; changed by the member that has the turn
	closing bool

	// Only the member that has the turn uses the following fields.
	real    Conn
	began   time.Time // when the open transaction began; zero without one
	lost    error     // why SQLite rolled the open transaction back
	touched touched   // whose rows the open transaction changes
	locked  lock
}

// acquire waits for the turn.
func (g *group) acquire(ctx context.Context) error {
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
	if i < 0 { // the turn came as ctx ended
		g.pass()
	}
	return ctx.Err()
}

// pass gives the turn to the member that has waited longest. It commits the group first if nobody waits or the group is
// full.
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

func (g *group) awaited() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.queue) > 0 || len(g.done) > 0
}

func (g *group) full() bool {
	return !g.began.IsZero() && (g.lost != nil || len(g.done) >= maxMembers || g.now().Sub(g.began) > maxGroupAge)
}

// commit ends the open transaction, and reports the result to its members.
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
		// ROLLBACK makes the connection usable again. It fails, harmlessly, where no transaction is open any more.
		_ = g.run("ROLLBACK")
		err = fmt.Errorf("database: commit: %w", err)
	}
	g.changes.committed(g.locked, g.real, &g.touched)
	for _, member := range g.done {
		member <- err
	}
	g.began, g.lost = time.Time{}, nil
	g.mu.Lock()
	defer g.mu.Unlock()
	clear(g.done)
	g.done = g.done[:0]
}

// begin opens a savepoint for a member, in the open transaction or in a new one.
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

// connect makes sure that the real connection is open and valid.
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
		_ = g.real.Close() // the connection is discarded in any case
		g.real = nil
	}
}

func (g *group) run(statement string) error {
	_, err := g.real.ExecContext(context.Background(), statement, nil)
	return err
}

// checkLost finds out whether a failed statement made SQLite roll the whole transaction back, as on a full disk: only
// then does BEGIN succeed.
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

// alone takes the turn and commits the open group, so that the caller can run a statement outside a transaction. The
// caller must call pass.
func (g *group) alone(ctx context.Context) error {
	if err := g.acquire(ctx); err != nil {
		return err
	}
	g.commit()
	if err := g.connect(); err != nil {
		g.pass()
		return err
	}
	return nil
}

// Close closes the real connection, now or when the current turn ends.
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
