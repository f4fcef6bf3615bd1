// Package cascade deletes the records under a record in sets instead of one by one.
//
// PocketBase follows relations record by record, each with statements of its own, while every other writer waits: ten
// thousand descendants take seconds. Here each relation is followed by one statement for a whole level of the tree,
// inside the transaction of the delete, so that a failure anywhere changes nothing. A large tree is marked and swept in
// several transactions (sweep.go). What PocketBase promises stays true: files are removed, relations without cascade
// are emptied, after-delete hooks run for each record, and live subscribers get each record that they may see. Only
// hooks before a delete are an exception: they run for the requested record alone.
package cascade

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/routine"

	"greenroom/hooks/files"
)

// Register takes over the deletion of every collection whose tree it can follow set by set; others are left to
// PocketBase. Call it after all other delete handlers of Greenroom's are bound. They only need a record's id and
// collection, so records are read before they are deleted only if a later handler exists.
func Register(app core.App) {
	ours := app.OnRecordAfterDeleteSuccess().Length()
	sweeper := newSweeper(app)
	announcing := new(sync.WaitGroup)
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
		listenedTo := app.OnRecordAfterDeleteSuccess().Length() > ours || app.SubscriptionsBroker().TotalClients() > 0
		c := &cascade{tx: outer, root: e.Record, gone: map[*core.Collection][]string{}, records: map[string]*core.Record{}, count: unknown}
		if err := c.order(e.Record.Collection()); err != nil {
			return err
		}
		// If another handler may still refuse the delete, or if it is part of a larger transaction, everything is deleted at
		// once.
		if !outer.IsTransactional() && app.OnRecordDeleteExecute().Length() == inTheEnd {
			large, err := c.isLarge()
			if err != nil {
				return err
			}
			if large {
				return sweeper.sweepAll(c, e, listenedTo, func() { c.announce(app, announcing) })
			}
		}
		return outer.RunInTransaction(func(tx core.App) error {
			e.App = tx
			c.tx = tx
			if err := sweeper.writesMuch(c); err != nil {
				return err
			}
			if err := sweeper.wordsLater(c, func() error { return c.deleteUnder(listenedTo) }); err != nil {
				return err
			}
			if err := c.emptyRelations(); err != nil {
				return err
			}
			for collection, ids := range c.gone {
				if err := files.Forget(tx, collection, ids); err != nil {
					return err
				}
			}
			tx.TxInfo().OnComplete(func(err error) error {
				if err == nil {
					if len(c.gone) > 0 && c.count >= wordsAtOnce {
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
func (c *cascade) deleteUnder(listenedTo bool) error {
	if !listenedTo {
		return c.follow(c.root.Collection(), []string{c.root.Id}, c.delete)
	}
	if err := c.follow(c.root.Collection(), []string{c.root.Id}, c.read); err != nil {
		return err
	}
	if err := c.listen(); err != nil {
		return err
	}
	for from, ids := range c.gone {
		condition := oneOf(from.Name, "id", ids)
		if _, err := c.tx.DB().NewQuery("DELETE FROM {{" + from.Name + "}} WHERE " + condition.sql).Bind(condition.params).Execute(); err != nil {
			return fmt.Errorf("cascade: delete %s: %w", from.Name, err)
		}
	}
	return nil
}

// follow calls take for the records under the given ones, level by level, once for each relation of a level.
func (c *cascade) follow(collection *core.Collection, ids []string, take func(*core.Collection, condition) ([]string, error)) error {
	return c.eachReference(collection, func(from *core.Collection, relation *core.RelationField) error {
		if !relation.CascadeDelete {
			return nil
		}
		taken, err := take(from, oneOf(from.Name, relation.Name, ids))
		if err != nil {
			return fmt.Errorf("cascade: %s by %s: %w", from.Name, relation.Name, err)
		}
		// A relation may lead back to the root, which is deleted last.
		taken = slices.DeleteFunc(taken, func(id string) bool { return c.isRoot(from, id) })
		if len(taken) == 0 {
			return nil
		}
		c.gone[from] = append(c.gone[from], taken...)
		return c.follow(from, taken, take)
	})
}

func (c *cascade) isRoot(collection *core.Collection, id string) bool {
	return id == c.root.Id && collection.Id == c.root.Collection().Id
}

// delete deletes the records under a condition and returns their ids.
func (c *cascade) delete(from *core.Collection, condition condition) (ids []string, err error) {
	err = c.tx.DB().NewQuery("DELETE FROM {{" + from.Name + "}} WHERE " + condition.sql + " RETURNING [[id]]").Bind(condition.params).Column(&ids)
	return ids, err
}

// collect returns the ids of the records under a condition.
func (c *cascade) collect(from *core.Collection, condition condition) (ids []string, err error) {
	err = c.tx.DB().NewQuery("SELECT [[id]] FROM {{" + from.Name + "}} WHERE " + condition.sql).Bind(condition.params).Column(&ids)
	return ids, err
}

// locate returns the ids of the records under a condition that it has not returned before, and keeps their rowids.
func (c *cascade) locate(from *core.Collection, condition condition) (ids []string, err error) {
	rows, err := c.tx.DB().NewQuery("SELECT [[id]], rowid FROM {{" + from.Name + "}} WHERE " + condition.sql).Bind(condition.params).Rows()
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	if c.rowids == nil {
		c.rowids = map[string]map[string]int64{}
	}
	known := c.rowids[from.Id]
	if known == nil {
		known = map[string]int64{}
		c.rowids[from.Id] = known
	}
	for rows.Next() {
		var id string
		var rowid int64
		if err := rows.Scan(&id, &rowid); err != nil {
			return nil, err
		}
		if _, again := known[id]; !again {
			known[id] = rowid
			ids = append(ids, id)
		}
	}
	return ids, rows.Err()
}

// asTheyLie returns the ids of a collection's records in the order of their rows in the file. Neighbours share pages,
// and a transaction writes each changed page once.
func (c *cascade) asTheyLie(collection *core.Collection) []string {
	rowids := c.rowids[collection.Id]
	return slices.SortedFunc(slices.Values(c.gone[collection]), func(a, b string) int { return cmp.Compare(rowids[a], rowids[b]) })
}

// read stores the records under a condition, and returns the ids of those that were not found through another relation
// before.
func (c *cascade) read(from *core.Collection, condition condition) (ids []string, err error) {
	var records []*core.Record
	if err := c.tx.RecordQuery(from).AndWhere(condition.expression()).All(&records); err != nil {
		return nil, err
	}
	for _, record := range records {
		key := from.Id + "/" + record.Id
		if c.records[key] == nil {
			c.records[key] = record
			ids = append(ids, record.Id)
		}
	}
	return ids, nil
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

// eachReference calls do for each relation to the collection, in a fixed order.
func (c *cascade) eachReference(collection *core.Collection, do func(*core.Collection, *core.RelationField) error) error {
	references, err := c.tx.FindCachedCollectionReferences(collection)
	if err != nil {
		return err
	}
	byName := slices.SortedFunc(maps.Keys(references), func(a, b *core.Collection) int { return strings.Compare(a.Name, b.Name) })
	for _, from := range byName {
		if from.IsView() {
			continue
		}
		for _, field := range references[from] {
			if err := do(from, field.(*core.RelationField)); err != nil {
				return err
			}
		}
	}
	return nil
}

// announcedInTime is the number of descendants whose hooks run before the delete is answered. The hooks of a larger
// tree run afterwards, because everything is committed and nobody needs to wait for them.
const announcedInTime = 500

// announce runs the hooks and tells live subscribers after the commit, the deepest records first, as PocketBase does.
func (c *cascade) announce(app core.App, announcing *sync.WaitGroup) {
	count := 0
	for _, ids := range c.gone {
		count += len(ids)
	}
	if count > announcedInTime {
		announcing.Go(func() {
			if err := routine.SafeWrap(func() error { c.tell(app); return nil })(); err != nil {
				app.Logger().Error("The hooks after a large delete stopped.", "error", err)
			}
		})
		return
	}
	c.tell(app)
}

func (c *cascade) tell(app core.App) {
	for _, collection := range c.deepestFirst {
		for _, id := range slices.Backward(c.gone[collection]) {
			event := new(core.ModelEvent)
			event.App, event.Context, event.Type = app, context.Background(), core.ModelEventTypeDelete
			event.Model = c.record(collection, id)
			if err := app.OnModelAfterDeleteSuccess().Trigger(event); err != nil {
				app.Logger().Error("A hook after a delete failed.", "collection", collection.Name, "id", id, "error", err)
			}
		}
	}
	for _, h := range c.heard {
		h.tell(app, c)
	}
}

// record returns a deleted record: complete if it was read before, else with only its id.
func (c *cascade) record(collection *core.Collection, id string) *core.Record {
	if record, ok := c.records[collection.Id+"/"+id]; ok {
		return record
	}
	record := core.NewRecord(collection)
	record.Id = id
	record.MarkAsNotNew()
	return record
}

// condition is "the column is one of the ids". The ids are one JSON parameter, so their number is not limited.
type condition struct {
	sql    string
	params dbx.Params
}

func oneOf(table, column string, ids []string) condition {
	list, _ := json.Marshal(ids) // strings always encode
	return condition{"{{" + table + "}}.[[" + column + "]] IN (SELECT [[value]] FROM json_each({:cascadeIds}))", dbx.Params{"cascadeIds": string(list)}}
}

func (c condition) expression() dbx.Expression { return dbx.NewExp(c.sql, c.params) }
