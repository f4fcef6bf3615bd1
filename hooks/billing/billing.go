// Package billing shows a client what they owe and have paid, straight from Stripe, which stays the only source of
// truth: there is no invoice table, and the one thing kept here is which Stripe customer a client is
// (clients.stripeCustomerId).
//
// Two ids of Stripe's stand beside the work: the invoice that a session is billed on (draft.go) and the one that the
// files of a deliverable wait for (release.go). Both follow what Stripe says of the invoice, and a draft is all that is
// ever written there.
//
// In flow invoices and charges, read when a client opens the page and held in memory for a while; and the webhook's
// events, which say that something changed, never what: whatever is acted on is fetched from Stripe again. Events drop
// what is held and tell open pages, link and unlink customers by email, and have two mails written about a payment. Out
// flow those mails, the mark on the PaymentIntent that keeps them from being written twice, and addresses of Stripe's
// customer portal.
//
// When Stripe is slow or down a client sees the last answer with its time, or a plain sentence, within a few seconds;
// what the owner has to know or do stands in the rows billing and billing:<Stripe's id> of integrations. Events that
// could not be followed are answered 5xx, so that Stripe sends them again. Without a key nothing of this exists but
// "not configured".
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

// integration is the name of the row of integrations that tells how Stripe fares. Rows named integration:<Stripe's id>
// hold what the owner has to know about one customer or payment.
const integration = "billing"

// Register binds the parts that are configured.
func Register(app core.App, c config.Config) {
	page := func(e *core.RequestEvent, _ *core.Record) error { return e.JSON(http.StatusOK, empty(false)) }
	var s *service // nil without a key
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

// service is what the routes share. It ends with the app.
type service struct {
	app        core.App
	config     config.Config
	stripe     *gateway
	statements *cache
	health     health
	questions  questions

	ctx       context.Context // the context ends with the app; a request that goes away ends nothing that others wait for
	customers keylock.Locks   // one event about a customer at a time
	payments  keylock.Locks   // one event about a payment at a time
	drafts    keylock.Locks   // one draft for a customer at a time
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

// clientsOf gives the clients who are a Stripe customer: one, unless the owner gave the same id twice.
func clientsOf(app core.App, customerId string) (clients []*core.Record, err error) {
	if customerId == "" {
		return nil, nil
	}
	if err := app.RecordQuery("clients").AndWhere(dbx.HashExp{"stripeCustomerId": customerId}).OrderBy("created", "id").All(&clients); err != nil {
		return nil, fmt.Errorf("billing: find clients of %s: %w", customerId, err)
	}
	return clients, nil
}
