package records

import "github.com/pocketbase/pocketbase/core"

// goals: made by the owner, ticked and unticked by the client.
func goals(app core.App) {
	oneLine(app, "goals", "title")
	visible(app, "goals", "title")
	clientMay(app, "goals", "completedAt")
	onWrite(app, "goals", func(w Write) error {
		w.tick("completedAt")
		return w.inherit("project")
	})
}

// tick gives a client's tick the server's time, whatever time they sent; a second tick leaves the first one's.
func (w Write) tick(field string) {
	if w.client == nil || !w.Changed(field) || w.Record.GetString(field) == "" {
		return
	}
	if w.Was != nil && w.Was.GetString(field) != "" {
		w.Record.SetRaw(field, w.Was.GetRaw(field))
		return
	}
	w.Record.Set(field, now())
}
