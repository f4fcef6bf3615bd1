package records

import (
	"math"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// sessions binds the rules of sessions, the owner's record of time spent with a client. The date defaults to now.
func sessions(app core.App) {
	defaultTo(app, "sessions", "date", now)
	oneLine(app, "sessions", "title")
	visible(app, "sessions", "title")
	serverSets(app, "sessions", "invoice")
	onWrite(app, "sessions", func(w Write) error {
		if err := w.inherit("project"); err != nil {
			return err
		}
		if err := takeDuration(w); err != nil {
			return err
		}
		if w.Was == nil || !w.Changed("project") {
			return nil
		}
		return moveFiles(w)
	})
}

// takeDuration sets the minutes of a session that names a booking and has no duration of its own.
func takeDuration(w Write) error {
	event := w.Record.GetString("calendarEventId")
	if event == "" || w.Record.GetInt("durationMin") > 0 || !w.Changed("calendarEventId") {
		return nil
	}
	client := w.Record.GetString("client")
	booking, err := w.App.FindFirstRecordByFilter("bookings", "client = {:client} && (calendarEventId = {:event} || calendarEventId = {:further})",
		dbx.Params{"client": client, "event": event, "further": event + "~" + client})
	if err != nil {
		return ignoreNoRows(err)
	}
	w.Record.Set("durationMin", math.Round(booking.GetDateTime("endTime").Sub(booking.GetDateTime("startTime")).Minutes()))
	return nil
}

// moveFiles moves a session's files to its new project. The move is refused if a deliverable holds one of them.
func moveFiles(w Write) error {
	ofSession := dbx.HashExp{"session": w.Record.Id}
	held := dbx.NewExp("attachment IN (SELECT id FROM attachments WHERE session = {:session})", dbx.Params{"session": w.Record.Id})
	if err := stayWithDeliverable(w.App, held); err != nil {
		return err
	}
	_, err := w.App.DB().Update("attachments", dbx.Params{"project": w.Record.GetString("project"), "client": w.Record.GetString("client")}, ofSession).Execute()
	return err
}
