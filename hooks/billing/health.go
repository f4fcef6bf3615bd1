package billing

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/integrations"
)

// These are the states of Stripe's own row, and of the row of a customer whom Stripe does not know.
const (
	stateRefused     = "refused"
	stateUnreachable = "unreachable"
	stateUnknown     = "unknown"
)

// datedEvery is how often the row is written while the state stays ok, so that its date shows the check is recent.
const datedEvery = time.Hour

// health writes Stripe's row in integrations. It writes when the state changes, not after each request.
type health struct {
	app core.App

	mu     sync.Mutex
	state  string
	saidAt time.Time
}

// note stores the result of a request to Stripe; nil is success.
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

// noteCustomer writes or removes the row about a linked customer whom Stripe does not know. Its cause is an id of
// another account or mode, which only the owner can correct; to the client it looks like a closed account.
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

// verdict returns the state for the result of a request, and the sentence that tells the owner what to do.
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
