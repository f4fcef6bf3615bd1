package billing

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pocketbase/pocketbase/core"
	"github.com/stripe/stripe-go/v76"

	"greenroom/hooks/config"
	"greenroom/hooks/integrations"
	"greenroom/hooks/people"
)

// stateAmbiguous is the state of the row of a Stripe customer who was not linked because another customer or client has
// the same email: only the owner knows which of them is right.
const stateAmbiguous = "ambiguous"

// follow links or unlinks a Stripe customer by their state at Stripe now, not by the state in the event, which may be
// old. saidDeleted tells whether an event said that the customer was deleted.
func (s *service) follow(ctx context.Context, customerId string, saidDeleted bool) error {
	defer s.customers.Lock(customerId)()
	customer, err := s.stripe.customer(ctx, customerId)
	if err != nil {
		return err
	}
	switch {
	// A customer whom Stripe does not know, and did not delete, is of another account because the key is wrong. That is no
	// reason to unlink anybody.
	case customer == nil && !saidDeleted:
		return nil
	case customer == nil || customer.Deleted:
		clients, err := s.unlink(customerId)
		if err != nil {
			return err
		}
		s.renew(customerId, clients)
		return nil
	}
	if err := s.link(ctx, customer); err != nil {
		return err
	}
	return s.changed(customerId)
}

// unlink removes the id of a deleted customer from the clients that have it, and returns them.
func (s *service) unlink(customerId string) (clients []*core.Record, err error) {
	err = s.app.RunInTransaction(func(tx core.App) (err error) {
		if clients, err = clientsOf(tx, customerId); err != nil {
			return err
		}
		for _, client := range clients {
			client.Set("stripeCustomerId", "")
			if err := tx.Save(client); err != nil {
				return fmt.Errorf("billing: unlink client %s: %w", client.Id, err)
			}
		}
		return integrations.Drop(tx, integration+":"+customerId)
	})
	return clients, err
}

// link writes a customer's id into the client with the same email. If another customer has that email too, a row for
// the owner is written instead.
func (s *service) link(ctx context.Context, customer *stripe.Customer) error {
	row := integration + ":" + customer.ID
	seen, err := candidate(s.app, customer)
	if err != nil {
		return err
	}
	if seen == nil {
		return integrations.Drop(s.app, row)
	}
	other, err := s.twin(ctx, customer, seen)
	if err != nil {
		return err
	}
	return s.app.RunInTransaction(func(tx core.App) error {
		client, err := candidate(tx, customer)
		if err != nil {
			return err
		}
		if client == nil || client.Id != seen.Id { // the client changed since Stripe was asked for twins of another one
			return integrations.Drop(tx, row)
		}
		if other = cmp.Or(client.GetString("stripeCustomerId"), other); other != "" {
			return integrations.Set(tx, row, stateAmbiguous, "", ambiguous(customer.ID, other, client.Id))
		}
		client.Set("stripeCustomerId", customer.ID)
		if err := tx.Save(client); err != nil {
			return fmt.Errorf("billing: link client %s: %w", client.Id, err)
		}
		return integrations.Drop(tx, row)
	})
}

// candidate returns the client whose email a customer has. It returns nil if there is none, if the client is archived
// or is one of a client's people, or if the customer is linked already.
func candidate(app core.App, customer *stripe.Customer) (*core.Record, error) {
	if customer.Email == "" {
		return nil, nil
	}
	linked, err := clientsOf(app, customer.ID)
	if len(linked) > 0 || err != nil {
		return nil, err
	}
	client, err := people.FindByEmail(app, customer.Email)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("billing: find a client for %s: %w", customer.ID, err)
	// Only a client, not one of their people, is a customer at Stripe.
	case client.GetString("archivedAt") != "", people.IsPerson(client):
		return nil, nil
	}
	return client, nil
}

// twin returns the id of another Stripe customer with the same email; empty if there is none. Stripe compares emails
// case-sensitively, so every known spelling is asked for.
func (s *service) twin(ctx context.Context, customer *stripe.Customer, client *core.Record) (customerId string, err error) {
	ways := []string{customer.Email, client.Email(), strings.ToLower(customer.Email)}
	slices.Sort(ways)
	for _, email := range slices.Compact(ways) {
		others, err := s.stripe.customersByEmail(ctx, email)
		if err != nil {
			return "", err
		}
		for _, other := range others {
			if other.ID != customer.ID && strings.EqualFold(other.Email, customer.Email) {
				return other.ID, nil
			}
		}
	}
	return "", nil
}

func ambiguous(customerId, otherId, clientId string) string {
	return fmt.Sprintf("The Stripe customers %s and %s have the email of the client %s. Write the id of the right one into that client's stripeCustomerId, or merge the two at Stripe; then remove this row.",
		customerId, otherId, clientId)
}

// HasCustomer reports whether Stripe has a customer with the id, for commands to which the owner gives an id.
func HasCustomer(ctx context.Context, c config.Config, id string) (bool, error) {
	g := newGateway(c)
	defer g.close()
	customer, err := g.customer(ctx, id)
	return customer != nil && !customer.Deleted, err
}
