package cascade

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/routine"

	"greenroom/hooks/integrations"
	"greenroom/pb_migrations"
)

// A tree of many records is not deleted in one transaction, because every other writer would have to wait for it. It is
// marked and then swept:
//
//  1. Its ids are read, beside the writers.
//  2. The gate closes: the owner, the tree's client and guests with a key wait with what they want to read.
//  3. One transaction deletes the record itself, empties the relations of records that stay, and writes the mark, a row
//     cascade:<collection>/<id> of integrations (mark.go). A request is answered now: its deletion can neither fail nor
//     be undone any more.
//  4. The descendants go in chunks, the deepest first, each in a transaction of its own and in the order of their rows
//     (chunk.go).
//  5. The last transaction deletes the mark; the gate opens.
//
// A chunk ends soon after another writer begins to wait, so that nobody waits for more than one chunk, and nobody ever
// reads an incomplete tree. After a crash the mark remains, and the next start finishes the sweep before it answers
// any request. After a failure, such as a full disk, the mark and the gate stay, and the sweep is repeated until it
// succeeds.
const (
	inOneGo    = 200 // a tree of up to so many records is deleted in one transaction
	retryAfter = time.Second
	retryMost  = time.Minute
	unknown    = 1 << 30 // stands for an unknown number of records
)

// sweeper deletes large trees, and removes the words of deleted records from the search index.
type sweeper struct {
	app        core.App
	gate       *gate
	requested  sync.Map        // the records whose deletion a request asked for, and which is answered before the sweep
	ctx        context.Context // ends with the app
	background sync.WaitGroup
	announcing *sync.WaitGroup
	notesWords bool // the schema can note words for later removal from the search index
	tidying    sync.Mutex
	sweeping   sync.RWMutex // read-locked by each sweep, because people wait for it and nobody for the words
}

func newSweeper(app core.App, announcing *sync.WaitGroup) *sweeper {
	s := &sweeper{app: app, gate: newGate(), announcing: announcing}
	var stop context.CancelFunc
	s.ctx, stop = context.WithCancel(context.Background())
	app.OnTerminate().BindFunc(func(e *core.TerminateEvent) error {
		stop()
		s.background.Wait()
		return e.Next()
	})
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		s.notesWords = e.App.HasTable(pb_migrations.SearchGone)
		e.Router.Bind(s.gate.middleware())
		if err := s.resume(); err != nil {
			e.App.Logger().Error("A deletion that a crash had stopped could not be finished.", "error", err)
		}
		if err := e.Next(); err != nil {
			return err
		}
		s.background.Go(s.forgetWords) // only now, because a server that is refused ends at once
		return nil
	})
	app.OnRecordDeleteRequest().BindFunc(func(e *core.RecordRequestEvent) error {
		s.requested.Store(e.Record, true)
		defer s.requested.Delete(e.Record)
		return e.Next()
	})
	return s
}

// isLarge reads the tree's ids outside of a transaction, and reports whether they are too many for one. A client with
// people is not large, because PocketBase has to delete the people one by one.
func (c *cascade) isLarge() (bool, error) {
	persons := false
	c.count = 0
	err := c.follow(c.root.Collection(), []string{c.root.Id}, func(from *core.Collection, condition condition) ([]string, error) {
		ids, err := c.locate(from, condition)
		c.count, persons = c.count+len(ids), persons || from.IsAuth() && len(ids) > 0
		return ids, err
	})
	if err == nil && c.count > inOneGo && !persons {
		return true, nil
	}
	clear(c.gone)
	return false, err
}

// sweepAll deletes a large tree whose ids are known, and announces it. It returns as soon as the tree is marked if a
// request waits for it, and else after the sweep.
func (s *sweeper) sweepAll(c *cascade, e *core.RecordEvent) error {
	if c.listenedTo && c.hasListeners() {
		// Who may see a record can depend on the root, which goes first.
		if err := c.readAll(); err != nil {
			return err
		}
		if err := c.listen(); err != nil {
			return err
		}
	}
	open := s.gate.close(c.client())
	err := s.mark(c, func(tx core.App) error {
		e.App = tx
		return e.Next()
	})
	if err != nil {
		open()
		return err
	}
	first := make(chan error, 1)
	s.background.Go(func() {
		defer open()
		for wait := retryAfter; ; wait = min(2*wait, retryMost) {
			err := routine.SafeWrap(func() error { return s.sweep(c) })()
			if err == nil {
				open()
				s.tidyUp()
				c.announce(s.app, s.announcing)
			}
			select {
			case first <- err:
			default: // it is not the first time
			}
			if err == nil {
				return
			}
			s.app.Logger().Error("The rest of what is deleted could not be removed yet.", "mark", markOf(c.root), "error", err)
			select {
			case <-time.After(wait):
			case <-s.ctx.Done():
				return // the next start finishes it
			}
		}
	})
	if _, requested := s.requested.Load(e.Record); requested {
		return nil
	}
	if err := <-first; err != nil {
		return fmt.Errorf("cascade: the rest of %s is deleted as soon as that can be done: %w", markOf(c.root), err)
	}
	return nil
}

// client returns the id of the client to whom the tree belongs; empty if unknown.
func (c *cascade) client() string {
	if c.root.Collection().Name == "clients" {
		return c.root.Id
	}
	return c.root.GetString("client")
}

// sweep deletes the descendants of a marked tree, after it has read them if somebody needs them.
func (s *sweeper) sweep(c *cascade) error {
	if c.listenedTo && len(c.records) == 0 {
		if err := c.readAll(); err != nil {
			return err
		}
	}
	return s.finish(c)
}

// finish deletes the rest of a marked tree, and the mark.
func (s *sweeper) finish(c *cascade) error {
	s.sweeping.RLock()
	defer s.sweeping.RUnlock()
	if err := writeMuch(s.app.NonconcurrentDB()); err != nil {
		return err
	}
	pace := &pace{now: time.Now}
	for left, n := c.pieces(), 1; len(left) > 0; n++ {
		if s.ctx.Err() != nil {
			return s.ctx.Err()
		}
		var err error
		if left, err = s.deleteChunk(left, pace); err != nil {
			return err
		}
		if n%chunksToCopy == 0 {
			s.emptyLog()
		}
		if afterChunk != nil {
			afterChunk()
		}
	}
	late := &cascade{root: c.root, gone: map[*core.Collection][]string{}, count: unknown}
	err := s.app.RunInTransaction(func(tx core.App) error {
		late.tx = tx
		// What was added directly under the root since the tree was read.
		err := s.wordsLater(late, func() error { return late.follow(c.root.Collection(), []string{c.root.Id}, late.delete) })
		if err != nil {
			return err
		}
		if err := late.forgetFiles(); err != nil {
			return err
		}
		return integrations.Drop(tx, markOf(c.root))
	})
	if err != nil {
		return err
	}
	for collection, ids := range late.gone {
		c.gone[collection] = append(c.gone[collection], ids...)
	}
	return nil
}

var errClosed = errors.New("a deletion is at work still")
