package pb_migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// MaySignIn is the condition for giving a client a token, whatever the way of signing in.
const MaySignIn = firstMaySignIn + " && clerkBanned = false"

// A client whose user is banned at Clerk gets no token until the ban ends.
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
