package demo

import "slices"

// invoice is an invoice at the fake Stripe. Amounts are in pence.
type invoice struct {
	id        string // by which a deliverable names it; generated if empty
	number    string
	what      string
	amount    int64
	made, due moment
	state     invoiceState
	part      int64 // what was paid or refunded, if that is not the whole
}

// invoiceState is the state to which an invoice is brought.
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

// hasPaid reports whether a client has paid an invoice.
func (c client) hasPaid(id string) bool {
	return slices.ContainsFunc(c.invoices, func(i invoice) bool { return i.id != "" && i.id == id && i.state == isPaid })
}
