package cascade

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

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

// deleteThese deletes records by their ids.
func (c *cascade) deleteThese(collection *core.Collection, ids []string) error {
	condition := oneOf(collection.Name, "id", ids)
	if _, err := c.tx.DB().NewQuery("DELETE FROM {{" + collection.Name + "}} WHERE " + condition.sql).Bind(condition.params).Execute(); err != nil {
		return fmt.Errorf("cascade: delete %s: %w", collection.Name, err)
	}
	return nil
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

// readAll reads all records of the tree.
func (c *cascade) readAll() error {
	located := c.gone
	c.gone, c.records = map[*core.Collection][]string{}, map[string]*core.Record{}
	err := c.follow(c.root.Collection(), []string{c.root.Id}, c.read)
	if err != nil {
		c.gone, c.records = located, map[string]*core.Record{}
	}
	return err
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
