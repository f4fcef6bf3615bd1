package records

import (
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/people"
)

// goals binds the rules of goals. The owner makes them; the client can tick and untick them.
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

// tick sets the time and the author's name of a client's tick, whatever the request says. A second tick keeps the first
// one's time. The owner's ticks have no name.
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
