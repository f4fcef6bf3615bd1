package hooks

import "github.com/pocketbase/pocketbase/core"

// bookings: meetings of the owner's calendar, straight under the client. Nobody types them in; the calendar does.
func bookings(app core.App) {
	oneLine(app, "bookings", "title")
	onWrite(app, "bookings", func(w write) error {
		if w.record.GetDateTime("endTime").Before(w.record.GetDateTime("startTime")) {
			return refuse("endTime", "A booking ends after it starts: set endTime to the start or later.")
		}
		return nil
	})
}
