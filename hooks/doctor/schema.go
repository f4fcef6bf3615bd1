package doctor

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/dbutils"
)

// schema checks whether every collection, field, index and trigger of this release exists. Additions of the owner's are
// left alone.
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

// blueprint is the schema of a new studio of this release.
type blueprint struct {
	collections []*core.Collection // Greenroom's own
	triggers    map[string]string  // by name
}

// today makes an empty studio in the temporary folder by all migrations, because only they define the schema.
var today = sync.OnceValues(func() (b blueprint, err error) {
	dir, err := os.MkdirTemp("", "greenroom-schema-")
	if err != nil {
		return b, err
	}
	defer os.RemoveAll(dir)
	app := core.NewBaseApp(core.BaseAppConfig{DataDir: dir})
	if err := app.Bootstrap(); err != nil {
		return b, err
	}
	defer func() { _ = app.ClearBootstrap() }() // the folder is removed with it
	var ours core.MigrationsList                // without the owner's migrations in JavaScript, which may need the studio's data
	for _, m := range slices.Concat(core.SystemMigrations.Items(), core.AppMigrations.Items()) {
		if filepath.Ext(m.File) == ".go" {
			ours.Add(m)
		}
	}
	if _, err := core.NewMigrationsRunner(app, ours).Up(); err != nil {
		return b, err
	}
	for _, name := range ourTables() {
		c, err := app.FindCollectionByNameOrId(name)
		if err != nil {
			return b, err
		}
		b.collections = append(b.collections, c)
	}
	b.triggers, err = triggersOf(app.DB())
	return b, err
})

func triggersOf(db dbx.Builder) (byName map[string]string, err error) {
	var rows []struct {
		Name string `db:"name"`
		SQL  string `db:"sql"`
	}
	err = db.NewQuery("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").All(&rows)
	byName = map[string]string{}
	for _, row := range rows {
		byName[row.Name] = row.SQL
	}
	return byName, err
}

func (p *patient) schemaFaults() (wrong []string, err error) {
	want, err := today()
	if err != nil {
		return nil, fmt.Errorf("there is nothing to compare it with: %w", err)
	}
	collections, err := p.collections()
	if err != nil {
		return nil, err
	}
	for _, want := range want.collections {
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
	have, err := triggersOf(p.data)
	if err != nil {
		return nil, err
	}
	for name, sql := range want.triggers {
		if have[name] != sql {
			wrong = append(wrong, "the trigger "+name+" is missing or another")
		}
	}
	slices.Sort(wrong)
	return wrong, nil
}

// fieldFaults compares the stored fields by name, type, visibility and cascade, and checks that the table has their
// columns.
func (p *patient) fieldFaults(want, have *core.Collection) (wrong []string, err error) {
	var columns []string
	if err := p.data.NewQuery("SELECT name FROM pragma_table_info({:table})").Bind(dbx.Params{"table": want.Name}).Column(&columns); err != nil {
		return nil, err
	}
	for _, field := range want.Fields {
		found, name := have.Fields.GetByName(field.GetName()), want.Name+"."+field.GetName()
		switch {
		case found == nil || !slices.Contains(columns, field.GetName()):
			wrong = append(wrong, "the field "+name+" is missing")
		case found.Type() != field.Type():
			wrong = append(wrong, "the field "+name+" holds "+found.Type()+" instead of "+field.Type())
		default:
			if fault := kindFault(field, found); fault != "" {
				wrong = append(wrong, "the field "+name+" "+fault)
			}
		}
	}
	return wrong, nil
}

// kindFault describes how a field of the right type differs in effect.
func kindFault(want, have core.Field) string {
	if want.GetHidden() && !have.GetHidden() {
		return "is shown to clients"
	}
	switch want := want.(type) {
	case *core.FileField:
		if want.Protected && !have.(*core.FileField).Protected {
			return "lets everybody open its files"
		}
	case *core.RelationField:
		if have := have.(*core.RelationField); have.CollectionId != want.CollectionId {
			return "leads to another collection"
		} else if have.CascadeDelete != want.CascadeDelete {
			return "is not deleted, or kept, with what it leads to as it should be"
		}
	case *core.SelectField:
		for _, value := range want.Values {
			if !slices.Contains(have.(*core.SelectField).Values, value) {
				return "does not know the value " + value
			}
		}
	}
	return ""
}

// indexFaults reads the indexes from the database itself.
func (p *patient) indexFaults(want *core.Collection) (wrong []string, err error) {
	var rows []struct {
		Name string `db:"name"`
		SQL  string `db:"sql"`
	}
	err = p.data.NewQuery("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql != '' AND tbl_name = {:table}").
		Bind(dbx.Params{"table": want.Name}).All(&rows)
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
