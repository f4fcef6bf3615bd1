package hooks

import "github.com/pocketbase/pocketbase/core"

// goals: made by the owner, ticked and unticked by the client.
func goals(app core.App) {
	oneLine(app, "goals", "title")
	clientMay(app, "goals", "completedAt")
	onWrite(app, "goals", func(w write) error {
		w.tick("completedAt")
		return w.inherit("project")
	})
}

// tick gives a client's tick the server's time, whatever time they sent; a second tick leaves the first one's.
func (w write) tick(field string) {
	if w.client == nil || !w.changed(field) || w.record.GetString(field) == "" {
		return
	}
	if w.was != nil && w.was.GetString(field) != "" {
		w.record.SetRaw(field, w.was.GetRaw(field))
		return
	}
	w.record.Set(field, now())
}
