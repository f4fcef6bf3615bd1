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

	"greenroom/hooks/database"
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
//  4. The descendants go in chunks, the deepest first, each in a transaction of its own and in the order of their rows.
//  5. The last transaction deletes the record itself and the mark; the gate opens.
//
// A chunk ends soon after another writer begins to wait, so that nobody waits for more than one chunk, and nobody ever
// reads an incomplete tree. After a crash the mark remains, and the next start finishes the sweep before it answers
// any request. After a failure, such as a full disk, the mark and the gate stay, and the sweep is repeated until it
// succeeds.
const (
	inOneGo    = 1000                  // a tree of up to so many records is deleted in one transaction
	pieceSize  = 400                   // records; some milliseconds of processor time
	chunkTime  = 15 * time.Millisecond // if another writer waits
	retryAfter = time.Second
	retryMost  = time.Minute
)

// chunkMost is how long a chunk lasts if no other writer waits. It bounds what the commit at the end has to write.
var chunkMost = 60 * time.Millisecond

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
		s.background.Go(s.forgetWords)
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
	s.tidyUp()
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
				s.tidyUp()
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
	inTree := map[string]map[string]bool{} // by collection, made when something is found
	goes := func(from *core.Collection, id string) bool {
		if inTree[from.Id] == nil {
			inTree[from.Id] = map[string]bool{}
			for collection, ids := range c.gone {
				for _, id := range ids {
					if collection.Id == from.Id {
						inTree[from.Id][id] = true
					}
				}
			}
		}
		return inTree[from.Id][id] || c.isRoot(from, id)
	}
	for collection, ids := range c.gone {
		err := c.eachReference(collection, func(from *core.Collection, relation *core.RelationField) error {
			if relation.CascadeDelete {
				return nil
			}
			found, err := c.collect(from, oneOf(from.Name, relation.Name, ids))
			for _, id := range found {
				if !goes(from, id) {
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
	for left := c.pieces(); len(left) > 0; {
		if s.ctx.Err() != nil {
			return s.ctx.Err()
		}
		taken, err := s.deleteChunk(left)
		if err != nil {
			return err
		}
		left = left[taken:]
		if afterChunk != nil {
			afterChunk()
		}
	}
	return s.app.RunInTransaction(func(tx core.App) error {
		if err := last(tx); err != nil {
			return err
		}
		return integrations.Drop(tx, markOf(c.root))
	})
}

// piece is some records of one collection, neighbours in the file, that are deleted with a few statements.
type piece struct {
	collection *core.Collection
	ids        []string
}

// pieces returns the tree without its root, the deepest records first.
func (c *cascade) pieces() (out []piece) {
	for _, collection := range c.deepestFirst {
		for ids := range slices.Chunk(c.asTheyLie(collection), pieceSize) {
			out = append(out, piece{collection, ids})
		}
	}
	return out
}

// deleteChunk deletes one or more pieces, for as long as a chunk may last, with records that were added under them
// since the tree was read. It returns how many pieces it deleted.
func (s *sweeper) deleteChunk(pieces []piece) (taken int, err error) {
	err = s.app.RunInTransaction(func(tx core.App) error {
		began := time.Now()
		c := &cascade{tx: tx, gone: map[*core.Collection][]string{}, count: unknown}
		if err := s.writesMuch(c); err != nil {
			return err
		}
		err := s.wordsLater(c, func() error {
			for taken < len(pieces) {
				if err := c.deletePiece(pieces[taken]); err != nil {
					return err
				}
				taken++
				if lasts := time.Since(began); lasts >= chunkMost || lasts >= chunkTime && database.Awaited(s.app) {
					break
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		for collection, ids := range c.gone {
			if err := files.Forget(tx, collection, ids); err != nil {
				return err
			}
		}
		return nil
	})
	return taken, err
}

func (c *cascade) deletePiece(p piece) error {
	c.root = core.NewRecord(p.collection)
	if err := c.follow(p.collection, p.ids, c.delete); err != nil {
		return err
	}
	condition := oneOf(p.collection.Name, "id", p.ids)
	if _, err := c.tx.DB().NewQuery("DELETE FROM {{" + p.collection.Name + "}} WHERE " + condition.sql).Bind(condition.params).Execute(); err != nil {
		return fmt.Errorf("cascade: delete %s: %w", p.collection.Name, err)
	}
	c.gone[p.collection] = append(c.gone[p.collection], p.ids...)
	return nil
}

var errClosed = errors.New("a deletion is at work still")
