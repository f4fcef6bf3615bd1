package billing

import (
	"fmt"
	"net/http"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/people"
)

// invoices answers GET /api/portal/invoices with the statement of the client's own Stripe customer. The customer is
// found by the sign-in alone; no input of the visitor takes part.
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

// seesMoney refuses people whose access excludes invoices and payments.
func seesMoney(e *core.RequestEvent, client *core.Record) error {
	if people.SeesMoney(client) {
		return nil
	}
	return e.ForbiddenError("Invoices and payments are not part of what you see here. Ask the person who invited you.", nil)
}

// customerOf returns the id of a client's Stripe customer; for a person, that of their client. It is empty if there is
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
