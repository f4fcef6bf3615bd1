// Package records holds the rules of the ten collections, one file for each, and the kernel through which every create
// and update passes: on_write.go lists the order of the handlers.
package records

import (
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/config"
)

// Register binds the rules of the ten collections. They hold for every way of writing a record.
func Register(app core.App, c config.Config) {
	explainRefusals(app)
	acceptGivenDates(app, "clients", "projects", "milestones", "sessions", "goals", "deliverables", "action_items", "attachments", "comments", "bookings")
	enumerations(app, "projects", "milestones", "deliverables", "action_items", "attachments")
	clients(app)
	projects(app)
	milestones(app)
	sessions(app)
	goals(app)
	deliverables(app)
	actionItems(app)
	attachments(app, c.Timezone)
	comments(app, c.Owner)
	markUnanswered(app)
	bookings(app)
}
