// Package cascade deletes what hangs under a record set by set instead of record by record.
//
// PocketBase follows relations one record at a time, each with its own statements, while every other writer waits: ten
// thousand descendants take seconds. Here each relation is followed with one statement for a whole level of the tree, in
// the one transaction of the delete, so that a failure anywhere leaves everything as it was. What PocketBase promises
// stays: files go, relations that do not cascade are emptied, after-delete hooks fire for each record, live subscribers
// hear of each record that they may see. Hooks that run before a delete see the record that was asked for alone.
package cascade

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Register takes over the cascade of every collection whose tree it can follow set by set; the rest stays PocketBase's.
// Call it after every other handler for deletes of ours is bound: they all do with a record's id and collection, so that
// records are only read in full when somebody else listens too.
func Register(app core.App) {
	ours := app.OnRecordAfterDeleteSuccess().Length()
	app.OnRecordDeleteExecute().BindFunc(func(e *core.RecordEvent) error {
		if !followable(e.App, e.Record.Collection(), map[string]bool{}) {
			return e.Next()
		}
		outer := e.App
		defer func() { e.App = outer }()
		return outer.RunInTransaction(func(tx core.App) error {
			e.App = tx
			c := &cascade{tx: tx, full: app.OnRecordAfterDeleteSuccess().Length() > ours || app.SubscriptionsBroker().TotalClients() > 0, deleted: map[*core.Collection][]string{}}
			if err := c.deleteUnder(e.Record.Collection(), []string{e.Record.Id}); err != nil {
				return err
			}
			if err := c.emptyRelations(); err != nil {
				return err
			}
			tx.TxInfo().OnComplete(func(err error) error {
				if err != nil {
					return nil
				}
				return c.announce(app)
			})
			return e.Next()
		})
	})
}

// cascade is the deletion of one record's tree.
type cascade struct {
	tx      core.App
	full    bool                          // read the records in full before they go
	order   []*core.Collection            // of deleted, as they went
	deleted map[*core.Collection][]string // ids
	records map[string]*core.Record       // by collection and id, where they were read
	heard   []hearing
}

// followable tells whether every relation under the collection holds a single record.
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
			if relation.CascadeDelete && !from.IsView() && !followable(app, from, seen) {
				return false
			}
		}
	}
	return true
}

// deleteUnder deletes all records that hang under the given ones by a cascading relation, level by level.
func (c *cascade) deleteUnder(collection *core.Collection, ids []string) error {
	return c.eachReference(collection, func(from *core.Collection, relation *core.RelationField) error {
		if !relation.CascadeDelete {
			return nil
		}
		gone, err := c.delete(from, relation.Name, ids)
		if err != nil {
			return fmt.Errorf("cascade: delete %s by %s: %w", from.Name, relation.Name, err)
		}
		if len(gone) == 0 {
			return nil
		}
		if c.deleted[from] == nil {
			c.order = append(c.order, from)
		}
		c.deleted[from] = append(c.deleted[from], gone...)
		return c.deleteUnder(from, gone)
	})
}

// delete removes a collection's records by what a relation of theirs points to and returns their ids.
func (c *cascade) delete(from *core.Collection, relation string, to []string) (gone []string, err error) {
	condition := oneOf(from.Name, relation, to)
	listeners := listenersTo(c.tx, from)
	if c.full || len(listeners) > 0 {
		if err := c.read(from, condition, listeners); err != nil {
			return nil, err
		}
	}
	table := "{{" + from.Name + "}}"
	err = c.tx.DB().NewQuery("DELETE FROM " + table + " WHERE " + condition.sql + " RETURNING [[id]]").Bind(condition.params).Column(&gone)
	return gone, err
}

// read keeps the records that are about to go, and finds out who may hear of which.
func (c *cascade) read(from *core.Collection, condition condition, listeners []listener) error {
	var records []*core.Record
	if err := c.tx.RecordQuery(from).AndWhere(condition.expression()).All(&records); err != nil {
		return err
	}
	if c.records == nil {
		c.records = map[string]*core.Record{}
	}
	for _, record := range records {
		c.records[from.Id+"/"+record.Id] = record
	}
	if len(records) == 0 {
		return nil
	}
	for _, l := range listeners {
		ids, err := l.mayHear(c.tx, from, condition)
		if err != nil {
			return err
		}
		c.heard = append(c.heard, hearing{l, from, ids})
	}
	return nil
}

// emptyRelations takes the deleted records out of the relations of those that stay.
func (c *cascade) emptyRelations() error {
	for _, collection := range c.order {
		err := c.eachReference(collection, func(from *core.Collection, relation *core.RelationField) error {
			if relation.CascadeDelete {
				return nil
			}
			var left []*core.Record
			if err := c.tx.RecordQuery(from).AndWhere(oneOf(from.Name, relation.Name, c.deleted[collection]).expression()).All(&left); err != nil {
				return err
			}
			for _, record := range left {
				if relation.Required {
					return fmt.Errorf("cascade: %s %s needs its %s", from.Name, record.Id, relation.Name)
				}
				record.Set(relation.Name, "")
				if err := c.tx.SaveNoValidate(record); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// eachReference calls do for each relation that points to the collection, in a fixed order.
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

// announce tells the hooks and the live subscribers, now that all of it is gone for good; the deepest level first, as
// PocketBase does.
func (c *cascade) announce(app core.App) error {
	for _, collection := range slices.Backward(c.order) {
		for _, id := range c.deleted[collection] {
			event := new(core.ModelEvent)
			event.App, event.Context, event.Type = app, context.Background(), core.ModelEventTypeDelete
			event.Model = c.record(collection, id)
			if err := app.OnModelAfterDeleteSuccess().Trigger(event); err != nil {
				app.Logger().Error("A hook after a delete failed.", "collection", collection.Name, "id", id, "error", err)
			}
		}
	}
	for _, h := range slices.Backward(c.heard) {
		h.tell(app, c)
	}
	return nil
}

// record is the deleted record: as it was where it was read, else its id alone.
func (c *cascade) record(collection *core.Collection, id string) *core.Record {
	if record, ok := c.records[collection.Id+"/"+id]; ok {
		return record
	}
	record := core.NewRecord(collection)
	record.Id = id
	record.MarkAsNotNew()
	return record
}

// condition is "the column is one of the ids", with the ids as one parameter however many they are.
type condition struct {
	sql    string
	params dbx.Params
}

func oneOf(table, column string, ids []string) condition {
	list, _ := json.Marshal(ids) // strings always marshal
	return condition{"{{" + table + "}}.[[" + column + "]] IN (SELECT [[value]] FROM json_each({:cascadeIds}))", dbx.Params{"cascadeIds": string(list)}}
}

func (c condition) expression() dbx.Expression { return dbx.NewExp(c.sql, c.params) }
