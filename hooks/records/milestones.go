package records

import "github.com/pocketbase/pocketbase/core"

// milestones binds the rules of milestones, the owner's steps of a project in the order of sortOrder.
func milestones(app core.App) {
	defaultTo(app, "milestones", "status", always("TODO"))
	oneLine(app, "milestones", "title")
	visible(app, "milestones", "title")
	onWrite(app, "milestones", func(w Write) error { return w.inherit("project") })
}
