package records

import "github.com/pocketbase/pocketbase/core"

// bookings binds the rules of bookings, the meetings of the owner's calendar. They hang directly under the client. Only
// the calendar's sync writes them, also those that a client books in the portal.
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
			// A higher SEQUENCE tells subscribers of the feed that the event changed (RFC 5545).
			w.Record.Set("sequence", w.Was.GetInt("sequence")+1)
		}
		return nil
	})
}
