package pb_migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// Links of meetings that were stored before they were checked are emptied unless they are web addresses, because a
// browser would run one such as javascript:. The note of the meeting stays. There is no way back, because the removed
// links must not return.
func init() {
	m.Register(func(app core.App) error {
		_, err := app.DB().NewQuery("UPDATE bookings SET meetUrl = '' WHERE meetUrl != '' AND meetUrl NOT LIKE 'https://_%' AND meetUrl NOT LIKE 'http://_%'").Execute()
		return err
	}, nil)
}
