package doctor

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/cascade"
)

// rows checks whether each relation leads to a record, and whether the client column of each record is set and agrees
// with the client of its project. The rules look at that column alone.
func rows(p *patient) check {
	if p.data == nil || p.behind {
		return check{}
	}
	c := check{Name: "records", State: ok, Say: "each belongs to something that is there"}
	sweeping, err := cascade.Sweeping(p.data)
	if err != nil {
		return unreadable("records", err)
	}
	if sweeping {
		return check{"records", warning, "something large is being deleted, or was when the server stopped", "Ask again once the server has run for a while: it finishes that"}
	}
	collections, err := p.collections()
	if err != nil {
		return unreadable("records", err)
	}
	byId, names := map[string]string{}, []string{}
	for name, c := range collections {
		byId[c.Id] = name
		names = append(names, name)
	}
	slices.Sort(names)
	var faults []string
	for _, name := range names {
		found, err := p.rowFaults(collections[name], byId)
		if err != nil {
			return unreadable("records", err)
		}
		faults = append(faults, found...)
	}
	if len(faults) > 0 {
		c.State, c.Say = fails, some(faults)
		c.Do = "Nobody sees them in the portal. Look at them in the dashboard; what was lost is in the backups: greenroom restore --to a new directory"
	}
	return c
}

// rowFaults counts the rows of a table with a broken relation or a wrong client column.
func (p *patient) rowFaults(c *core.Collection, byId map[string]string) (faults []string, err error) {
	count := func(say, where string) error {
		var n int
		if err := p.data.NewQuery("SELECT count(*) FROM {{" + c.Name + "}} r WHERE " + where).Row(&n); err != nil {
			return fmt.Errorf("%s: %w", c.Name, err)
		}
		if n > 0 {
			faults = append(faults, fmt.Sprintf("%d of %s %s", n, strings.ReplaceAll(c.Name, "_", " "), say))
		}
		return nil
	}
	if c.IsView() {
		return nil, nil
	}
	for _, field := range c.Fields {
		relation, isRelation := field.(*core.RelationField)
		if !isRelation || relation.IsMultiple() || !p.hasColumn(c.Name, relation.Name) || byId[relation.CollectionId] == "" {
			continue // the check of the schema reports a missing column
		}
		if relation.Required {
			err = count("have no "+relation.Name, "[["+relation.Name+"]] = ''")
		}
		column, target := "[["+relation.Name+"]]", byId[relation.CollectionId]
		if err == nil {
			err = count("have a "+relation.Name+" that is gone", column+" != '' AND "+column+" NOT IN (SELECT id FROM {{"+target+"}})")
		}
		if err == nil && p.hasColumn(c.Name, "client") && p.hasColumn(target, "client") {
			err = count("belong to another client than their "+relation.Name, "EXISTS (SELECT 1 FROM {{"+target+"}} t WHERE t.id = r."+column+" AND t.client != r.client)")
		}
		if err != nil {
			return nil, err
		}
	}
	if c.Name == "comments" && len(faults) == 0 {
		err = count("hang off nothing", "[[session]] = '' AND [[milestone]] = '' AND [[goal]] = '' AND [[deliverable]] = ''")
	}
	return faults, err
}

func (p *patient) hasColumn(table, column string) bool {
	var n int
	err := p.data.NewQuery("SELECT count(*) FROM pragma_table_info({:table}) WHERE name = {:column}").Bind(dbx.Params{"table": table, "column": column}).Row(&n)
	return err == nil && n > 0
}
