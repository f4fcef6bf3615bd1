package pb_migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// These are the settings that a new studio starts with. They are written once, so what the owner changes in the
// dashboard stays. This migration comes first, because PocketBase deletes a collection's files in the background and
// reads the settings for it. Settings that follow from the environment (addresses, names, mail) are not stored but
// overlaid at every start.
func init() {
	m.Register(func(app core.App) error {
		s := app.Settings()
		s.RateLimits.Enabled = true
		s.RateLimits.Rules = []core.RateLimitRule{ // rules for each address; durations are in seconds
			{Label: "clients:requestOTP", MaxRequests: 10, Duration: 60},
			{Label: "clients:authWithOTP", MaxRequests: 30, Duration: 60},
			{Label: "*:auth", MaxRequests: 20, Duration: 60},
			{Label: "*:create", Audience: core.RateLimitRuleAudienceAuth, MaxRequests: 1200, Duration: 60},
			{Label: "/api/batch", MaxRequests: 100, Duration: 10},
			{Label: "/api/", Audience: core.RateLimitRuleAudienceGuest, MaxRequests: 300, Duration: 10},
		}
		s.Batch.Enabled, s.Batch.MaxRequests, s.Batch.Timeout, s.Batch.MaxBodySize = true, 50, 5, 4<<20
		s.Backups.Cron, s.Backups.CronMaxKeep = "30 3 * * *", 7
		s.Logs.MaxDays, s.Logs.MinLevel, s.Logs.LogIP = 14, 0, true
		return app.Save(s)
	}, nil)
}
