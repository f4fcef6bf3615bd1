package records

import "github.com/pocketbase/pocketbase/core"

// projects binds the rules of projects. Only the owner writes them. A project that moves to another client takes all
// records under it along.
func projects(app core.App) {
	defaultTo(app, "projects", "status", always("ACTIVE"))
	oneLine(app, "projects", "title")
	visible(app, "projects", "title")
	onWrite(app, "projects", Write.belongsToClient)
}
