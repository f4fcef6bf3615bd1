package hooks

import "github.com/pocketbase/pocketbase/core"

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
	files, err := w.app.FindRecordsByFilter("attachments", "session = {:session}", "", 0, 0, map[string]any{"session": w.record.Id})
	if err != nil {
		return err
	}
	for _, file := range files {
		if err := stayWithDeliverable(w.app, file.Id); err != nil {
			return err
		}
	}
	_, err = w.app.DB().Update("attachments", map[string]any{"project": w.record.GetString("project"), "client": w.record.GetString("client")},
		sessionIs(w.record.Id)).Execute()
	return err
}
