// Package pb_migrations holds the database schema, the permission table and the first settings, in the order of the
// file names. After the first release the schema changes only by small files added here.
package pb_migrations

import (
	"strings"

	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
	"github.com/pocketbase/pocketbase/tools/types"
)

var (
	ServiceTypes        = []string{"SOFTWARE", "ACCESSIBILITY", "AUDIO", "PRODUCTION", "MUSICIAN"}
	ProjectStatuses     = []string{"ACTIVE", "IN_REVIEW", "COMPLETED", "ON_HOLD"}
	MilestoneStatuses   = []string{"TODO", "ACTIVE", "DONE"}
	DeliverableStatuses = []string{"PENDING", "IN_PROGRESS", "DELIVERED", "APPROVED"}
	Assignees           = []string{"client", "james"}
	Uploaders           = []string{"james", "client"}
)

// Schema is the whole data model: ten collections and one for the machinery, parents before children. The relation
// `client` at the end of a record under a client is its client column: the hooks keep it right, the rules read it.
func Schema() []*core.Collection {
	return []*core.Collection{
		signIn(collection(core.CollectionTypeAuth, "clients",
			text("name", 200), text("company", 200), text("clerkId", 100), hidden(text("stripeCustomerId", 100)), date("archivedAt"),
			hidden(integer("clerkNamedAt")), hidden(integer("clerkEmailedAt")), hidden(flag("madeByClerk")), hidden(text("feedKey", 100))),
			"clerkId", "stripeCustomerId", "feedKey").with(unique("email COLLATE NOCASE"), uniqueWhenSet("clerkId")),

		base("projects", required(cascade("client", "clients")), title(), text("description", 10_000),
			oneOf("serviceType", ServiceTypes), oneOf("status", ProjectStatuses), date("dueDate")).
			with(index("client")),

		base("milestones", required(cascade("project", "projects")), title(), text("description", 10_000), integer("sortOrder"),
			oneOf("status", MilestoneStatuses), date("dueDate"), cascade("client", "clients")).
			with(index("project", "sortOrder"), index("client")),

		base("sessions", required(cascade("project", "projects")), title(), date("date"), positive("durationMin"), text("notes", 100_000),
			text("calendarEventId", 1_100), cascade("client", "clients")).
			with(index("project"), index("client")),

		base("goals", required(cascade("project", "projects")), title(), text("description", 10_000), date("targetDate"), date("completedAt"),
			cascade("client", "clients")).
			with(index("project"), index("client")),

		base("attachments", required(cascade("project", "projects")), cascade("session", "sessions"), presentable(text("filename", 255)),
			file("file", 512<<20), text("url", 500), positive("size"), text("mimeType", 200), oneOf("uploadedBy", Uploaders),
			cascade("client", "clients")).
			with(index("project"), index("session"), index("client")),

		base("deliverables", required(cascade("project", "projects")), title(), text("description", 10_000),
			oneOf("status", DeliverableStatuses), relation("attachment", "attachments"), text("feedback", 10_000),
			date("deliveredAt"), date("approvedAt"), cascade("client", "clients")).
			with(index("project"), index("attachment"), uniqueWhenSet("attachment"), index("client")),

		base("action_items", required(cascade("project", "projects")), title(), oneOf("assignedTo", Assignees), date("dueDate"),
			date("completedAt"), cascade("client", "clients")).
			with(index("project"), index("client")),

		base("comments", cascade("session", "sessions"), cascade("milestone", "milestones"), cascade("goal", "goals"),
			presentable(text("body", 10_000)), flag("isJames"), text("authorName", 255), date("editedAt"), date("deletedAt"),
			hidden(text("deletedBody", 10_000)), cascade("client", "clients")).
			with(index("session"), index("milestone"), index("goal"), index("client")),

		base("bookings", required(cascade("client", "clients")), required(text("calendarEventId", 1_100)), presentable(text("title", 1_000)),
			required(date("startTime")), required(date("endTime")), text("meetUrl", 2_000), date("cancelledAt")).
			with(index("client"), index("startTime"), unique("calendarEventId")),

		base("integrations", presentable(required(text("name", 255))), text("state", 100), text("cursor", 10_000), date("lastSuccessAt"),
			text("lastError", 2_000)).
			with(unique("name")),
	}
}

func init() {
	m.Register(func(app core.App) error {
		if users, err := app.FindCollectionByNameOrId("users"); err == nil { // PocketBase's stock one: guests could sign up
			if err := app.Delete(users); err != nil {
				return err
			}
		}
		for _, c := range Schema() {
			if err := app.Save(c); err != nil {
				return err
			}
		}
		return nil
	}, func(app core.App) error {
		all := Schema()
		for i := len(all) - 1; i >= 0; i-- {
			c, err := app.FindCollectionByNameOrId(all[i].Name)
			if err != nil {
				return err
			}
			if err := app.Delete(c); err != nil {
				return err
			}
		}
		return nil
	})
}

// table is a collection under construction; its indexes are named after it.
type table struct{ *core.Collection }

func collection(kind, name string, fields ...core.Field) table {
	c := core.NewCollection(kind, name)
	c.Fields.Add(fields...)
	c.Fields.Add(&core.AutodateField{Name: "created", OnCreate: true}, &core.AutodateField{Name: "updated", OnCreate: true, OnUpdate: true})
	return table{c}
}

func base(name string, fields ...core.Field) table {
	return collection(core.CollectionTypeBase, name, fields...)
}

func (t table) with(indexes ...indexed) *core.Collection {
	for _, i := range indexes {
		name := "idx_" + t.Name + "_" + strings.NewReplacer(" COLLATE NOCASE", "", ", ", "_").Replace(i.columns)
		if i.where != "" { // a partial index serves no look-up, so it always has a plain twin
			name += "_set"
		}
		t.AddIndex(name, i.unique, i.columns, i.where)
	}
	return t.Collection
}

// signIn makes clients sign in by a code sent to their email (and by OIDC where it is configured), by nothing else.
func signIn(t table, plainTwins ...string) table {
	t.PasswordAuth.Enabled = false
	t.Fields.GetByName(core.FieldNamePassword).(*core.PasswordField).Cost = 4 // random, thirty characters long, and never asked for
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

func index(columns ...string) indexed      { return indexed{columns: strings.Join(columns, ", ")} }
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
