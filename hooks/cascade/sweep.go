package cascade

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/files"
	"greenroom/hooks/integrations"
	"greenroom/pb_migrations"
)

// A tree of many records is not deleted in one transaction, for every other writer would wait for all of it. It is
// marked and then swept:
//
//  1. Its ids are read, beside the writers.
//  2. The gate closes: the owner, the tree's client and guests with a key wait with what they want to read.
//  3. One transaction writes the mark, a row cascade:<collection>/<id> of integrations, and empties the relations of what stays.
//  4. The descendants go in chunks, the deepest first, each in a transaction that lasts about chunkTime.
//  5. The last transaction deletes the record itself and the mark; the gate opens.
//
// So other writers wait for a chunk at most, and nobody ever reads half a tree. After a crash in the middle the mark is
// there still: the next start finishes the sweep before it answers anybody. A failure in the middle, such as a full
// disk, leaves the mark and the gate as they are, and the sweep is tried again until it works.
const (
	inOneGo    = 1000 // a tree of fewer records is deleted in one transaction
	firstChunk = 400
	chunkTime  = 15 * time.Millisecond
	leastChunk = 250 // some milliseconds of the processor; on a machine that is busy with other things a smaller one would never end
	mostChunk  = 4000
	retryAfter = time.Second
	retryMost  = time.Minute
)

const (
	service = "cascade"
	unknown = 1 << 30 // the number of records, of which there may be many
)

// afterChunk is what a test does between two chunks.
var afterChunk func()

// sweeper deletes large trees, and takes the words of what is deleted out of the search index.
type sweeper struct {
	app        core.App
	gate       *gate
	ctx        context.Context // the context ends with the app
	background sync.WaitGroup
	notesWords bool // the schema knows of words that leave the search index later
	forgetting sync.Mutex
}

func newSweeper(app core.App) *sweeper {
	s := &sweeper{app: app, gate: newGate()}
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
		s.forgetWords()
		return e.Next()
	})
	return s
}

func markOf(record *core.Record) string {
	return service + ":" + record.Collection().Name + "/" + record.Id
}

// resume finishes the sweeps that a crash stopped.
func (s *sweeper) resume() error {
	marks, err := integrations.Rows(s.app, service, "")
	if err != nil {
		return err
	}
	for _, mark := range marks {
		collection, id, _ := strings.Cut(strings.TrimPrefix(mark.GetString("name"), service+":"), "/")
		record, err := s.app.FindRecordById(collection, id)
		if err == nil {
			err = s.app.Delete(record)
		}
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("cascade: resume %s: %w", mark.GetString("name"), err)
		}
		if err := integrations.Drop(s.app, mark.GetString("name")); err != nil {
			return err
		}
	}
	return nil
}

// isLarge reads which records hang under the root, beside the writers, and tells whether they are too many for one
// transaction. People of a client have more to them than rows, and go as PocketBase takes them.
func (c *cascade) isLarge() (bool, error) {
	seen, persons := map[string]bool{}, false
	c.count = 0
	err := c.follow(c.root.Collection(), []string{c.root.Id}, func(from *core.Collection, condition condition) ([]string, error) {
		ids, err := c.collect(from, condition)
		ids = slices.DeleteFunc(ids, func(id string) bool {
			again := seen[from.Id+"/"+id]
			seen[from.Id+"/"+id] = true
			return again
		})
		c.count, persons = c.count+len(ids), persons || from.IsAuth() && len(ids) > 0
		return ids, err
	})
	if err == nil && c.count > inOneGo && !persons {
		return true, nil
	}
	clear(c.gone)
	return false, err
}

// sweepAll deletes a large tree whose ids are known, and tells of it.
func (s *sweeper) sweepAll(c *cascade, e *core.RecordEvent, listenedTo bool, announce func()) error {
	if listenedTo {
		clear(c.gone)
		if err := c.follow(c.root.Collection(), []string{c.root.Id}, c.read); err != nil {
			return err
		}
		if err := c.listen(); err != nil {
			return err
		}
	}
	err := s.sweep(c, func(tx core.App) error {
		e.App = tx
		return e.Next()
	})
	if err != nil {
		return err
	}
	s.forgetWords()
	announce()
	return nil
}

// sweep deletes the tree in steps; last deletes its root, inside the transaction that it is given.
func (s *sweeper) sweep(c *cascade, last func(tx core.App) error) error {
	open := s.gate.close(c.client())
	if err := s.mark(c); err != nil {
		open()
		return err
	}
	err := s.finish(c, last)
	if err == nil {
		open()
		return nil
	}
	s.background.Go(func() {
		defer open()
		for wait := retryAfter; ; wait = min(2*wait, retryMost) {
			select {
			case <-time.After(wait):
			case <-s.ctx.Done():
				return // the next start finishes it
			}
			if err := s.finish(c, c.deleteRoot); err == nil {
				s.forgetWords()
				return
			}
		}
	})
	return fmt.Errorf("cascade: the rest of %s is deleted as soon as that can be done: %w", markOf(c.root), err)
}

