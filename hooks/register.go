// Package hooks binds all rooms of the studio to the PocketBase app: the rules of the records, access, the pages, and
// one package for each outside service.
package hooks

import (
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/access"
	"greenroom/hooks/accounts"
	"greenroom/hooks/archive"
	"greenroom/hooks/billing"
	"greenroom/hooks/booking"
	"greenroom/hooks/calendar"
	"greenroom/hooks/cascade"
	"greenroom/hooks/clerk"
	"greenroom/hooks/config"
	"greenroom/hooks/database"
	"greenroom/hooks/files"
	"greenroom/hooks/integrations"
	"greenroom/hooks/live"
	"greenroom/hooks/notify"
	"greenroom/hooks/portal"
	"greenroom/hooks/records"
	"greenroom/hooks/search"
	"greenroom/hooks/studio"
)

// Register binds every room to the app. Handlers that stand earlier in the list run first.
func Register(app core.App, c config.Config) {
	database.GroupCommits(app)
	settings(app, c)
	access.Register(app, c)
	records.Register(app, c)
	live.Register(app)
	integrations.Register(app, c)
	portal.Register(app, c.Timezone)
	search.Register(app)
	accounts.Register(app, c)
	studio.Register(app, c)
	notify.Register(app, c)
	clerk.Register(app, c)
	booking.Register(app, c, calendar.Register(app, c))
	billing.Register(app, c)
	files.Register(app, c)
	archive.Register(app, c)
	cascade.Register(app) // its delete handlers have to run after all others
}
