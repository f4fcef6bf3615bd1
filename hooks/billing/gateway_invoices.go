package billing

import (
	"context"
	"strings"

	"github.com/stripe/stripe-go/v76"

	"greenroom/hooks/config"
	"greenroom/hooks/people"
)

// inTestMode reports whether the key is one of Stripe's test mode.
func (g *gateway) inTestMode() bool {
	_, mode, _ := strings.Cut(g.key, "_")
	return strings.HasPrefix(mode, "test_")
}

// invoice returns an invoice with its PaymentIntent expanded; nil if there is none.
func (g *gateway) invoice(ctx context.Context, id string) (*stripe.Invoice, error) {
	params := &stripe.InvoiceParams{Expand: []*string{stripe.String("payment_intent")}}
	params.Context = ctx
	found, err := g.api.Invoices.Get(id, params)
	return one(found, found != nil && found.ID == id, "get invoice "+id, err)
}

// newDraft makes a draft invoice without lines. Stripe does not send it before the owner finalises it (auto_advance is
// off).
func (g *gateway) newDraft(ctx context.Context, customerId, currency, description string, metadata map[string]string, key string) (id string, err error) {
	params := &stripe.InvoiceParams{
		Customer: stripe.String(customerId), Currency: stripe.String(currency), Description: stripe.String(people.OneLine(description, maxLineChars)),
		CollectionMethod: stripe.String(string(stripe.InvoiceCollectionMethodSendInvoice)), DaysUntilDue: stripe.Int64(daysUntilDue),
		AutoAdvance: stripe.Bool(false), PendingInvoiceItemsBehavior: stripe.String("exclude"), Metadata: metadata,
	}
	params.Context = ctx
	params.SetIdempotencyKey(key)
	made, err := g.api.Invoices.New(params)
	if err != nil {
		return "", failed("make draft for "+customerId, err)
	}
	if made.ID == "" {
		return "", failed("make draft for "+customerId, errGarbled)
	}
	return made.ID, nil
}

func (g *gateway) newLine(ctx context.Context, invoice, customerId, currency string, line Line, key string) error {
	params := &stripe.InvoiceItemParams{
		Customer: stripe.String(customerId), Invoice: stripe.String(invoice), Currency: stripe.String(currency), Amount: stripe.Int64(line.Amount),
		Description: stripe.String(line.Description),
	}
	if line.Session != "" {
		params.Metadata = map[string]string{sessionKey: line.Session}
	}
	params.Context = ctx
	params.SetIdempotencyKey(key)
	_, err := g.api.InvoiceItems.New(params)
	return failed("add a line to "+invoice, err)
}

// deleteDraft deletes a draft with its lines. It is no error if the draft is gone already.
func (g *gateway) deleteDraft(ctx context.Context, id string) error {
	params := &stripe.InvoiceParams{}
	params.Context = ctx
	_, err := g.api.Invoices.Del(id, params)
	if err = failed("delete draft "+id, err); missing(err) {
		return nil
	}
	return err
}

// GoneInvoices returns those of the ids whose invoice was voided or deleted, or is unknown to Stripe. The doctor uses
// it.
func GoneInvoices(ctx context.Context, c config.Config, ids []string) (gone []string, err error) {
	g := newGateway(c)
	defer g.close()
	for _, id := range ids {
		invoice, err := g.invoice(ctx, id)
		if err != nil {
			return nil, err
		}
		if invoice == nil || invoice.Deleted || invoice.Status == stripe.InvoiceStatusVoid {
			gone = append(gone, id)
		}
	}
	return gone, nil
}
