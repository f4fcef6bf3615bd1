package doctor

import (
	"fmt"
)

// clerk reports whether Clerk's events arrive, and which of them could not be applied.
func clerk(p *patient) check {
	if p.data == nil || !p.config.Service("clerk").On {
		return check{}
	}
	noted, troubles, err := p.notes("clerk")
	if err != nil {
		return unreadable("Clerk", err)
	}
	c, last := check{Name: "Clerk", State: ok}, noted["clerk"].LastSuccessAt
	switch {
	case len(troubles) > 0:
		c.State, c.Say = warning, fmt.Sprintf("%d of its users could not be followed: %s", len(troubles), some(troubles))
		c.Do = "Mend it at Clerk or in the dashboard, then run: greenroom clerk reconcile"
	case len(p.config.ClerkWebhookSecret) > 0 && last.IsZero():
		c.State, c.Say = warning, "no event has arrived yet"
		c.Do = "In Clerk's dashboard, send the events user.created, user.updated and user.deleted to /api/webhooks/clerk of the portal"
	case !last.IsZero():
		c.Say = "the last event arrived on " + p.moment(last.Time())
	default:
		c.Say = "sign-in by its session tokens is on, its events are off"
	}
	return c
}
