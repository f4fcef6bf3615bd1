package pb_migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// MaySignIn is what a client must be to be given a token, however they prove who they are.
const MaySignIn = firstMaySignIn + " && clerkBanned = false"

// A client whose user is banned at Clerk is given no token until the ban ends.
func init() {
	fields := []core.Field{
		explained(hidden(flag("clerkBanned")), "Whether the client is banned at Clerk, and so cannot sign in. Set by Clerk's events."),
		hidden(integer("clerkBanAt")),
	}
	m.Register(func(app core.App) error {
		return changeCollection(app, "clients", func(c *core.Collection) {
			for _, field := range fields {
				if c.Fields.GetByName(field.GetName()) == nil {
					c.Fields.Add(field)
				}
			}
			c.AuthRule = rule(MaySignIn)
		})
	}, func(app core.App) error {
		return changeCollection(app, "clients", func(c *core.Collection) {
			c.AuthRule = rule(firstMaySignIn)
			for _, field := range fields {
				c.Fields.RemoveByName(field.GetName())
			}
		})
	})
}
