// Package billing shows a client what they owe and have paid, as read from Stripe, which is the only source of truth.
// There is no invoice table: a client record stores only the id of its Stripe customer (clients.stripeCustomerId).
//
// Two kinds of records store the id of a Stripe invoice: a session stores the one that it is billed on (draft.go), and
// a deliverable the one that its files wait for (release.go). Both follow the state of that invoice at Stripe. The only
// things that Greenroom writes there are draft invoices and the mark on a PaymentIntent.
//
// In flow invoices and charges, which are read when a client opens the page and cached in memory; and the webhook's
// events. An event only tells which object changed: whatever is acted on is fetched from Stripe again. An event
// invalidates the cache, tells open pages to reload, links and unlinks customers by email, and causes two mails about a
// payment. Out flow those mails, draft invoices, the mark on the PaymentIntent that prevents a second mail, and
// addresses of Stripe's customer portal.
//
// When Stripe is slow or down, a client sees the last answer with its time, or a plain sentence, within a few seconds.
// Problems that the owner has to solve are in the rows billing and billing:<Stripe's id> of integrations. An event that
// could not be processed is answered 5xx, so that Stripe sends it again. Without a key the routes answer that billing
// is not set up, and the webhook does not exist.
package billing

import (
	"context"
	"fmt"
	"net/http"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/access"
	"greenroom/hooks/config"
	"greenroom/hooks/keylock"
)

// integration is the name of Stripe's row in the collection integrations, which holds the health of the connection.
// Rows named billing:<Stripe's id> hold a problem with one customer or one payment.
const integration = "billing"

// Register binds the routes and hooks of billing. Without a key the routes answer that billing is not set up.
func Register(app core.App, c config.Config) {
	page := func(e *core.RequestEvent, _ *core.Record) error { return e.JSON(http.StatusOK, empty(false)) }
	var s *service // s stays nil without a key
	if c.StripeSecretKey != "" {
		s = newService(app, c)
		bindWebhook(s, c.StripeWebhookSecret)
		bindCustomerId(s)
		page = s.invoices
	}
	bindPortalSession(app, s)
	bindDrafts(app, s)
	bindRelease(app, s)
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Router.GET("/api/portal/invoices", access.Page(func(e *core.RequestEvent, client *core.Record) error {
			if err := seesMoney(e, client); err != nil {
				return err
			}
			return page(e, client)
		})).Bind(apis.SkipSuccessActivityLog())
		return e.Next()
	})
}

// service holds what the routes share. It lives as long as the app.
type service struct {
	app        core.App
	config     config.Config
	stripe     *gateway
	statements *cache
	health     health
	questions  questions

	// ctx ends with the app. Work that several visitors wait for uses it, so that one visitor who leaves cancels nothing.
	ctx       context.Context
	customers keylock.Locks // by customer id: one event at a time
	payments  keylock.Locks // by payment id: one event at a time
	drafts    keylock.Locks // by customer id: one draft at a time
}

func newService(app core.App, c config.Config) *service {
	ctx, cancel := context.WithCancel(context.Background())
	s := &service{app: app, config: c, stripe: newGateway(c), health: health{app: app}, ctx: ctx}
	s.statements = newCache(ctx, s.fetch)
	app.OnTerminate().BindFunc(func(e *core.TerminateEvent) error {
		cancel()
		s.statements.wait()
		s.stripe.close()
		return e.Next()
	})
	return s
}

// clientsOf returns the clients that are linked to a Stripe customer: usually one, more if the owner entered an id
// twice.
func clientsOf(app core.App, customerId string) (clients []*core.Record, err error) {
	if customerId == "" {
		return nil, nil
	}
	if err := app.RecordQuery("clients").AndWhere(dbx.HashExp{"stripeCustomerId": customerId}).OrderBy("created", "id").All(&clients); err != nil {
		return nil, fmt.Errorf("billing: find clients of %s: %w", customerId, err)
	}
	return clients, nil
}
