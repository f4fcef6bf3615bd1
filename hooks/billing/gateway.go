package billing

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/client"

	"greenroom/hooks/config"
)

const (
	attemptTimeout = 5 * time.Second // one HTTP request
	maxRetries     = 1               // of what Stripe's client knows to be safe to send again
	pageSize       = 100             // the most that Stripe gives at once
	maxListed      = 10_000          // far beyond one client's invoices; a list without end is a fault
	maxAnswerBytes = 16 << 20        // a hundred invoices with long texts are a tenth of it
)

// gateway asks Stripe, with one client and one set of connections of its own. Its errors name no key, no address and
// nothing that Stripe wrote in words, so they can be logged.
type gateway struct {
	api       *client.API
	transport *http.Transport
	key       string
}

func newGateway(c config.Config) *gateway {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	settings := &stripe.BackendConfig{
		HTTPClient: &http.Client{
			Transport:     bounded{transport},
			Timeout:       attemptTimeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // the API has none
		},
		MaxNetworkRetries: stripe.Int64(maxRetries),
		LeveledLogger:     &stripe.LeveledLogger{Level: stripe.LevelNull}, // it would print Stripe's words
		EnableTelemetry:   stripe.Bool(false),
	}
	if c.StripeAPIURL != nil {
		settings.URL = stripe.String(c.StripeAPIURL.String())
	}
	api := client.New(c.StripeSecretKey, &stripe.Backends{API: stripe.GetBackendWithConfig(stripe.APIBackend, settings)})
	return &gateway{api, transport, c.StripeSecretKey}
}

func (g *gateway) close() { g.transport.CloseIdleConnections() }

// otherMode tells whether an object is of the mode that the key is not of, live or test; a key of another form tells
// nothing.
func (g *gateway) otherMode(live bool) bool {
	_, mode, _ := strings.Cut(g.key, "_") // sk_live_…, rk_test_…
	return live && strings.HasPrefix(mode, "test_") || !live && strings.HasPrefix(mode, "live_")
}

// customer gives a customer, with Deleted set where there was one; nil where there is none.
func (g *gateway) customer(ctx context.Context, id string) (*stripe.Customer, error) {
	params := &stripe.CustomerParams{}
	params.Context = ctx
	found, err := g.api.Customers.Get(id, params)
	return one(found, found != nil && found.ID == id, "get customer "+id, err)
}

// customersByEmail gives the customers with exactly this email; Stripe minds capitals.
func (g *gateway) customersByEmail(ctx context.Context, email string) ([]*stripe.Customer, error) {
	params := &stripe.CustomerListParams{Email: stripe.String(email)}
	params.Context, params.Limit = ctx, stripe.Int64(pageSize)
	it := g.api.Customers.List(params)
	return all[stripe.Customer](it.Iter, func() bool { return it.CustomerList().Data != nil }, "list customers by email")
}

func (g *gateway) invoicesOf(ctx context.Context, customerId string) ([]*stripe.Invoice, error) {
	params := &stripe.InvoiceListParams{Customer: stripe.String(customerId)}
	params.Context, params.Limit = ctx, stripe.Int64(pageSize)
	params.AddExpand("data.payment_intent") // one may be under way without a charge
	it := g.api.Invoices.List(params)
	return all[stripe.Invoice](it.Iter, func() bool { return it.InvoiceList().Data != nil }, "list invoices of "+customerId)
}

func (g *gateway) chargesOf(ctx context.Context, customerId string) ([]*stripe.Charge, error) {
	params := &stripe.ChargeListParams{Customer: stripe.String(customerId)}
	params.Context, params.Limit = ctx, stripe.Int64(pageSize)
	it := g.api.Charges.List(params)
	return all[stripe.Charge](it.Iter, func() bool { return it.ChargeList().Data != nil }, "list charges of "+customerId)
}

// payment gives a PaymentIntent with its invoice; nil where there is none.
func (g *gateway) payment(ctx context.Context, id string) (*stripe.PaymentIntent, error) {
	params := &stripe.PaymentIntentParams{Expand: []*string{stripe.String("invoice")}}
	params.Context = ctx
	found, err := g.api.PaymentIntents.Get(id, params)
	return one(found, found != nil && found.ID == id, "get payment "+id, err)
}

