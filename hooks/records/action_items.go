package records

import "github.com/pocketbase/pocketbase/core"

// actionItems binds the rules of action_items, the owner's list of who does what next. A client can tick and untick
// those that are assigned to them, and change nothing else.
func actionItems(app core.App) {
	oneLine(app, "action_items", "title")
	visible(app, "action_items", "title")
	clientMay(app, "action_items", "completedAt")
	serverSets(app, "action_items", "authorName")
	onWrite(app, "action_items", func(w Write) error {
		if w.client != nil && w.Was.GetString("assignedTo") != "client" {
			return refuse("assignedTo", "You can tick what is assigned to you. This item no longer is.")
		}
		if err := w.tick("completedAt"); err != nil {
			return err
		}
		return w.inherit("project")
	})
}
