package cascade

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/integrations"
)

const service = "cascade"

func markOf(record *core.Record) string {
	return service + ":" + record.Collection().Name + "/" + record.Id
}

// Sweeping reports whether a tree is marked, so that records may hang under one that is gone.
func Sweeping(db dbx.Builder) (marked bool, err error) {
	err = db.NewQuery("SELECT EXISTS (SELECT 1 FROM integrations WHERE name LIKE '" + service + ":%')").Row(&marked)
	return marked, err
}

// mark deletes the root and writes the mark, after which the deletion will be completed. If it fails nothing has
// changed. root deletes the root in the given transaction.
func (s *sweeper) mark(c *cascade, root func(tx core.App) error) error {
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
		if err := root(rootAlone{tx}); err != nil {
			return err
		}
		return integrations.Set(tx, markOf(c.root), "sweeping", "", "")
	})
}

// rootAlone is an app to which nothing seems to hang under a record, so that PocketBase deletes the record without
// looking for its tree. Relations that are only emptied are left to it.
type rootAlone struct{ core.App }

func (a rootAlone) FindCachedCollectionReferences(collection *core.Collection, except ...string) (map[*core.Collection][]core.Field, error) {
	all, err := a.App.FindCachedCollectionReferences(collection, except...)
	left := map[*core.Collection][]core.Field{}
	for from, fields := range all {
		for _, field := range fields {
			if relation, ok := field.(*core.RelationField); !ok || !relation.CascadeDelete {
				left[from] = append(left[from], field)
			}
		}
	}
	return left, err
}

func (a rootAlone) RunInTransaction(do func(tx core.App) error) error {
	return a.App.RunInTransaction(func(tx core.App) error { return do(rootAlone{tx}) })
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

// resume finishes the sweeps that a crash interrupted.
func (s *sweeper) resume() error {
	marks, err := integrations.Rows(s.app, service, "")
	if err != nil {
		return err
	}
	for _, mark := range marks {
		name := mark.GetString("name")
		collection, id, _ := strings.Cut(strings.TrimPrefix(name, service+":"), "/")
		if err := s.resumeOne(collection, id); err != nil {
			return fmt.Errorf("cascade: resume %s: %w", name, err)
		}
		if err := integrations.Drop(s.app, name); err != nil {
			return err
		}
	}
	return nil
}

func (s *sweeper) resumeOne(collectionName, id string) error {
	collection, err := s.app.FindCachedCollectionByNameOrId(collectionName)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // the owner deleted the collection with all records
	}
	if err != nil {
		return err
	}
	root, err := s.app.FindRecordById(collection, id)
	if err == nil {
		return s.app.Delete(root) // releases before this one deleted the root in the end
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	root = core.NewRecord(collection)
	root.Id = id
	c, err := newCascade(s.app, root)
	if err != nil {
		return err
	}
	if _, err := c.isLarge(); err != nil {
		return err
	}
	if err := s.finish(c); err != nil {
		return err
	}
	s.tidyUp()
	c.announce(s.app, s.announcing)
	return nil
}
