// Package cascade deletes the records under a record in sets instead of one by one.
//
// PocketBase follows relations record by record, each with statements of its own, while every other writer waits: ten
// thousand descendants take seconds. Here each relation is followed by one statement for a whole level of the tree,
// inside the transaction of the delete, so that a failure anywhere changes nothing. A large tree is marked, which is
// when the request is answered, and swept in several transactions (sweep.go). What PocketBase promises stays true: files are removed, relations without cascade
// are emptied, after-delete hooks run for each record, and live subscribers get each record that they may see. Only
// hooks before a delete are an exception: they run for the requested record alone.
package cascade

import (
	"fmt"
	"sync"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/files"
)

// Register takes over the deletion of every collection whose tree it can follow set by set; others are left to
// PocketBase. Call it after all other delete handlers of Greenroom's are bound. They only need a record's id and
// collection, so records are read before they are deleted only if a later handler exists.
func Register(app core.App) {
	ours := app.OnRecordAfterDeleteSuccess().Length()
	announcing := new(sync.WaitGroup)
	sweeper := newSweeper(app, announcing)
	app.OnTerminate().BindFunc(func(e *core.TerminateEvent) error {
		announcing.Wait() // so that a stop leaves no hook to run and no file to remove
		return e.Next()
	})
	inTheEnd := app.OnRecordDeleteExecute().Length() + 1
	app.OnRecordDeleteExecute().BindFunc(func(e *core.RecordEvent) error {
		if !followable(e.App, e.Record.Collection(), map[string]bool{}) {
			return e.Next()
		}
		outer := e.App
		defer func() { e.App = outer }()
		c, err := newCascade(outer, e.Record)
		if err != nil {
			return err
		}
		c.listenedTo = app.OnRecordAfterDeleteSuccess().Length() > ours || app.SubscriptionsBroker().TotalClients() > 0
		// If another handler may still refuse the delete, or if it is part of a larger transaction, everything is deleted at
		// once.
		if !outer.IsTransactional() && app.OnRecordDeleteExecute().Length() == inTheEnd {
			large, err := c.isLarge()
			if err != nil {
				return err
			}
			if large {
				return sweeper.sweepAll(c, e)
			}
		}
		return outer.RunInTransaction(func(tx core.App) error {
			e.App = tx
			c.tx = tx
			if err := sweeper.deleteAtOnce(c); err != nil {
				return err
			}
			tx.TxInfo().OnComplete(func(err error) error {
				if err == nil {
					if c.count >= wordsAtOnce && len(c.gone) > 0 {
						sweeper.tidyUp()
					}
					c.announce(app, announcing)
				}
				return nil
			})
			return e.Next()
		})
	})
}

// deleteAtOnce deletes everything under the root in the caller's transaction.
func (s *sweeper) deleteAtOnce(c *cascade) error {
	if c.count > inOneGo {
		if err := writeMuch(c.tx.DB()); err != nil {
			return err
		}
	}
	if err := s.wordsLater(c, c.deleteUnder); err != nil {
		return err
	}
	if err := c.emptyRelations(); err != nil {
		return err
	}
	return c.forgetFiles()
}

// cascade is the deletion of one record with its tree.
type cascade struct {
	tx           core.App
	root         *core.Record
	deepestFirst []*core.Collection            // every collection of the tree, each after those under it
	gone         map[*core.Collection][]string // ids; those of a level precede those below it
	records      map[string]*core.Record       // by collection and id, if they were read before the delete
	heard        []hearing
	rowids       map[string]map[string]int64 // of the records, by collection and id, as far as they were read before
	count        int                         // the number of records, as far as they were read before
	listenedTo   bool                        // somebody needs the deleted records, and not only their ids
}

func newCascade(app core.App, root *core.Record) (*cascade, error) {
	c := &cascade{tx: app, root: root, gone: map[*core.Collection][]string{}, records: map[string]*core.Record{}, count: unknown}
	return c, c.order(root.Collection())
}

// followable reports whether every relation under the collection is single, and no record there can sign in, because
// PocketBase deletes more of those than the row. A client's people are clients too; they are deleted one by one before
// the client.
func followable(app core.App, collection *core.Collection, seen map[string]bool) bool {
	if seen[collection.Id] {
		return true
	}
	seen[collection.Id] = true
	references, err := app.FindCachedCollectionReferences(collection)
	if err != nil {
		return false
	}
	for from, fields := range references {
		for _, field := range fields {
			relation, ok := field.(*core.RelationField)
			if !ok || relation.IsMultiple() && !from.IsView() {
				return false
			}
			if relation.CascadeDelete && !from.IsView() && (from.IsAuth() && from.Id != collection.Id || !followable(app, from, seen)) {
				return false
			}
		}
	}
	return true
}

// order sets deepestFirst: the collections of the tree under one.
func (c *cascade) order(root *core.Collection) error {
	seen := map[string]bool{}
	var visit func(collection *core.Collection) error
	visit = func(collection *core.Collection) error {
		if seen[collection.Id] {
			return nil
		}
		seen[collection.Id] = true
		err := c.eachReference(collection, func(from *core.Collection, relation *core.RelationField) error {
			if !relation.CascadeDelete {
				return nil
			}
			return visit(from)
		})
		c.deepestFirst = append(c.deepestFirst, collection)
		return err
	}
	return visit(root)
}

// deleteUnder deletes everything under the root by cascading relations. If somebody listens, all records are read
// before any is deleted, because who may see one can depend on the others.
func (c *cascade) deleteUnder() error {
	if !c.listenedTo {
		return c.follow(c.root.Collection(), []string{c.root.Id}, c.delete)
	}
	if err := c.readAll(); err != nil {
		return err
	}
	if err := c.listen(); err != nil {
		return err
	}
	for from, ids := range c.gone {
		if err := c.deleteThese(from, ids); err != nil {
			return err
		}
	}
	return nil
}

// emptyRelations removes the deleted records from the relations of records that stay.
func (c *cascade) emptyRelations() error {
	for collection, ids := range c.gone {
		err := c.eachReference(collection, func(from *core.Collection, relation *core.RelationField) error {
			if relation.CascadeDelete {
				return nil
			}
			return c.empty(from, relation, oneOf(from.Name, relation.Name, ids).expression())
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// empty clears a relation of the records under a condition.
func (c *cascade) empty(from *core.Collection, relation *core.RelationField, condition dbx.Expression) error {
	var left []*core.Record
	if err := c.tx.RecordQuery(from).AndWhere(condition).All(&left); err != nil {
		return err
	}
	for _, record := range left {
		if c.isRoot(from, record.Id) {
			continue
		}
		if relation.Required {
			return fmt.Errorf("cascade: %s %s needs its %s", from.Name, record.Id, relation.Name)
		}
		record.Set(relation.Name, "")
		if err := c.tx.SaveNoValidate(record); err != nil {
			return err
		}
	}
	return nil
}

// forgetFiles notes the files of the deleted records for their removal.
func (c *cascade) forgetFiles() error {
	for collection, ids := range c.gone {
		if err := files.Forget(c.tx, collection, ids); err != nil {
			return err
		}
	}
	return nil
}
