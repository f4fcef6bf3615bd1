package billing

import (
	"net/http"

	"github.com/pocketbase/pocketbase/core"
)

// invoices answers GET /api/portal/invoices with the statement of the client's own Stripe customer, and of nobody else's:
// nothing that the visitor sends takes part in finding it.
func (s *service) invoices(e *core.RequestEvent, client *core.Record) error {
	customerId := client.GetString("stripeCustomerId")
	if customerId == "" {
		return e.JSON(http.StatusOK, empty(true))
	}
	held, err := s.statements.get(e.Request.Context(), customerId)
	if err != nil {
		return e.Error(http.StatusServiceUnavailable, "Your invoices cannot be read from Stripe just now. Nothing is lost; try again in a few minutes.", err)
	}
	answer := *held.statement
	answer.AsOf, answer.Stale = dated(held.asOf.Unix()), held.stale
	return e.JSON(http.StatusOK, answer)
}
