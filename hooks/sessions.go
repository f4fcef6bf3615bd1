package hooks

import (
	"math"

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
		if err := takeDuration(w); err != nil {
			return err
		}
		if w.was == nil || !w.changed("project") {
			return nil
		}
		return moveFiles(w)
	})
}

// takeDuration fills in how long a session was from the booking that it names, where nobody said.
func takeDuration(w write) error {
	event := w.record.GetString("calendarEventId")
	if event == "" || w.record.GetInt("durationMin") > 0 || !w.changed("calendarEventId") {
		return nil
	}
	client := w.record.GetString("client")
	booking, err := w.app.FindFirstRecordByFilter("bookings", "client = {:client} && (calendarEventId = {:event} || calendarEventId = {:further})",
		dbx.Params{"client": client, "event": event, "further": event + "~" + client})
	if err != nil {
		return ignoreNoRows(err)
	}
	w.record.Set("durationMin", math.Round(booking.GetDateTime("endTime").Sub(booking.GetDateTime("startTime")).Minutes()))
	return nil
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
