package records

import (
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/people"
)

// goals: made by the owner, ticked and unticked by the client.
func goals(app core.App) {
	oneLine(app, "goals", "title")
	visible(app, "goals", "title")
	clientMay(app, "goals", "completedAt")
	serverSets(app, "goals", "authorName")
	onWrite(app, "goals", func(w Write) error {
		if err := w.tick("completedAt"); err != nil {
			return err
		}
		return w.inherit("project")
	})
}

// tick gives a client's tick the server's time, whatever time they sent, and the name of who ticked; a second tick
// leaves the first one's. The owner's ticks have no name.
func (w Write) tick(field string) error {
	if !w.Changed(field) {
		return nil
	}
	if w.client != nil && w.Record.GetString(field) != "" && w.Was != nil && w.Was.GetString(field) != "" {
		w.Record.SetRaw(field, w.Was.GetRaw(field))
		return nil
	}
	w.Record.Set("authorName", "")
	if w.client == nil || w.Record.GetString(field) == "" {
		return nil
	}
	w.Record.Set(field, now())
	person, err := w.App.FindRecordById("clients", w.client.personId)
	if err == nil {
		w.Record.Set("authorName", people.DisplayName(person))
	}
	return err
}
