package billing

import (
	"fmt"
	"net/http"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/people"
)

// invoices answers GET /api/portal/invoices with the statement of the client's own Stripe customer, and of nobody
// else's: nothing that the visitor sends takes part in finding it.
func (s *service) invoices(e *core.RequestEvent, client *core.Record) error {
	customerId, err := customerOf(e.App, client)
	if err != nil {
		return err
	}
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

// seesMoney refuses people whose access is everything but money.
func seesMoney(e *core.RequestEvent, client *core.Record) error {
	if people.SeesMoney(client) {
		return nil
	}
	return e.ForbiddenError("Invoices and payments are not part of what you see here. Ask the person who invited you.", nil)
}

// customerOf is the Stripe customer of a client, who is the one that their people ask about too; empty where there is
// none.
func customerOf(app core.App, client *core.Record) (string, error) {
	if people.IsPerson(client) {
		var err error
		if client, err = app.FindRecordById("clients", people.Account(client)); err != nil {
			return "", fmt.Errorf("billing: find the client of a person: %w", err)
		}
	}
	return client.GetString("stripeCustomerId"), nil
}
