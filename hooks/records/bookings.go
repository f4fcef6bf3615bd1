package records

import "github.com/pocketbase/pocketbase/core"

// bookings: meetings of the owner's calendar, straight under the client. Nobody types them in; the calendar does, and
// what says that a client booked one in the portal comes from there too.
func bookings(app core.App) {
	serverSets(app, "bookings", "madeInPortal", "note", "cancelNote", "bookedBy")
	oneLine(app, "bookings", "title", "meetUrl")
	webLink(app, "bookings", "meetUrl")
	onWrite(app, "bookings", func(w Write) error {
		if err := w.belongsToClient(); err != nil {
			return err
		}
		if w.Record.GetDateTime("endTime").Before(w.Record.GetDateTime("startTime")) {
			return refuse("endTime", "A booking ends after it starts: set endTime to the start or later.")
		}
		if w.Was != nil && (w.Changed("title") || w.Changed("startTime") || w.Changed("endTime") || w.Changed("meetUrl") || w.Changed("cancelledAt")) {
			w.Record.Set("sequence", w.Was.GetInt("sequence")+1) // by which calendars that follow the feed know it is news
		}
		return nil
	})
}
