package pb_migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// The owner's briefing shows the first hundred of what waits and of what is due. With indexes in their order, only
// those are read. Before, SQLite read and sorted all deliverables in a status and all projects, which took 60 ms in a
// studio of 1,000 projects.
func init() {
	indexes := []struct{ collection, name, columns, where string }{
		{"deliverables", "idx_deliverables_status_deliveredAt_open", "status, deliveredAt, id", "client != ''"},
		{"deliverables", "idx_deliverables_status_updated_open", "status, updated, id", "client != '' AND feedback != ''"},
		{"projects", "idx_projects_dueDate_open", "dueDate", "client != '' AND dueDate != ''"},
	}
	m.Register(func(app core.App) error {
		for _, i := range indexes {
			if err := changeCollection(app, i.collection, func(c *core.Collection) { c.AddIndex(i.name, false, i.columns, i.where) }); err != nil {
				return err
			}
		}
		return nil
	}, func(app core.App) error {
		for _, i := range indexes {
			if err := changeCollection(app, i.collection, func(c *core.Collection) { c.RemoveIndex(i.name) }); err != nil {
				return err
			}
		}
		return nil
	})
}
