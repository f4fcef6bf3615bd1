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

// A tree of many records is not deleted in one transaction, because every other writer would have to wait for it. It is
// marked and then swept:
//
//  1. Its ids are read, beside the writers.
//  2. The gate closes: the owner, the tree's client and guests with a key wait with what they want to read.
//  3. One transaction writes the mark, a row cascade:<collection>/<id> of integrations, and empties the relations of
//     records that stay.
//  4. The descendants go in chunks, the deepest first, each in a transaction that lasts about chunkTime.
//  5. The last transaction deletes the record itself and the mark; the gate opens.
//
// So other writers wait for one chunk at most, and nobody ever reads an incomplete tree. After a crash the mark
// remains, and the next start finishes the sweep before it answers any request. After a failure, such as a full disk,
// the mark and the gate stay, and the sweep is repeated until it succeeds.
const (
	inOneGo    = 1000 // a tree of up to so many records is deleted in one transaction
	firstChunk = 400
	chunkTime  = 15 * time.Millisecond
	leastChunk = 250 // some milliseconds of processor time; with smaller chunks a busy machine would never finish
	mostChunk  = 4000
	retryAfter = time.Second
	retryMost  = time.Minute
)

const (
	service = "cascade"
	unknown = 1 << 30 // stands for an unknown number of records
)

// afterChunk is set by tests and runs between two chunks.
var afterChunk func()

// sweeper deletes large trees, and removes the words of deleted records from the search index.
type sweeper struct {
	app        core.App
	gate       *gate
	ctx        context.Context // ends with the app
	background sync.WaitGroup
	notesWords bool // the schema can note words for later removal from the search index
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

// resume finishes the sweeps that a crash interrupted.
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

// isLarge reads the tree's ids outside of a transaction, and reports whether they are too many for one. A client with
// people is not large, because PocketBase has to delete the people one by one.
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

// sweepAll deletes a large tree whose ids are known, and announces it.
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

// sweep deletes the tree in chunks. last deletes its root in the given transaction.
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

// deleteRoot deletes the root if its own delete has failed before.
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

// client returns the id of the client to whom the tree belongs; empty if unknown.
func (c *cascade) client() string {
	if c.root.Collection().Name == "clients" {
		return c.root.Id
	}
	return c.root.GetString("client")
}

// mark writes the mark, after which the deletion will be completed. If it fails nothing has changed.
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

// pointer is a record outside of the tree with a relation into it.
type pointer struct {
	collection *core.Collection
	relation   *core.RelationField
	id         string
}

// pointing returns the records outside of the tree whose relation has to be emptied.
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

// finish deletes the rest of a marked tree.
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

// nextSize returns the size of a chunk that takes about chunkTime, if each record takes as long as in the last chunk.
func nextSize(size int, took time.Duration) int {
	return max(leastChunk, min(mostChunk, 2*size, int(float64(size)*float64(chunkTime)/float64(max(took, time.Microsecond)))))
}

// deleteChunk deletes records of one collection, with records that were added under them since the tree was read. It
// returns how long other writers waited.
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

// wordsLater runs do so that, for a large tree, the words it deletes are removed from the search index later.
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

// The words are removed in transactions of so many rows, with a pause after each, in which others can use the disk.
const (
	wordsAtOnce = 200
	wordsPause  = 20 * time.Millisecond
)

// forgetWords removes the words of deleted records from the search index in the background.
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
				return // the next deletion or start continues
			}
			select {
			case <-time.After(wordsPause):
			case <-s.ctx.Done():
			}
		}
	})
}

var errClosed = errors.New("a deletion is at work still")
