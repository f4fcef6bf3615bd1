package hooks

import (
	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// sessions: the owner's record of time spent with a client, now unless another date is given.
func sessions(app core.App) {
	defaultTo(app, "sessions", "date", now)
	oneLine(app, "sessions", "title")
	onWrite(app, "sessions", func(w write) error {
		if err := w.inherit("project"); err != nil {
			return err
		}
		if w.was == nil || !w.changed("project") {
			return nil
		}
		return moveFiles(w)
	})
}

// moveFiles takes a session's files along to its new project. One that a deliverable holds cannot leave.
func moveFiles(w write) error {
	ofSession := dbx.HashExp{"session": w.record.Id}
	held := dbx.NewExp("attachment IN (SELECT id FROM attachments WHERE session = {:session})", dbx.Params{"session": w.record.Id})
	if err := stayWithDeliverable(w.app, held); err != nil {
		return err
	}
	_, err := w.app.DB().Update("attachments", dbx.Params{"project": w.record.GetString("project"), "client": w.record.GetString("client")}, ofSession).Execute()
	return err
}
