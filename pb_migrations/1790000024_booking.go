package pb_migrations

import (
	"slices"

	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// BookingNotices are the notices about meetings that clients book in the portal.
var BookingNotices = []string{"bookingMade", "bookingMoved", "bookingCancelled"}

// Clients can book meetings in the portal, with a note. The mails about meetings belong to no project.
func init() {
	fields := []core.Field{
		explained(flag("madeInPortal"), "Whether the client booked it in the portal, and so may cancel or move it there. Set by the server."),
		explained(text("note", 500), "What the client wrote when they booked. Set by the server."),
		explained(text("cancelNote", 500), "What the client wrote when they cancelled. Set by the server."),
		explained(hidden(text("bookedBy", 15)), "Which of the client's people booked it. Set by the server."),
	}
	m.Register(func(app core.App) error {
		err := changeCollection(app, "bookings", func(c *core.Collection) {
			for _, field := range fields {
				if c.Fields.GetByName(field.GetName()) == nil {
					c.Fields.Add(field)
				}
			}
		})
		if err != nil {
			return err
		}
		return changeCollection(app, "outbox", func(c *core.Collection) {
			c.Fields.GetByName("project").(*core.RelationField).Required = false
			notice := c.Fields.GetByName("notice").(*core.SelectField)
			for _, name := range BookingNotices {
				if !slices.Contains(notice.Values, name) {
					notice.Values = append(notice.Values, name)
				}
			}
		})
	}, func(app core.App) error {
		if _, err := app.DB().NewQuery("DELETE FROM outbox WHERE project = ''").Execute(); err != nil {
			return err
		}
		err := changeCollection(app, "outbox", func(c *core.Collection) {
			c.Fields.GetByName("project").(*core.RelationField).Required = true
			notice := c.Fields.GetByName("notice").(*core.SelectField)
			notice.Values = slices.DeleteFunc(slices.Clone(notice.Values), func(name string) bool { return slices.Contains(BookingNotices, name) })
		})
		if err != nil {
			return err
		}
		return changeCollection(app, "bookings", func(c *core.Collection) {
			for _, field := range fields {
				c.Fields.RemoveByName(field.GetName())
			}
		})
	})
}
