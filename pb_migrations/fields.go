package pb_migrations

import (
	"strings"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// The functions of this file describe collections and fields briefly, for the schema.

// table is a collection that is being defined. Its indexes are named after it.
type table struct{ *core.Collection }

func collection(kind, name string, fields ...core.Field) table {
	c := core.NewCollection(kind, name)
	// The fields stand after the id and before PocketBase's own, because the dashboard shows them in this order.
	c.Fields.AddAt(1, fields...)
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
		// SQLite cannot use a partial unique index for look-ups, so there is always a plain one too.
		case i.where != "" && i.unique:
			name += "_set"
		case i.where != "":
			name += "_open"
		}
		t.AddIndex(name, i.unique, i.columns, i.where)
	}
	return t.Collection
}

// signIn lets clients sign in by a code sent to their email, and by OIDC if it is configured, and in no other way.
func signIn(t table, plainTwins ...string) table {
	t.PasswordAuth.Enabled = false
	// The dashboard shows it for a client without a name.
	t.Fields.GetByName(core.FieldNameEmail).(*core.EmailField).Presentable = true
	// Random, thirty characters long, and never used.
	t.Fields.GetByName(core.FieldNamePassword).(*core.PasswordField).Cost = 4
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

// indexOf is a partial index over the rows that the owner's briefing reads. Its condition occurs in no client's request, so
// SQLite never uses it for those.
func indexOf(where string, columns ...string) indexed {
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

// idOf returns the id that PocketBase derives from a collection's type and name, so that a relation can be defined
// before its target is saved.
func idOf(name string) string {
	if name == "clients" {
		return core.NewAuthCollection(name).Id
	}
	return core.NewBaseCollection(name).Id
}

// changeCollection applies a change to a collection and saves it, for the migrations that follow the schema.
func changeCollection(app core.App, name string, change func(c *core.Collection)) error {
	c, err := app.FindCollectionByNameOrId(name)
	if err != nil {
		return err
	}
	change(c)
	return app.Save(c)
}
