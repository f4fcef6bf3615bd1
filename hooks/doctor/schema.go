package doctor

import (
	"reflect"
	"strings"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/dbutils"

	"greenroom/pb_migrations"
)

// schema looks whether every collection, field and index of ours is there. What the owner has added is theirs.
func schema(p *patient) check {
	if p.data == nil || p.behind {
		return check{}
	}
	c := check{Name: "schema", State: ok, Say: "every collection, field and index is there"}
	wrong, err := p.schemaFaults()
	if err != nil {
		wrong = []string{err.Error()}
	}
	if len(wrong) > 0 {
		c.State, c.Say, c.Do = fails, strings.Join(wrong, "; "), "Put it back in the dashboard under Collections, or restore the newest backup"
	}
	return c
}

func (p *patient) schemaFaults() (wrong []string, err error) {
	collections, err := p.collections()
	if err != nil {
		return nil, err
	}
	for _, want := range pb_migrations.Schema() {
		have := collections[want.Name]
		if have == nil {
			wrong = append(wrong, "the collection "+want.Name+" is missing")
			continue
		}
		fields, err := p.fieldFaults(want, have)
		if err != nil {
			return nil, err
		}
		indexes, err := p.indexFaults(want)
		if err != nil {
			return nil, err
		}
		wrong = append(append(wrong, fields...), indexes...)
	}
	return wrong, nil
}

// fieldFaults compares the fields by name and type, in PocketBase's books and in the table itself.
func (p *patient) fieldFaults(want, have *core.Collection) (wrong []string, err error) {
	var columns []string
	if err := p.data.NewQuery("SELECT name FROM pragma_table_info({:table})").Bind(map[string]any{"table": want.Name}).Column(&columns); err != nil {
		return nil, err
	}
	inTable := map[string]bool{}
	for _, name := range columns {
		inTable[name] = true
	}
	for _, field := range want.Fields {
		name := want.Name + "." + field.GetName()
		switch found := have.Fields.GetByName(field.GetName()); {
		case found == nil || !inTable[field.GetName()]:
			wrong = append(wrong, "the field "+name+" is missing")
		case found.Type() != field.Type():
			wrong = append(wrong, "the field "+name+" holds "+found.Type()+" instead of "+field.Type())
		}
	}
	return wrong, nil
}

// indexFaults looks for the indexes where they work, in the database itself.
func (p *patient) indexFaults(want *core.Collection) (wrong []string, err error) {
	var rows []struct {
		Name string `db:"name"`
		SQL  string `db:"sql"`
	}
	err = p.data.NewQuery("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql != '' AND tbl_name = {:table}").
		Bind(map[string]any{"table": want.Name}).All(&rows)
	if err != nil {
		return nil, err
	}
	have := map[string]dbutils.Index{}
	for _, row := range rows {
		have[row.Name] = dbutils.ParseIndex(row.SQL)
	}
	for _, sql := range want.Indexes {
		index := dbutils.ParseIndex(sql)
		found, there := have[index.IndexName]
		switch {
		case !there:
			wrong = append(wrong, "the index "+index.IndexName+" is missing")
		case found.Unique != index.Unique || found.Where != index.Where || !reflect.DeepEqual(found.Columns, index.Columns):
			wrong = append(wrong, "the index "+index.IndexName+" is not as it should be")
		}
	}
	return wrong, nil
}
