package pb_migrations

import (
	"slices"
	"strings"

	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// FilesOpen is the notice that the files of a deliverable can be opened because its invoice is paid.
const FilesOpen = "filesOpen"

// This migration connects work and payment: a session names the invoice on which it is billed, and a deliverable the
// one for which its files wait. Stripe's ids are hidden, so that pages, live messages, exports and filters do not
// contain them, because some of a client's people may not see money. Everybody may see whether files are locked.
func init() {
	added := []struct {
		collection string
		fields     []core.Field
		indexes    []indexed
	}{
		{"sessions", []core.Field{
			explained(hidden(text("invoice", 100)), "The invoice at Stripe that the session is billed on. Set by the server, and emptied when the invoice is voided or deleted there."),
		}, []indexed{index("invoice")}},
		{"deliverables", []core.Field{
			explained(hidden(text("invoice", 100)), "The files open when this invoice is paid: its id at Stripe (in_…) or its number. Empty it to open them by hand."),
			explained(relation("preview", "attachments"), "A file that can be heard or seen before the invoice is paid. It has to be one of the project's."),
			explained(flag("locked"), "Whether the files wait for a payment. Set by the server."),
			explained(hidden(text("invoicePaid", 100)), "The invoice that was found paid. Set by the server."),
		}, []indexed{index("invoice"), index("preview")}},
	}
	m.Register(func(app core.App) error {
		for _, a := range added {
			err := changeCollection(app, a.collection, func(c *core.Collection) {
				for _, field := range a.fields {
					if c.Fields.GetByName(field.GetName()) == nil {
						c.Fields.Add(field)
					}
				}
				table{c}.with(a.indexes...)
			})
			if err != nil {
				return err
			}
		}
		return changeNotices(app, func(values []string) []string { return append(values, FilesOpen) })
	}, func(app core.App) error {
		if _, err := app.DB().NewQuery("DELETE FROM outbox WHERE notice = '" + FilesOpen + "'").Execute(); err != nil {
			return err
		}
		err := changeNotices(app, func(values []string) []string {
			return slices.DeleteFunc(values, func(value string) bool { return value == FilesOpen })
		})
		if err != nil {
			return err
		}
		for _, a := range added {
			err := changeCollection(app, a.collection, func(c *core.Collection) {
				for _, i := range a.indexes {
					c.RemoveIndex("idx_" + c.Name + "_" + strings.ReplaceAll(i.columns, ", ", "_"))
				}
				for _, field := range a.fields {
					c.Fields.RemoveByName(field.GetName())
				}
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// changeNotices changes the notices that the outbox accepts.
func changeNotices(app core.App, change func(values []string) []string) error {
	return changeCollection(app, "outbox", func(c *core.Collection) {
		notice := c.Fields.GetByName("notice").(*core.SelectField)
		notice.Values = change(slices.Clone(notice.Values))
	})
}
