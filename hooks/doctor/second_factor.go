package doctor

import (
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/access"
)

// secondFactor checks whether a public studio's dashboard can be opened by a password alone.
func secondFactor(p *patient) check {
	if p.data == nil || p.behind {
		return check{}
	}
	c := check{Name: "second factor", State: ok}
	collections, err := p.collections()
	if err != nil {
		return unreadable(c.Name, err)
	}
	owners := collections[core.CollectionNameSuperusers]
	switch {
	case owners == nil:
		return check{}
	case owners.MFA.Enabled && !owners.OTP.Enabled:
		c.State, c.Say = fails, "the dashboard asks for a second factor, and there is none: nobody can sign in to it"
		c.Do = "Run greenroom second-factor on, or off"
	case owners.MFA.Enabled:
		c.Say = "the dashboard asks for a code by mail beside the password"
	case access.IsPublic(p.config.URL):
		c.State, c.Say = warning, "off: at "+p.config.URL.String()+" a password alone opens the dashboard"
		c.Do = "Try the mail with greenroom doctor --mail you@example.org, then run greenroom second-factor on"
	default:
		c.Say = "off, and GREENROOM_URL names no address that others can reach"
	}
	return c
}
