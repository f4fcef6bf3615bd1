// Package records holds the rules of the studio's own records, one file a collection, and the kernel by which every
// create and update goes: on_write.go says in which order.
package records

import (
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/config"
)

// Register binds the rules of the ten collections to the app. They hold for each way a record can be written.
func Register(app core.App, c config.Config) {
	explainRefusals(app)
	keepGivenDates(app, "clients", "projects", "milestones", "sessions", "goals", "deliverables", "action_items", "attachments", "comments", "bookings")
	enumerations(app, "projects", "milestones", "deliverables", "action_items", "attachments")
	clients(app)
	projects(app)
	milestones(app)
	sessions(app)
	goals(app)
	deliverables(app)
	actionItems(app)
	attachments(app)
	comments(app, c.Owner)
	markUnanswered(app)
	bookings(app)
}
