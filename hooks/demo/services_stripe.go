package demo

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"time"

	"greenroom/hooks/billing/stripefake"
)

// The fake Stripe has the invoices of the tables at each start, because it stores nothing.

// fillStripe returns a fake Stripe with the clients' invoices, dated from the loading of the demo. address is the base
// of their pages.
func fillStripe(clients []client, loaded time.Time, address string) *stripefake.Server {
	s := stripefake.New()
	at := func(m moment) any {
		if m == nil {
			return nil
		}
		return m(loaded).Unix()
	}
	for _, c := range clients {
		if c.stripe == "" {
			continue
		}
		s.Add("customer", stripefake.Object{"id": c.stripe, "email": c.email, "name": c.name, "created": at(c.since)})
		for _, i := range c.invoices {
			id := i.id
			if id == "" {
				id = "in_demo" + i.number
			}
			s.Add("invoice", stripefake.Object{"id": id, "customer": c.stripe, "currency": "gbp", "description": i.what, "status": "draft", "created": at(i.made),
				"total": i.amount, "subtotal": i.amount, "amount_due": i.amount, "amount_paid": int64(0), "amount_remaining": i.amount, "due_date": nil,
				"lines": stripefake.Object{"object": "list", "has_more": false, "data": []any{}}})
			if i.state == isDraft {
				continue
			}
			page := address + invoicePath + id
			s.Finalise(id)
			s.Set(id, stripefake.Object{"number": i.number, "due_date": at(i.due), "hosted_invoice_url": page, "invoice_pdf": page})
			i.bring(s, id)
			date := i.made(loaded).AddDate(0, 0, 1).Unix()
			for _, charge := range s.All("charge") {
				if charge["invoice"] == id {
					s.Set(charge["id"].(string), stripefake.Object{"created": min(date, loaded.Unix()), "receipt_url": receipt(charge, page)})
				}
			}
		}
	}
	return s
}

// bring performs the acts at Stripe that bring an open invoice to its state.
func (i invoice) bring(s *stripefake.Server, id string) {
	switch i.state {
	case isPartPaid:
		s.PayPart(id, i.part)
	case isProcessing:
		s.StartPayment(id, true)
	case isFailed:
		s.FailPayment(id, "insufficient_funds")
	case isPaid:
		s.Pay(id)
	case isRefundedInPart:
		s.Pay(id)
		s.Refund(s.Get(id)["charge"].(string), i.part)
	case isVoid:
		s.Void(id)
	}
}

// receipt returns the page of a charge's receipt; nil unless the charge succeeded.
func receipt(charge stripefake.Object, page string) any {
	if charge["status"] == "succeeded" {
		return page
	}
	return nil
}

// pay pays what remains of an invoice, and sends the studio Stripe's events.
func (s *services) pay(ctx context.Context, id, page string) error {
	told := s.stripe.Pay(id)
	charge, _ := s.stripe.Get(id)["charge"].(string)
	s.stripe.Set(charge, stripefake.Object{"created": s.now().Unix(), "receipt_url": page})
	for _, event := range told {
		body := event.Body()
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.portal.Load().(string)+"/api/webhooks/stripe", bytes.NewReader(body))
		if err != nil {
			return err
		}
		request.Header.Set("Stripe-Signature", stripefake.Sign(body, s.secret, s.now()))
		answer, err := s.sender.Do(request)
		if err != nil {
			return err
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusNoContent {
			return fmt.Errorf("demo: the studio answered %s to %s", answer.Status, event.Kind)
		}
	}
	return nil
}
