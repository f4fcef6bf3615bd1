package pb_migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// Links of meetings that were stored before they were checked: one that is no web address, such as javascript:, is emptied, for a
// browser would run it. The words of the meeting stay. There is no way back, and nobody wants one.
func init() {
	m.Register(func(app core.App) error {
		_, err := app.DB().NewQuery("UPDATE bookings SET meetUrl = '' WHERE meetUrl != '' AND meetUrl NOT LIKE 'https://_%' AND meetUrl NOT LIKE 'http://_%'").Execute()
		return err
	}, nil)
}