// deleteRoot deletes the record itself where its own delete has failed before.
func (c *cascade) deleteRoot(tx core.App) error {
	record, err := tx.FindRecordById(c.root.Collection(), c.root.Id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return tx.Delete(record)
}

// client is whose tree it is; empty where nobody can tell.
func (c *cascade) client() string {
	if c.root.Collection().Name == "clients" {
		return c.root.Id
	}
	return c.root.GetString("client")
}

// mark makes the deletion certain, or fails with nothing changed.
func (s *sweeper) mark(c *cascade) error {
	staying, err := c.pointing()
	if err != nil {
		return err
	}
	return s.app.RunInTransaction(func(tx core.App) error {
		c.tx = tx
		defer func() { c.tx = s.app }()
		for _, p := range staying {
			if err := c.empty(p.collection, p.relation, dbx.NewExp("{{"+p.collection.Name+"}}.[[id]] = {:staying}", dbx.Params{"staying": p.id})); err != nil {
				return err
			}
		}
		return integrations.Set(tx, markOf(c.root), "sweeping", "", "")
	})
}

// pointer is a record outside the tree with a relation to one inside.
type pointer struct {
	collection *core.Collection
	relation   *core.RelationField
	id         string
}

// pointing finds what stays and has to give up a relation.
func (c *cascade) pointing() (out []pointer, err error) {
	inTree := map[string]bool{}
	for collection, ids := range c.gone {
		for _, id := range ids {
			inTree[collection.Id+"/"+id] = true
		}
	}
	for collection, ids := range c.gone {
		err := c.eachReference(collection, func(from *core.Collection, relation *core.RelationField) error {
			if relation.CascadeDelete {
				return nil
			}
			found, err := c.collect(from, oneOf(from.Name, relation.Name, ids))
			for _, id := range found {
				if !inTree[from.Id+"/"+id] && !c.isRoot(from, id) {
					out = append(out, pointer{from, relation, id})
				}
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// finish deletes what is left of a marked tree.
func (s *sweeper) finish(c *cascade, last func(tx core.App) error) error {
	size := firstChunk
	for _, collection := range c.deepestFirst {
		for ids := c.gone[collection]; len(ids) > 0; {
			if s.ctx.Err() != nil {
				return s.ctx.Err()
			}
			chunk := ids[:min(size, len(ids))]
			ids = ids[len(chunk):]
			took, err := s.deleteChunk(collection, chunk)
			if err != nil {
				return err
			}
			size = nextSize(size, took)
			if afterChunk != nil {
				afterChunk()
			}
		}
	}
	return s.app.RunInTransaction(func(tx core.App) error {
		if err := last(tx); err != nil {
			return err
		}
		return integrations.Drop(tx, markOf(c.root))
	})
}

// nextSize is a chunk that takes about chunkTime, if it takes as long for each record as the one before.
func nextSize(size int, took time.Duration) int {
	return max(leastChunk, min(mostChunk, 2*size, int(float64(size)*float64(chunkTime)/float64(max(took, time.Microsecond)))))
}

// deleteChunk deletes records of one collection, and what has come to hang under them since the tree was read. It tells
// how long others waited for it.
func (s *sweeper) deleteChunk(collection *core.Collection, ids []string) (took time.Duration, err error) {
	err = s.app.RunInTransaction(func(tx core.App) error {
		began := time.Now()
		if _, err := tx.DB().NewQuery(roomy).Execute(); err != nil {
			return err
		}
		c := &cascade{tx: tx, root: core.NewRecord(collection), gone: map[*core.Collection][]string{}, count: unknown}
		err := s.wordsLater(c, func() error {
			if err := c.follow(collection, ids, c.delete); err != nil {
				return err
			}
			if _, err := c.delete(collection, oneOf(collection.Name, "id", ids)); err != nil {
				return fmt.Errorf("cascade: delete %s: %w", collection.Name, err)
			}
			return nil
		})
		if err != nil {
			return err
		}
		c.gone[collection] = append(c.gone[collection], ids...)
		for collection, ids := range c.gone {
			if err := files.Forget(tx, collection, ids); err != nil {
				return err
			}
		}
		took = time.Since(began)
		return nil
	})
	return took, err
}

// wordsLater has what is deleted meanwhile taken out of the search index afterwards, where that is much.
func (s *sweeper) wordsLater(c *cascade, do func() error) error {
	if c.count < wordsAtOnce || !s.notesWords {
		return do()
	}
	if err := pb_migrations.SearchLater(c.tx.DB()); err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	return pb_migrations.SearchAtOnce(c.tx.DB())
}

// Words are taken out of the index in transactions of so many rows, with a pause after each that leaves the disk to
// others.
const (
	wordsAtOnce = 200
	wordsPause  = 20 * time.Millisecond
)

// forgetWords takes what is deleted out of the search index, in the background.
func (s *sweeper) forgetWords() {
	if !s.notesWords {
		return
	}
	s.background.Go(func() {
		s.forgetting.Lock()
		defer s.forgetting.Unlock()
		for s.ctx.Err() == nil {
			taken := 0
			err := s.app.RunInTransaction(func(tx core.App) (err error) {
				taken, err = pb_migrations.ForgetSearched(tx.DB(), wordsAtOnce)
				return err
			})
			if err != nil {
				s.app.Logger().Warn("Deleted words could not be taken out of the search index yet.", "error", err)
			}
			if err != nil || taken < wordsAtOnce {
				return // the next deletion or start goes on
			}
			select {
			case <-time.After(wordsPause):
			case <-s.ctx.Done():
			}
		}
	})
}

var errClosed = errors.New("a deletion is at work still")
