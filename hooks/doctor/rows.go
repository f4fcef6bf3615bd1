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
	ours, err := p.columns(c.Name)
	if err != nil {
		return nil, err
	}
	for _, field := range c.Fields {
		relation, isRelation := field.(*core.RelationField)
		if !isRelation || relation.IsMultiple() || !ours[relation.Name] || byId[relation.CollectionId] == "" {
			continue // the check of the schema reports a missing column
		}
		column, target := "[["+relation.Name+"]]", byId[relation.CollectionId]
		theirs, err := p.columns(target)
		if err == nil && relation.Required {
			err = count("have no "+relation.Name, column+" = ''")
		}
		if err == nil {
			err = count("have a "+relation.Name+" that is gone", column+" != '' AND "+column+" NOT IN (SELECT id FROM {{"+target+"}})")
		}
		if err == nil && ours["client"] && theirs["client"] {
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

// columns returns the names of a table's columns.
func (p *patient) columns(table string) (map[string]bool, error) {
	var all []string
	if err := p.data.NewQuery("SELECT name FROM pragma_table_info({:table})").Bind(dbx.Params{"table": table}).Column(&all); err != nil {
		return nil, fmt.Errorf("the columns of %s: %w", table, err)
	}
	names := map[string]bool{}
	for _, name := range all {
		names[name] = true
	}
	return names, nil
}