// payer is the id of the customer whom an invoice, a charge or a PaymentIntent belongs to; empty where there is none.
func (g *gateway) payer(ctx context.Context, kind, id string) (customerId string, err error) {
	var customer *stripe.Customer
	params := stripe.Params{Context: ctx}
	switch kind {
	case "invoice":
		var found *stripe.Invoice
		found, err = g.api.Invoices.Get(id, &stripe.InvoiceParams{Params: params})
		customer = found.Customer
	case "charge":
		var found *stripe.Charge
		found, err = g.api.Charges.Get(id, &stripe.ChargeParams{Params: params})
		customer = found.Customer
	case "payment_intent":
		var found *stripe.PaymentIntent
		found, err = g.api.PaymentIntents.Get(id, &stripe.PaymentIntentParams{Params: params})
		customer = found.Customer
	}
	if customer, err = one(customer, true, "get "+kind+" "+id, err); customer == nil || err != nil {
		return "", err
	}
	return customer.ID, nil
}

// markPayment writes a mark into a PaymentIntent's metadata. The idempotency key is the payment's, so of all who try
// with marks of their own, at the same time or later, Stripe takes only the first; for the others first is false.
func (g *gateway) markPayment(ctx context.Context, id, name, mark string) (first bool, err error) {
	params := &stripe.PaymentIntentParams{Metadata: map[string]string{name: mark}}
	params.Context = ctx
	params.SetIdempotencyKey(name + "-" + id)
	marked, err := g.api.PaymentIntents.Update(id, params)
	var refused *stripe.Error
	if errors.As(err, &refused) && refused.Type == stripe.ErrorTypeIdempotency {
		return false, nil
	}
	if marked, err = one(marked, marked != nil && marked.ID == id, "mark payment "+id, err); marked == nil || err != nil {
		return false, err
	}
	return marked.Metadata[name] == mark, nil
}

// portalSession makes an address of Stripe's customer portal for one customer, who comes back to returnURL.
func (g *gateway) portalSession(ctx context.Context, customerId, returnURL string) (string, error) {
	params := &stripe.BillingPortalSessionParams{Customer: stripe.String(customerId), ReturnURL: stripe.String(returnURL)}
	params.Context = ctx
	session, err := g.api.BillingPortalSessions.New(params)
	if err != nil {
		return "", failed("make portal session of "+customerId, err)
	}
	return session.URL, nil
}

// pages is how Stripe's client walks through a list.
type pages interface {
	Next() bool
	Current() interface{}
	Err() error
}

// all walks a list to its end. An answer that is no list would look like the end, so the last page has to be one.
func all[T any](it pages, isList func() bool, what string) (items []*T, err error) {
	for it.Next() {
		item, _ := it.Current().(*T)
		switch {
		case item == nil:
			return nil, failed(what, errGarbled)
		case len(items) == maxListed:
			return nil, fmt.Errorf("billing: %s: more than %d", what, maxListed)
		}
		items = append(items, item)
	}
	if err := it.Err(); err != nil {
		return nil, failed(what, err)
	}
	if !isList() {
		return nil, failed(what, errGarbled)
	}
	return items, nil
}

// one is a single object that was asked for; nil where Stripe has none.
func one[T any](object *T, asked bool, what string, err error) (*T, error) {
	switch err := failed(what, err); {
	case missing(err):
		return nil, nil
	case err != nil:
		return nil, err
	case !asked:
		return nil, failed(what, errGarbled)
	}
	return object, nil
}

// refusal is what there is to know of a request that Stripe refused. Stripe's words are left out: they can repeat the
// key.
type refusal struct {
	status int
	kind   stripe.ErrorType
	code   stripe.ErrorCode
}

func (r *refusal) Error() string {
	return strings.TrimSpace(fmt.Sprintf("refused with %d %s %s", r.status, r.kind, r.code))
}

var errGarbled = errors.New("the answer cannot be read")

// failed makes an error of Stripe's client one that can be logged.
func failed(what string, err error) error {
	if err == nil {
		return nil
	}
	var refused *stripe.Error
	var unreached *url.Error
	switch {
	case errors.As(err, &refused):
		err = &refusal{refused.HTTPStatusCode, refused.Type, refused.Code}
	case errors.As(err, &unreached):
		err = unreached.Err // without the address, which can hold an email
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
	default: // an answer that is no JSON is quoted in the error
		err = errGarbled
	}
	return fmt.Errorf("billing: %s: %w", what, err)
}

// status is with what Stripe refused a request; 0 where it did not.
func status(err error) int {
	if r := (*refusal)(nil); errors.As(err, &r) {
		return r.status
	}
	return 0
}

// missing tells that Stripe does not know what was asked for.
func missing(err error) bool {
	r := (*refusal)(nil)
	return errors.As(err, &r) && (r.status == http.StatusNotFound || r.code == stripe.ErrorCodeResourceMissing)
}

// bounded keeps an answer without end from filling the memory.
type bounded struct{ http.RoundTripper }

func (b bounded) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := b.RoundTripper.RoundTrip(request)
	if err == nil {
		response.Body = http.MaxBytesReader(nil, response.Body, maxAnswerBytes)
	}
	return response, err
}
