package billing

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/stripe/stripe-go/v76"
	"golang.org/x/sync/errgroup"
)

// statement is what a client owes and has paid. Every key is always there, but for the note; what is not known is null.
type statement struct {
	Configured  bool      `json:"configured"`
	AsOf        *string   `json:"asOf"`  // when Stripe said so
	Stale       bool      `json:"stale"` // Stripe could not be asked just now
	Outstanding []balance `json:"outstanding"`
	Items       []item    `json:"items"`          // newest first
	Note        string    `json:"note,omitempty"` // why there is nothing, where there should be something
}

// balance is what remains to be paid in one currency. Amounts are in the currency's smallest unit; exponent is how many of
// their digits are decimals.
type balance struct {
	Currency string `json:"currency"`
	Exponent int    `json:"exponent"`
	Amount   int64  `json:"amount"`
}

// item is an invoice, with Stripe's own word for its status (open, paid, void, uncollectible), or a payment without one
// (paid, refunded, partially_refunded).
type item struct {
	Kind        string  `json:"kind"` // invoice or payment
	Number      *string `json:"number"`
	Description *string `json:"description"`
	Status      string  `json:"status"`
	Amount      int64   `json:"amount"`
	Currency    string  `json:"currency"`
	Exponent    int     `json:"exponent"`
	Created     *string `json:"created"`
	DueDate     *string `json:"dueDate"`
	PayURL      *string `json:"payUrl"` // while it is open
	ReceiptURL  *string `json:"receiptUrl"`
	PDFURL      *string `json:"pdfUrl"`

	created int64
}

// empty is the statement of somebody of whom there is nothing to say.
func empty(configured bool) *statement {
	return &statement{Configured: configured, Outstanding: []balance{}, Items: []item{}}
}

// fetch asks Stripe for a customer's statement, and tells the owner how Stripe fares.
func (s *service) fetch(ctx context.Context, customerId string) (*statement, error) {
	st, err := s.read(ctx, customerId)
	if s.ctx.Err() == nil { // what ends with the app is no fault of Stripe's
		s.health.note(err)
	}
	return st, err
}

func (s *service) read(ctx context.Context, customerId string) (*statement, error) {
	var customer *stripe.Customer
	var invoices []*stripe.Invoice
	var charges []*stripe.Charge
	asking, ctx := errgroup.WithContext(ctx)
	asking.Go(func() (err error) {
		customer, err = s.stripe.customer(ctx, customerId)
		return err
	})
	asking.Go(func() (err error) {
		invoices, err = s.stripe.invoicesOf(ctx, customerId)
		return known(err)
	})
	asking.Go(func() (err error) {
		charges, err = s.stripe.chargesOf(ctx, customerId)
		return known(err)
	})
	if err := asking.Wait(); err != nil {
		return nil, err
	}
	if err := s.health.noteCustomer(customerId, customer != nil); err != nil {
		return nil, err
	}
	if customer == nil || customer.Deleted {
		gone := empty(true)
		gone.Note = fmt.Sprintf("Your billing account at Stripe has been closed, so there are no invoices to show. If you expected some, ask %s.", s.config.Owner)
		return gone, nil
	}
	return compose(customerId, invoices, charges), nil
}

// known lets pass that a list was refused because there is no such customer: the customer themselves will say so.
func known(err error) error {
	if missing(err) {
		return nil
	}
	return err
}

// compose makes a customer's statement. What Stripe gives of anybody else is left out.
func compose(customerId string, invoices []*stripe.Invoice, charges []*stripe.Charge) *statement {
	st := empty(true)
	receipts, owed := map[string]string{}, map[stripe.Currency]int64{}
	for _, charge := range charges {
		if charge.Customer == nil || charge.Customer.ID != customerId || charge.Status != stripe.ChargeStatusSucceeded || onlyHeld(charge) {
			continue
		}
		if charge.Invoice != nil {
			receipts[charge.Invoice.ID] = cmp.Or(receipts[charge.Invoice.ID], charge.ReceiptURL) // the newest comes first
			continue
		}
		st.Items = append(st.Items, paymentItem(charge))
	}
	for _, invoice := range invoices {
		if invoice.Customer == nil || invoice.Customer.ID != customerId || invoice.Status == stripe.InvoiceStatusDraft {
			continue
		}
		st.Items = append(st.Items, invoiceItem(invoice, receipts[invoice.ID]))
		if invoice.Status == stripe.InvoiceStatusOpen && invoice.AmountRemaining > 0 {
			owed[invoice.Currency] += invoice.AmountRemaining
		}
	}
	slices.SortStableFunc(st.Items, func(a, b item) int { return cmp.Compare(b.created, a.created) })
	for _, currency := range slices.Sorted(maps.Keys(owed)) {
		st.Outstanding = append(st.Outstanding, balance{string(currency), exponent(string(currency)), owed[currency]})
	}
	return st
}

// onlyHeld tells that a card said yes and no money has moved yet.
func onlyHeld(charge *stripe.Charge) bool {
	return !charge.Captured && charge.BalanceTransaction == nil
}

func invoiceItem(invoice *stripe.Invoice, receipt string) item {
	out := item{
		Kind: "invoice", Number: orNull(invoice.Number), Description: orNull(cmp.Or(invoice.Description, firstLine(invoice))), Status: string(invoice.Status),
		Amount: invoice.AmountDue, Currency: string(invoice.Currency), Exponent: exponent(string(invoice.Currency)),
		Created: dated(invoice.Created), DueDate: dated(invoice.DueDate), ReceiptURL: orNull(receipt), PDFURL: orNull(invoice.InvoicePDF), created: invoice.Created,
	}
	if invoice.Status == stripe.InvoiceStatusOpen {
		out.PayURL = orNull(invoice.HostedInvoiceURL)
	}
	return out
}

// firstLine is what an invoice is for, where its maker wrote nothing above the lines.
func firstLine(invoice *stripe.Invoice) string {
	if invoice.Lines == nil || len(invoice.Lines.Data) == 0 || invoice.Lines.Data[0] == nil {
		return ""
	}
	return invoice.Lines.Data[0].Description
}

func paymentItem(charge *stripe.Charge) item {
	status := "paid"
	switch {
	case charge.Refunded:
		status = "refunded"
	case charge.AmountRefunded > 0:
		status = "partially_refunded"
	}
	return item{
		Kind: "payment", Number: orNull(charge.ReceiptNumber), Description: orNull(charge.Description), Status: status,
		Amount: charge.Amount, Currency: string(charge.Currency), Exponent: exponent(string(charge.Currency)),
		Created: dated(charge.Created), ReceiptURL: orNull(charge.ReceiptURL), created: charge.Created,
	}
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// dated writes Stripe's seconds since 1970; 0 is no time.
func dated(seconds int64) *string {
	if seconds == 0 {
		return nil
	}
	return orNull(time.Unix(seconds, 0).UTC().Format(time.RFC3339))
}
