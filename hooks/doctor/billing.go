package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"greenroom/hooks/billing"
)

const (
	stripeAnswers   = 30 * time.Second // time for all invoices
	maxInvoicesSeen = 200              // the newest; older ones have been paid or cancelled long ago
)

// stripe reports the health of the connection to Stripe, the customers and payments that wait for the owner, and
// invoices that records name and Stripe does not have.
func stripe(p *patient) check {
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
		c.State, c.Say = warning, fmt.Sprintf("%s; there is trouble: %s", c.Say, some(troubles))
		c.Do = "Once it is mended, what the rows billing:… of integrations say can be removed in the dashboard"
	}
	return p.invoices(c)
}

// named is an invoice that records name.
type named struct {
	Invoice  string `db:"invoice"`
	Sessions int    `db:"sessions"`
	Files    int    `db:"files"` // number of deliverables that wait for it
}

// invoices adds the named invoices that do not exist: their sessions are not billed and their files never open.
func (p *patient) invoices(c check) check {
	if p.behind { // an earlier release's database lacks these columns
		return c
	}
	var all []named
	err := p.data.NewQuery(`SELECT invoice, sum(sessions) AS sessions, sum(files) AS files FROM (
		SELECT invoice, 1 AS sessions, 0 AS files, created FROM sessions WHERE invoice != ''
		UNION ALL SELECT invoice, 0, 1, created FROM deliverables WHERE locked
	) GROUP BY invoice ORDER BY max(created) DESC LIMIT ` + fmt.Sprint(maxInvoicesSeen)).All(&all)
	if err != nil {
		return unreadable("Stripe", err)
	}
	if len(all) == 0 {
		return c
	}
	var ids, lost []string
	sessions, files := 0, 0
	for _, n := range all {
		ids = append(ids, n.Invoice)
		sessions, files = sessions+n.Sessions, files+n.Files
	}
	c.Say = fmt.Sprintf("%s; %d sessions are on invoices, and the files of %d deliverables wait for one", c.Say, sessions, files)
	ctx, cancel := context.WithTimeout(context.Background(), stripeAnswers)
	defer cancel()
	gone, err := billing.GoneInvoices(ctx, p.config, ids)
	if err != nil {
		c.State, c.Do = warning, "Ask again when Stripe can be reached"
		c.Say += ", but Stripe could not be asked whether they are there: " + err.Error()
		return c
	}
	for _, n := range all {
		if slices.Contains(gone, n.Invoice) {
			lost = append(lost, fmt.Sprintf("%s (%d sessions, %d deliverables)", n.Invoice, n.Sessions, n.Files))
		}
	}
	if len(lost) > 0 {
		c.State, c.Say = warning, c.Say+"; cancelled or not at Stripe: "+strings.Join(lost, ", ")
		c.Do = strings.TrimPrefix(c.Do+". Bill their projects again, which frees the sessions; name another invoice on the deliverables, or empty it", ". ")
	}
	return c
}
