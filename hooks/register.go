// Package hooks holds the rules of the studio's own records, one file a collection, and a folder for each service.
package hooks

import (
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/billing"
	"greenroom/hooks/briefing"
	"greenroom/hooks/calendar"
	"greenroom/hooks/cascade"
	"greenroom/hooks/clerk"
	"greenroom/hooks/config"
	"greenroom/hooks/files"
	"greenroom/hooks/fresh"
	"greenroom/hooks/notify"
	"greenroom/hooks/portal"
	"greenroom/hooks/studio"
)

// Register binds every rule to the app. They hold for each way a record can be written.
func Register(app core.App, c config.Config) {
	settings(app, c)
	signIn(app)
	limitBodies(app)
	explainRefusals(app)

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
	lastWord(app)
	bookings(app)

	fresh.Register(app)
	portal.Register(app, c)
	briefing.Register(app, c)
	studio.Register(app, c)
	notify.Register(app, c)
	clerk.Register(app, c)
	calendar.Register(app, c)
	billing.Register(app, c)
	files.Register(app, c)
	cascade.Register(app) // after all other handlers for deletes
}
