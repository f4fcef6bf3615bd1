package billing

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/integrations"
)

// The states of the row that tells how Stripe fares, and of a row that tells of a customer whom Stripe does not know.
const (
	stateRefused     = "refused"
	stateUnreachable = "unreachable"
	stateUnknown     = "unknown"
)

// datedEvery is how often a row that goes on being well is dated anew.
const datedEvery = time.Hour

// health keeps the row that tells the owner how Stripe fares. It is written when that changes, not with each question.
type health struct {
	app core.App

	mu     sync.Mutex
	state  string
	saidAt time.Time
}

// note takes in how a question to Stripe ended.
func (h *health) note(err error) {
	state, trouble := verdict(err)
	h.mu.Lock()
	defer h.mu.Unlock()
	if state == h.state && (state != integrations.OK || time.Since(h.saidAt) < datedEvery) {
		return
	}
	if err != nil {
		h.app.Logger().Warn("Stripe could not be asked.", "error", err)
	}
	if err := integrations.Set(h.app, integration, state, "", trouble); err != nil {
		h.app.Logger().Error("How Stripe fares could not be stored.", "error", err)
		return
	}
	h.state, h.saidAt = state, time.Now()
}

// noteCustomer takes in whether Stripe knows a customer whom a client is linked to. An id of the wrong account or mode
// is the owner's to see; to the client it looks like an account that was closed.
func (h *health) noteCustomer(customerId string, known bool) error {
	name := integration + ":" + customerId
	row, err := integrations.Row(h.app, name)
	switch {
	case err != nil:
		return fmt.Errorf("billing: read %s: %w", name, err)
	case !known && row == nil:
		return integrations.Set(h.app, name, stateUnknown, "", fmt.Sprintf(
			"Stripe does not know the customer %s, whom a client is linked to. Correct that client's stripeCustomerId, or use a key of the right account and mode; then remove this row.", customerId))
	case known && row != nil && row.GetString("state") == stateUnknown:
		return integrations.Drop(h.app, name)
	}
	return nil
}

// verdict is the state that an outcome means, and what the owner has to do about it.
func verdict(err error) (state, trouble string) {
	switch {
	case err == nil:
		return integrations.OK, ""
	case status(err) == http.StatusUnauthorized:
		return stateRefused, "Stripe does not accept STRIPE_SECRET_KEY. Copy the secret key from Stripe's dashboard (Developers, API keys) and start the studio again."
	case status(err) == http.StatusForbidden:
		return stateRefused, "The key in STRIPE_SECRET_KEY may not do all that the studio needs. Give it the permissions that docs/services.md names, at Stripe."
	case status(err) == http.StatusTooManyRequests:
		return stateUnreachable, "Stripe says that it was asked too often. Clients see their last known invoices; there is nothing to do unless it lasts."
	}
	return stateUnreachable, "Stripe cannot be reached, or does not answer as it should. Clients see their last known invoices; there is nothing to do unless it lasts."
}
