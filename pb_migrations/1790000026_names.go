package pb_migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// Several people may act for one client, so files and ticks store the name of the author, as comments do. Older ones
// have no name, because only the client can have made them.
func init() {
	names := map[string]string{
		"attachments":  "Who of the client's side sent it. Set by the server.",
		"action_items": "Who of the client's side marked it as done. Set by the server.",
		"goals":        "Who of the client's side marked it as reached. Set by the server.",
	}
	m.Register(func(app core.App) error {
		for collection, help := range names {
			err := changeCollection(app, collection, func(c *core.Collection) {
				if c.Fields.GetByName("authorName") == nil {
					c.Fields.Add(explained(text("authorName", 255), help))
				}
			})
			if err != nil {
				return err
			}
		}
		return nil
	}, func(app core.App) error {
		for collection := range names {
			err := changeCollection(app, collection, func(c *core.Collection) { c.Fields.RemoveByName("authorName") })
			if err != nil {
				return err
			}
		}
		return nil
	})
}
