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

// stateAmbiguous is of a customer who could not be linked, for nobody but the owner knows to whom.
const stateAmbiguous = "ambiguous"

// follow brings the clients in step with a Stripe customer as they are now, whatever the event said they were then.
func (s *service) follow(ctx context.Context, customerId string, saidDeleted bool) error {
	defer s.customers.Lock(customerId)()
	customer, err := s.stripe.customer(ctx, customerId)
	if err != nil {
		return err
	}
	switch {
	case customer == nil && !saidDeleted: // of another account, by a mistake in the settings: no reason to unlink anybody
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

// unlink takes a customer who is gone from whoever they were.
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

// link makes a customer the one of the client with their email, where no other customer has it.
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
		if client == nil || client.Id != seen.Id { // changed in the meantime: nobody was asked about this one
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

// candidate is the client whose email a customer has; nil where there is nobody, where the customer is somebody's
// already, and where the client is archived.
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
	case client.GetString("archivedAt") != "", people.IsPerson(client): // Stripe knows the client alone
		return nil, nil
	}
	return client, nil
}

// twin is another customer with the same email; empty where there is none. Stripe minds capitals, so each way in which
// the address is known to be written is asked for.
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

// HasCustomer tells whether Stripe has a customer, for commands that are given an id by hand.
func HasCustomer(ctx context.Context, c config.Config, id string) (bool, error) {
	g := newGateway(c)
	defer g.close()
	customer, err := g.customer(ctx, id)
	return customer != nil && !customer.Deleted, err
}
