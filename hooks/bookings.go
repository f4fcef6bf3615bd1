package hooks

import "github.com/pocketbase/pocketbase/core"

// bookings: meetings of the owner's calendar, straight under the client. Nobody types them in; the calendar does.
func bookings(app core.App) {
	oneLine(app, "bookings", "title", "meetUrl")
	onWrite(app, "bookings", func(w write) error {
		if w.record.GetDateTime("endTime").Before(w.record.GetDateTime("startTime")) {
			return refuse("endTime", "A booking ends after it starts: set endTime to the start or later.")
		}
		if w.was != nil && (w.changed("title") || w.changed("startTime") || w.changed("endTime") || w.changed("meetUrl") || w.changed("cancelledAt")) {
			w.record.Set("sequence", w.was.GetInt("sequence")+1) // by which calendars that follow the feed know it is news
		}
		return nil
	})
}
