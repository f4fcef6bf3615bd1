package doctor

import (
	"fmt"
	"strings"

	"github.com/pocketbase/dbx"
)

// clerk tells whether Clerk's events arrive, and what they say that could not be followed.
func clerk(p *patient) check {
	on := len(p.config.ClerkWebhookSecret) > 0 || p.config.ClerkIssuer != ""
	if p.data == nil || !on {
		return check{}
	}
	c := check{Name: "Clerk", State: ok}
	var rows []struct {
		Name          string `db:"name"`
		LastSuccessAt string `db:"lastSuccessAt"`
		LastError     string `db:"lastError"`
	}
	err := p.data.Select("name", "lastSuccessAt", "lastError").From("integrations").
		Where(dbx.NewExp("name = 'clerk' OR name LIKE 'clerk:%'")).OrderBy("name").All(&rows)
	if err != nil {
		c.State, c.Say, c.Do = fails, err.Error(), "Look at what the other checks say of the database"
		return c
	}
	last, troubles := "", []string{}
	for _, r := range rows {
		if r.Name == "clerk" {
			last = r.LastSuccessAt
		} else if r.LastError != "" {
			troubles = append(troubles, strings.TrimSuffix(r.LastError, "."))
		}
	}
	switch {
	case len(troubles) > 0:
		c.State, c.Say = warning, fmt.Sprintf("%d of its users could not be followed: %s", len(troubles), strings.Join(troubles, "; "))
		c.Do = "Mend it at Clerk or in the dashboard, then run greenroom clerk reconcile"
	case len(p.config.ClerkWebhookSecret) > 0 && last == "":
		c.State, c.Say = warning, "no event has arrived yet"
		c.Do = "In Clerk's dashboard, send the events user.created, user.updated and user.deleted to /api/webhooks/clerk of the portal"
	case last != "":
		c.Say = "the last event arrived at " + last
	default:
		c.Say = "sign-in by its session tokens is on, its events are off"
	}
	return c
}
