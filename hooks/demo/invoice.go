package demo

import "slices"

// invoice is one at the made-up Stripe. Amounts are in the smallest unit of the currency, which is the pound.
type invoice struct {
	id        string // by which a deliverable names it; made up where it is empty
	number    string
	what      string
	amount    int64
	made, due moment
	state     invoiceState
	part      int64 // what has arrived, or was given back, where that is not all
}

// invoiceState is how far an invoice has come.
type invoiceState int

const (
	isDraft invoiceState = iota
	isOpen
	isPartPaid
	isProcessing
	isFailed
	isPaid
	isRefundedInPart
	isVoid
)

// hasPaid tells whether a client has paid an invoice.
func (c client) hasPaid(id string) bool {
	return slices.ContainsFunc(c.invoices, func(i invoice) bool { return i.id != "" && i.id == id && i.state == isPaid })
}
