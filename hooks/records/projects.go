package records

import "github.com/pocketbase/pocketbase/core"

// projects: made and changed by the owner alone. One that goes to another client takes everything under it along.
func projects(app core.App) {
	defaultTo(app, "projects", "status", always("ACTIVE"))
	oneLine(app, "projects", "title")
	visible(app, "projects", "title")
	onWrite(app, "projects", Write.belongsToClient)
}
