package doctor

import (
	"fmt"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/tools/types"
)

// billing tells how Stripe fared when it was last asked, and which customers and payments wait for the owner.
func billing(p *patient) check {
	if p.data == nil || p.config.StripeSecretKey == "" {
		return check{}
	}
	c := check{Name: "Stripe", State: ok}
	var rows []struct {
		Name          string         `db:"name"`
		LastSuccessAt types.DateTime `db:"lastSuccessAt"`
		LastError     string         `db:"lastError"`
	}
	err := p.data.Select("name", "lastSuccessAt", "lastError").From("integrations").
		Where(dbx.NewExp("name = 'billing' OR name LIKE 'billing:%'")).OrderBy("name").All(&rows)
	if err != nil {
		c.State, c.Say, c.Do = fails, err.Error(), "Look at what the other checks say of the database"
		return c
	}
	c.Say = "it has not been asked yet; it is when a client first opens their invoices"
	var troubles []string
	for _, r := range rows {
		if r.Name == "billing" && !r.LastSuccessAt.IsZero() {
			c.Say = "it last answered at " + r.LastSuccessAt.Time().UTC().Format(time.RFC3339)
		}
		if r.LastError != "" {
			troubles = append(troubles, strings.TrimSuffix(r.LastError, "."))
		}
	}
	if len(troubles) > 0 {
		c.State, c.Say = warning, fmt.Sprintf("%s; there is trouble: %s", c.Say, strings.Join(troubles, "; "))
		c.Do = "Once it is mended, what the rows billing:… of integrations say can be removed in the dashboard"
	}
	return c
}
