package doctor

import (
	"fmt"
	"strings"
)

// billing tells how Stripe fared when it was last asked, and which customers and payments wait for the owner.
func billing(p *patient) check {
	if p.data == nil || !p.config.Service("billing").On {
		return check{}
	}
	noted, troubles, err := p.notes("billing")
	if err != nil {
		return unreadable("Stripe", err)
	}
	c := check{Name: "Stripe", State: ok, Say: "it has not been asked yet; it is when a client first opens their invoices"}
	if at := noted["billing"].LastSuccessAt; !at.IsZero() {
		c.Say = "it last answered on " + p.moment(at.Time())
	}
	if len(troubles) > 0 {
		c.State, c.Say = warning, fmt.Sprintf("%s; there is trouble: %s", c.Say, strings.Join(troubles, "; "))
		c.Do = "Once it is mended, what the rows billing:… of integrations say can be removed in the dashboard"
	}
	return c
}
