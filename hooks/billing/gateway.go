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
	attemptTimeout = 5 * time.Second // of one HTTP request
	maxRetries     = 1               // Stripe's client only repeats requests that are safe to repeat
	pageSize       = 100             // Stripe's own maximum
	maxListed      = 10_000          // far more than one client has; a longer list is taken for a fault
	maxAnswerBytes = 16 << 20        // ten times the size of a hundred invoices with long texts
)

// gateway is the client of Stripe's API, with a connection pool of its own. Its errors contain neither the key nor an
// address nor Stripe's own words, so they can be logged.
type gateway struct {
	api       *client.API
	transport *http.Transport
	key       string
}

func newGateway(c config.Config) *gateway {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	settings := &stripe.BackendConfig{
		HTTPClient: &http.Client{
			Transport: bounded{transport},
			Timeout:   attemptTimeout,
			// The API never redirects.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		MaxNetworkRetries: stripe.Int64(maxRetries),
		// The library would log Stripe's words, which can contain the key.
		LeveledLogger:   &stripe.LeveledLogger{Level: stripe.LevelNull},
		EnableTelemetry: stripe.Bool(false),
	}
	if c.StripeAPIURL != nil {
		settings.URL = stripe.String(c.StripeAPIURL.String())
	}
	api := client.New(c.StripeSecretKey, &stripe.Backends{API: stripe.GetBackendWithConfig(stripe.APIBackend, settings)})
	return &gateway{api, transport, c.StripeSecretKey}
}

func (g *gateway) close() { g.transport.CloseIdleConnections() }

// otherMode reports whether an object with this livemode is of another mode (live or test) than the key. It returns
// false for a key whose mode is not known.
func (g *gateway) otherMode(live bool) bool {
	_, mode, _ := strings.Cut(g.key, "_") // sk_live_…, rk_test_…
	return live && strings.HasPrefix(mode, "test_") || !live && strings.HasPrefix(mode, "live_")
}

// customer returns a customer; one that was deleted has Deleted set. It returns nil if Stripe does not know the id.
func (g *gateway) customer(ctx context.Context, id string) (*stripe.Customer, error) {
	params := &stripe.CustomerParams{}
	params.Context = ctx
	found, err := g.api.Customers.Get(id, params)
	return one(found, found != nil && found.ID == id, "get customer "+id, err)
}

// customersByEmail returns the customers with exactly this email. Stripe compares case-sensitively.
func (g *gateway) customersByEmail(ctx context.Context, email string) ([]*stripe.Customer, error) {
	params := &stripe.CustomerListParams{Email: stripe.String(email)}
	params.Context, params.Limit = ctx, stripe.Int64(pageSize)
	it := g.api.Customers.List(params)
	return all[stripe.Customer](it.Iter, func() bool { return it.CustomerList().Data != nil }, "list customers by email")
}

func (g *gateway) invoicesOf(ctx context.Context, customerId string) ([]*stripe.Invoice, error) {
	params := &stripe.InvoiceListParams{Customer: stripe.String(customerId)}
	params.Context, params.Limit = ctx, stripe.Int64(pageSize)
	params.AddExpand("data.payment_intent") // a payment can be under way before there is a charge
	it := g.api.Invoices.List(params)
	return all[stripe.Invoice](it.Iter, func() bool { return it.InvoiceList().Data != nil }, "list invoices of "+customerId)
}

func (g *gateway) chargesOf(ctx context.Context, customerId string) ([]*stripe.Charge, error) {
	params := &stripe.ChargeListParams{Customer: stripe.String(customerId)}
	params.Context, params.Limit = ctx, stripe.Int64(pageSize)
	it := g.api.Charges.List(params)
	return all[stripe.Charge](it.Iter, func() bool { return it.ChargeList().Data != nil }, "list charges of "+customerId)
}

// payment returns a PaymentIntent with its invoice expanded; nil if there is none.
func (g *gateway) payment(ctx context.Context, id string) (*stripe.PaymentIntent, error) {
	params := &stripe.PaymentIntentParams{Expand: []*string{stripe.String("invoice")}}
	params.Context = ctx
	found, err := g.api.PaymentIntents.Get(id, params)
	return one(found, found != nil && found.ID == id, "get payment "+id, err)
}

// payer returns the id of the customer to whom an invoice, a charge or a PaymentIntent (kind) belongs; empty if there
// is none.
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

// markPayment writes a mark into a PaymentIntent's metadata. The idempotency key depends on the payment alone, so
// Stripe accepts only the first of several attempts with different marks; first is false for the others.
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

// portalSession returns an address of Stripe's customer portal for a customer, which leads back to returnURL.
func (g *gateway) portalSession(ctx context.Context, customerId, returnURL string) (string, error) {
	params := &stripe.BillingPortalSessionParams{Customer: stripe.String(customerId), ReturnURL: stripe.String(returnURL)}
	params.Context = ctx
	session, err := g.api.BillingPortalSessions.New(params)
	if err != nil {
		return "", failed("make portal session of "+customerId, err)
	}
	return session.URL, nil
}

// pages is the iterator of Stripe's library over the items of a list.
type pages interface {
	Next() bool
	Current() interface{}
	Err() error
}

// all reads a list to its end. A body that is no list would look like an empty one, so isList checks the last page.
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

// one returns a single object; nil if Stripe does not have it, and an error if asked is false, which means that the
// answer is not the object that was asked for.
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

// refusal is the error for a request that Stripe refused. Stripe's own words are left out because they can contain the
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

// failed turns an error of Stripe's library into one that can be logged. what describes the request.
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
		err = unreached.Err // the address is left out, which can contain an email
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
	default: // such an error quotes the answer that could not be parsed
		err = errGarbled
	}
	return fmt.Errorf("billing: %s: %w", what, err)
}

// status returns the HTTP status with which Stripe refused a request; 0 for any other error.
func status(err error) int {
	if r := (*refusal)(nil); errors.As(err, &r) {
		return r.status
	}
	return 0
}

// missing reports whether the error says that Stripe does not have the object.
func missing(err error) bool {
	r := (*refusal)(nil)
	return errors.As(err, &r) && (r.status == http.StatusNotFound || r.code == stripe.ErrorCodeResourceMissing)
}

// bounded limits the size of each answer, so that one without an end cannot fill the memory.
type bounded struct{ http.RoundTripper }

func (b bounded) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := b.RoundTripper.RoundTrip(request)
	if err == nil {
		response.Body = http.MaxBytesReader(nil, response.Body, maxAnswerBytes)
	}
	return response, err
}
