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

// statement is the answer of GET /api/portal/invoices. Every key but note is always there; an unknown value is null.
type statement struct {
	Configured  bool      `json:"configured"`
	AsOf        *string   `json:"asOf"`  // the time at which Stripe was read, RFC 3339 in UTC
	Stale       bool      `json:"stale"` // the statement is older because Stripe could not be read
	Outstanding []balance `json:"outstanding"`
	Items       []item    `json:"items"`          // the newest first
	Note        string    `json:"note,omitempty"` // says why there are no items although the client has a customer
}

// balance is what remains to be paid in one currency. Amounts are integers in the currency's minor unit; Exponent is
// the number of their decimals.
type balance struct {
	Currency string `json:"currency"`
	Exponent int    `json:"exponent"`
	Amount   int64  `json:"amount"`
}

// item is an invoice or a payment without an invoice. The status of an invoice is Stripe's own (open, paid, void,
// uncollectible) or that of its payments (pending, failed, refunded, partially_refunded, credited). The status of a
// payment is paid, pending, refunded or partially_refunded. Amounts are in minor units.
type item struct {
	Kind        string  `json:"kind"` // invoice or payment
	Number      *string `json:"number"`
	Description *string `json:"description"`
	Status      string  `json:"status"`
	Amount      int64   `json:"amount"`
	Remaining   int64   `json:"remaining"` // what is still to be paid of an open invoice
	Paid        int64   `json:"paid"`      // what has been paid
	Refunded    int64   `json:"refunded"`
	Credited    int64   `json:"credited"` // reduced by credit notes, without what was refunded
	Failure     *string `json:"failure"`  // the sentence that says why the newest payment failed
	Currency    string  `json:"currency"`
	Exponent    int     `json:"exponent"`
	Created     *string `json:"created"`
	DueDate     *string `json:"dueDate"`
	PayURL      *string `json:"payUrl"` // Stripe's page to pay it; only of an open invoice without a payment under way
	ReceiptURL  *string `json:"receiptUrl"`
	PDFURL      *string `json:"pdfUrl"`

	created int64
}

// empty returns a statement without items.
func empty(configured bool) *statement {
	return &statement{Configured: configured, Outstanding: []balance{}, Items: []item{}}
}

// fetch reads a customer's statement from Stripe and stores in the owner's row whether that worked.
func (s *service) fetch(ctx context.Context, customerId string) (*statement, error) {
	st, err := s.read(ctx, customerId)
	if s.ctx.Err() == nil { // a request that is cancelled because the app ends is not Stripe's fault
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
		return ignoreMissing(err)
	})
	asking.Go(func() (err error) {
		charges, err = s.stripe.chargesOf(ctx, customerId)
		return ignoreMissing(err)
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

// ignoreMissing drops the error of a list whose customer does not exist, because reading the customer reports that.
func ignoreMissing(err error) error {
	if missing(err) {
		return nil
	}
	return err
}

// compose builds a customer's statement. It skips objects of any other customer, in case Stripe returns some.
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
			continue // a failed payment of a checkout created no debt
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

// onlyHeld reports whether a card payment is authorised and not captured, so no money has moved.
func onlyHeld(charge *stripe.Charge) bool {
	return charge.Status == stripe.ChargeStatusSucceeded && !charge.Captured && charge.BalanceTransaction == nil
}

// invoicePayments is the state of all payments of one invoice.
type invoicePayments struct {
	receipt  string
	refunded int64
	pending  bool   // a payment is under way; one by Bacs takes days
	failed   bool   // the newest payment failed
	why      string // Stripe's code for the reason of that failure
	any      bool
}

// add takes one charge of the invoice. Call it with the newest first, in which order Stripe lists them.
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
		underWay, failed, why := intentState(invoice.PaymentIntent)
		switch {
		case payments.pending || underWay: // a link to pay would lead to a second payment
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

// intentState returns the state of an invoice's PaymentIntent, because a payment by bank can be under way, or fail,
// before there is a charge. why is Stripe's code for the reason of a failure.
func intentState(payment *stripe.PaymentIntent) (underWay, failed bool, why string) {
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

// firstLine returns the description of the first line, for an invoice that has none of its own.
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

// webLink returns the address if it is one of a web page; else nil.
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

// dated formats Unix seconds as RFC 3339 in UTC; nil for 0, which is Stripe's way to say unknown.
func dated(seconds int64) *string {
	if seconds == 0 {
		return nil
	}
	return orNull(time.Unix(seconds, 0).UTC().Format(time.RFC3339))
}
