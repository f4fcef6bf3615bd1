package pb_migrations

import (
	"strings"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// These are the words that the schema is written in.

// table is a collection under construction; its indexes are named after it.
type table struct{ *core.Collection }

func collection(kind, name string, fields ...core.Field) table {
	c := core.NewCollection(kind, name)
	c.Fields.AddAt(1, fields...) // after the id, and before what PocketBase adds: as they are listed, so they are read
	c.Fields.Add(&core.AutodateField{Name: "created", OnCreate: true}, &core.AutodateField{Name: "updated", OnCreate: true, OnUpdate: true})
	explain(c)
	return table{c}
}

func base(name string, fields ...core.Field) table {
	return collection(core.CollectionTypeBase, name, fields...)
}

func (t table) with(indexes ...indexed) *core.Collection {
	for _, i := range indexes {
		name := "idx_" + t.Name + "_" + strings.NewReplacer(" COLLATE NOCASE", "", ", ", "_").Replace(i.columns)
		switch {
		case i.where != "" && i.unique: // it serves no look-up, so it always has a plain twin
			name += "_set"
		case i.where != "":
			name += "_open"
		}
		t.AddIndex(name, i.unique, i.columns, i.where)
	}
	return t.Collection
}

// signIn makes clients sign in by a code sent to their email (and by OIDC where it is configured), by nothing else.
func signIn(t table, plainTwins ...string) table {
	t.PasswordAuth.Enabled = false
	t.Fields.GetByName(core.FieldNameEmail).(*core.EmailField).Presentable = true // a client without a name is known by it
	t.Fields.GetByName(core.FieldNamePassword).(*core.PasswordField).Cost = 4     // random, thirty characters long, and never asked for
	t.AuthAlert.Enabled = false
	t.OTP.Enabled, t.OTP.Length, t.OTP.Duration = true, 8, 600 // seconds: mail can be slow
	t.AuthToken.Duration = 14 * 24 * 3600
	t.RemoveIndex("idx_email_" + t.Id) // PocketBase's own is partial and case-sensitive
	for _, column := range plainTwins {
		t.with(index(column))
	}
	return t
}

type indexed struct {
	columns, where string
	unique         bool
}

func index(columns ...string) indexed { return indexed{columns: strings.Join(columns, ", ")} }
func indexOf(where string, columns ...string) indexed { // of rows that the owner's briefing looks for, under a condition that no client's request repeats
	return indexed{columns: strings.Join(columns, ", "), where: where}
}
func unique(column string) indexed         { return indexed{columns: column, unique: true} }
func uniqueWhenSet(column string) indexed  { return indexed{column, column + " != ''", true} }
func text(name string, max int) core.Field { return &core.TextField{Name: name, Max: max} }
func date(name string) core.Field          { return &core.DateField{Name: name} }
func flag(name string) core.Field          { return &core.BoolField{Name: name} }
func integer(name string) core.Field       { return &core.NumberField{Name: name, OnlyInt: true} }
func title() core.Field                    { return presentable(required(text("title", 500))) }
func relation(name, to string) core.Field {
	return &core.RelationField{Name: name, CollectionId: idOf(to)}
}
func cascade(name, to string) core.Field {
	return &core.RelationField{Name: name, CollectionId: idOf(to), CascadeDelete: true}
}
func file(name string, max int) core.Field {
	return &core.FileField{Name: name, MaxSize: int64(max), Protected: true, Required: true}
}
func positive(name string) core.Field {
	return &core.NumberField{Name: name, OnlyInt: true, Min: types.Pointer(0.0)}
}
func oneOf(name string, v []string) core.Field {
	return &core.SelectField{Name: name, Values: v, Required: true}
}

func hidden(f core.Field) core.Field { f.SetHidden(true); return f }

func presentable(f core.Field) core.Field { f.(*core.TextField).Presentable = true; return f }

func required(f core.Field) core.Field {
	switch f := f.(type) {
	case *core.TextField:
		f.Required = true
	case *core.DateField:
		f.Required = true
	case *core.RelationField:
		f.Required = true
	}
	return f
}

// idOf gives the id PocketBase derives from a collection's type and name, so that relations can be written down before
// their target is saved.
func idOf(name string) string {
	if name == "clients" {
		return core.NewAuthCollection(name).Id
	}
	return core.NewBaseCollection(name).Id
}

// changeCollection saves a collection with a change, for the small migrations that follow the schema.
func changeCollection(app core.App, name string, change func(c *core.Collection)) error {
	c, err := app.FindCollectionByNameOrId(name)
	if err != nil {
		return err
	}
	change(c)
	return app.Save(c)
}
