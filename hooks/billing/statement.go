package billing

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"greenroom/hooks/people"

	"github.com/stripe/stripe-go/v76"
	"golang.org/x/sync/errgroup"
)

// statement is what a client owes and has paid. Every key is always there, but for the note; what is not known is null.
type statement struct {
	Configured  bool      `json:"configured"`
	AsOf        *string   `json:"asOf"`  // the time at which Stripe said so
	Stale       bool      `json:"stale"` // Stripe could not be asked just now
	Outstanding []balance `json:"outstanding"`
	Items       []item    `json:"items"`          // newest first
	Note        string    `json:"note,omitempty"` // why there is nothing, where there should be something
}

// balance is what remains to be paid in one currency. Amounts are in the currency's smallest unit; exponent is how many
// of their digits are decimals.
type balance struct {
	Currency string `json:"currency"`
	Exponent int    `json:"exponent"`
	Amount   int64  `json:"amount"`
}

// item is an invoice, with Stripe's own word for its status (open, paid, void, uncollectible) or a word for how its
// payment fares (pending, failed, refunded, partially_refunded, credited), or a payment without an invoice (paid,
// pending, refunded, partially_refunded).
type item struct {
	Kind        string  `json:"kind"` // invoice or payment
	Number      *string `json:"number"`
	Description *string `json:"description"`
	Status      string  `json:"status"`
	Amount      int64   `json:"amount"`
	Remaining   int64   `json:"remaining"` // the part of an open invoice that is still to be paid
	Paid        int64   `json:"paid"`      // the part that has arrived
	Refunded    int64   `json:"refunded"`
	Credited    int64   `json:"credited"` // by credit notes, without what was refunded
	Failure     *string `json:"failure"`  // why the newest payment did not arrive
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
	if s.ctx.Err() == nil { // a request that ends with the app is no fault of Stripe's
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
	payments, owed := map[string]*invoicePayments{}, map[stripe.Currency]int64{}
	for _, charge := range charges {
		if charge.Customer == nil || charge.Customer.ID != customerId || onlyHeld(charge) {
			continue
		}
		if charge.Invoice != nil {
			if payments[charge.Invoice.ID] == nil {
				payments[charge.Invoice.ID] = &invoicePayments{}
			}
			payments[charge.Invoice.ID].add(charge)
			continue
		}
		if charge.Status == stripe.ChargeStatusFailed {
			continue // a try at a checkout that asked for nothing and left nothing to pay
		}
		st.Items = append(st.Items, paymentItem(charge))
	}
	for _, invoice := range invoices {
		if invoice.Customer == nil || invoice.Customer.ID != customerId || invoice.Status == stripe.InvoiceStatusDraft {
			continue
		}
		st.Items = append(st.Items, invoiceItem(invoice, cmp.Or(payments[invoice.ID], &invoicePayments{})))
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
	return charge.Status == stripe.ChargeStatusSucceeded && !charge.Captured && charge.BalanceTransaction == nil
}

// invoicePayments is how the payments of one invoice fare.
type invoicePayments struct {
	receipt  string
	refunded int64
	pending  bool   // a payment is under way, as Bacs payments are for days
	failed   bool   // the newest payment did not arrive,
	why      string // for Stripe's reason
	any      bool
}

// add takes the charges of an invoice, the newest first, as Stripe lists them.
func (p *invoicePayments) add(charge *stripe.Charge) {
	switch charge.Status {
	case stripe.ChargeStatusSucceeded:
		p.receipt = cmp.Or(p.receipt, charge.ReceiptURL)
		p.refunded += charge.AmountRefunded
	case stripe.ChargeStatusPending:
		p.pending = true
	case stripe.ChargeStatusFailed:
		if !p.any {
			p.failed, p.why = true, charge.FailureCode
		}
	}
	p.any = true
}

func invoiceItem(invoice *stripe.Invoice, payments *invoicePayments) item {
	out := item{
		Kind: "invoice", Number: orNull(invoice.Number), Description: orNull(cmp.Or(invoice.Description, firstLine(invoice))), Status: string(invoice.Status),
		Amount: invoice.Total, Refunded: payments.refunded, Currency: string(invoice.Currency), Exponent: exponent(string(invoice.Currency)),
		Created: dated(invoice.Created), DueDate: dated(invoice.DueDate), ReceiptURL: webLink(payments.receipt), PDFURL: webLink(invoice.InvoicePDF), created: invoice.Created,
	}
	out.Paid = invoice.AmountPaid
	out.Credited = invoice.PrePaymentCreditNotesAmount + max(0, invoice.PostPaymentCreditNotesAmount-out.Refunded)
	switch {
	case invoice.Status == stripe.InvoiceStatusOpen:
		out.Amount, out.Remaining = invoice.AmountDue, invoice.AmountRemaining
		underWay, failed, why := fares(invoice.PaymentIntent)
		switch {
		case payments.pending || underWay: // a second payment beside the one under way would be one too many
			out.Status = "pending"
		case payments.failed || failed:
			out.Status, out.PayURL = "failed", webLink(invoice.HostedInvoiceURL)
			out.Failure = orNull(failureInWords(cmp.Or(payments.why, why)))
		default:
			out.PayURL = webLink(invoice.HostedInvoiceURL)
		}
	case invoice.Status == stripe.InvoiceStatusUncollectible:
		out.Remaining = invoice.AmountRemaining
	case invoice.Status == stripe.InvoiceStatusPaid && out.Refunded > 0 && out.Refunded >= invoice.Total:
		out.Status = "refunded"
	case invoice.Status == stripe.InvoiceStatusPaid && out.Refunded > 0:
		out.Status = "partially_refunded"
	case invoice.Status == stripe.InvoiceStatusPaid && out.Credited > 0 && out.Credited >= invoice.Total:
		out.Status = "credited"
	}
	return out
}

// fares tells how the payment of an invoice fares by itself: one that takes days can be under way before there is a
// charge.
func fares(payment *stripe.PaymentIntent) (underWay, failed bool, why string) {
	switch {
	case payment == nil:
		return false, false, ""
	case payment.Status == stripe.PaymentIntentStatusProcessing:
		return true, false, ""
	case payment.Status == stripe.PaymentIntentStatusRequiresPaymentMethod && payment.LastPaymentError != nil:
		return false, true, string(cmp.Or(string(payment.LastPaymentError.DeclineCode), string(payment.LastPaymentError.Code)))
	}
	return false, false, ""
}

// firstLine is what an invoice is for, where its maker wrote nothing above the lines.
func firstLine(invoice *stripe.Invoice) string {
	if invoice.Lines == nil || len(invoice.Lines.Data) == 0 || invoice.Lines.Data[0] == nil {
		return ""
	}
	return invoice.Lines.Data[0].Description
}

func paymentItem(charge *stripe.Charge) item {
	status, arrived := "paid", charge.Amount
	switch {
	case charge.Status == stripe.ChargeStatusPending:
		status, arrived = "pending", 0
	case charge.Refunded:
		status = "refunded"
	case charge.AmountRefunded > 0:
		status = "partially_refunded"
	}
	return item{
		Kind: "payment", Number: orNull(charge.ReceiptNumber), Description: orNull(charge.Description), Status: status,
		Amount: charge.Amount, Paid: arrived, Refunded: charge.AmountRefunded, Currency: string(charge.Currency), Exponent: exponent(string(charge.Currency)),
		Created: dated(charge.Created), ReceiptURL: webLink(charge.ReceiptURL), created: charge.Created,
	}
}

// webLink is an address that a browser may be sent to, or none.
func webLink(address string) *string {
	if !people.IsWebLink(address) {
		return nil
	}
	return &address
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
