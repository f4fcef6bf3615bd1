package stripefake

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
)

// The functions of this file do what people, banks and the API do at Stripe.

// Told is an event that Stripe sends: its type, and the object as it was at that moment.
type Told struct {
	Kind   string
	Object Object
}

// Body returns the JSON of the event as the webhook receives it.
func (t Told) Body() []byte { return Event(t.Kind, t.Object) }

func (s *Server) told(kind, id string) Told { return Told{kind, maps.Clone(s.find(id))} }

// draftParameters matches the parameters that the fake accepts for a new draft.
var draftParameters = regexp.MustCompile(`^(customer|currency|description|collection_method|days_until_due|auto_advance|pending_invoice_items_behavior|metadata\[\w+\])$`)

var lineParameters = regexp.MustCompile(`^(customer|invoice|currency|amount|description|metadata\[\w+\])$`)

var metadataName = regexp.MustCompile(`^metadata\[(\w+)\]$`)

func metadataOf(form url.Values) Object {
	out := Object{}
	for name := range form {
		if found := metadataName.FindStringSubmatch(name); found != nil {
			out[found[1]] = form.Get(name)
		}
	}
	return out
}

// taken lists the currencies that the fake's account accepts.
var taken = []string{"gbp", "eur", "usd", "jpy", "kwd"}

func (s *Server) newDraft(w http.ResponseWriter, form url.Values) {
	for name := range form {
		if !draftParameters.MatchString(name) {
			unknown(w, name)
			return
		}
	}
	customer := s.find(form.Get("customer"))
	switch {
	case customer == nil || customer["deleted"] == true:
		missing(w, form.Get("customer"))
		return
	case !slices.Contains(taken, form.Get("currency")):
		refuse(w, http.StatusBadRequest, "invalid_request_error", "", "Invalid currency: "+form.Get("currency"))
		return
	case form.Get("collection_method") == "send_invoice" && form.Get("days_until_due") == "":
		refuse(w, http.StatusBadRequest, "invalid_request_error", "", "You must pass days_until_due or due_date.")
		return
	}
	id := s.add("invoice", Object{"customer": form.Get("customer"), "currency": form.Get("currency"), "description": form.Get("description"),
		"collection_method": form.Get("collection_method"), "metadata": metadataOf(form), "status": "draft", "due_date": nil,
		"total": 0, "subtotal": 0, "amount_due": 0, "amount_remaining": 0, "lines": Object{"object": "list", "has_more": false, "data": []any{}}})
	write(w, http.StatusOK, s.find(id))
}

func (s *Server) newLine(w http.ResponseWriter, form url.Values) {
	for name := range form {
		if !lineParameters.MatchString(name) {
			unknown(w, name)
			return
		}
	}
	invoice := s.find(form.Get("invoice"))
	amount, err := strconv.ParseInt(form.Get("amount"), 10, 64)
	switch {
	case invoice == nil:
		missing(w, form.Get("invoice"))
		return
	case invoice["status"] != "draft" || invoice["customer"] != form.Get("customer") || invoice["currency"] != form.Get("currency") || err != nil:
		refuse(w, http.StatusBadRequest, "invalid_request_error", "", "This line cannot be added to the invoice.")
		return
	}
	s.clock++
	item := Object{"id": fmt.Sprintf("ii_fake%06d", s.clock), "object": "invoiceitem", "amount": amount, "currency": form.Get("currency"), "customer": form.Get("customer"),
		"description": form.Get("description"), "invoice": invoice["id"], "metadata": metadataOf(form)}
	list := invoice["lines"].(Object)
	data, _ := list["data"].([]any)
	list["data"] = append(slices.Clone(data), Object{"id": fmt.Sprintf("il_fake%06d", s.clock), "object": "line_item", "amount": amount, "currency": form.Get("currency"),
		"description": form.Get("description"), "metadata": metadataOf(form), "invoice_item": item["id"], "type": "invoiceitem"})
	total := number(invoice["total"]) + amount
	maps.Copy(invoice, Object{"total": total, "subtotal": total, "amount_due": total, "amount_remaining": total})
	write(w, http.StatusOK, item)
}

func (s *Server) deleteDraft(w http.ResponseWriter, id string) {
	invoice := s.find(id)
	switch {
	case invoice == nil:
		missing(w, id)
	case invoice["status"] != "draft":
		refuse(w, http.StatusBadRequest, "invalid_request_error", "", "You can only delete draft invoices.")
	default:
		s.remove(id)
		write(w, http.StatusOK, Object{"id": id, "object": "invoice", "deleted": true})
	}
}

// Finalise turns a draft into an open invoice with a number and a page on which it can be paid.
func (s *Server) Finalise(id string) []Told {
	s.mu.Lock()
	defer s.mu.Unlock()
	invoice := s.find(id)
	s.numbered++
	payment := s.add("payment_intent", Object{"customer": invoice["customer"], "invoice": id, "amount": invoice["amount_due"], "amount_received": 0,
		"currency": invoice["currency"], "status": "requires_payment_method"})
	maps.Copy(invoice, Object{"status": "open", "number": fmt.Sprintf("INV-%04d", s.numbered), "payment_intent": payment, "due_date": s.clock + 14*24*3600,
		"hosted_invoice_url": "https://invoice.stripe.com/i/" + id, "invoice_pdf": "https://pay.stripe.com/invoice/" + id + "/pdf"})
	return []Told{s.told("invoice.finalized", id), s.told("invoice.updated", id)}
}

// DeleteDraft deletes a draft as the owner does in Stripe's dashboard.
func (s *Server) DeleteDraft(id string) []Told {
	s.mu.Lock()
	defer s.mu.Unlock()
	deleted := s.told("invoice.deleted", id)
	s.remove(id)
	return []Told{deleted}
}

// Void cancels an open invoice.
func (s *Server) Void(id string) []Told {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.Copy(s.find(id), Object{"status": "void", "amount_remaining": 0})
	s.cancelPayment(id)
	return []Told{s.told("invoice.voided", id), s.told("invoice.updated", id)}
}

func (s *Server) cancelPayment(id string) {
	if payment := s.paymentOf(id); payment != nil {
		payment["status"] = "canceled"
	}
}

func (s *Server) paymentOf(invoiceId string) Object {
	id, _ := s.find(invoiceId)["payment_intent"].(string)
	return s.find(id)
}

// charge adds a charge for an invoice.
func (s *Server) charge(id, status string, amount int64, fields Object) (charge string) {
	all := Object{"customer": s.find(id)["customer"], "invoice": id, "amount": amount, "currency": s.find(id)["currency"], "status": status,
		"paid": status == "succeeded", "captured": status != "failed", "payment_intent": s.find(id)["payment_intent"]}
	if status == "succeeded" {
		all["receipt_url"] = "https://pay.stripe.com/receipts/" + id
	}
	maps.Copy(all, fields)
	return s.add("charge", all)
}

// StartPayment begins a payment that takes days, such as one by Bacs. Without withCharge there is only a PaymentIntent
// yet.
func (s *Server) StartPayment(id string, withCharge bool) []Told {
	s.mu.Lock()
	defer s.mu.Unlock()
	payment := s.paymentOf(id)
	payment["status"] = "processing"
	told := []Told{s.told("payment_intent.processing", payment["id"].(string))}
	if withCharge {
		charge := s.charge(id, "pending", number(s.find(id)["amount_remaining"]), nil)
		payment["latest_charge"] = charge
		told = append(told, s.told("charge.pending", charge))
	}
	return told
}

// Pay pays what remains of an invoice, by the payment that is under way if there is one.
func (s *Server) Pay(id string) []Told {
	s.mu.Lock()
	defer s.mu.Unlock()
	invoice, payment := s.find(id), s.paymentOf(id)
	remains := number(invoice["amount_remaining"])
	charge, _ := payment["latest_charge"].(string)
	if pending := s.find(charge); pending != nil && pending["status"] == "pending" {
		maps.Copy(pending, Object{"status": "succeeded", "paid": true, "receipt_url": "https://pay.stripe.com/receipts/" + id})
	} else {
		charge = s.charge(id, "succeeded", remains, nil)
	}
	maps.Copy(payment, Object{"status": "succeeded", "amount_received": remains, "latest_charge": charge, "last_payment_error": nil})
	maps.Copy(invoice, Object{"status": "paid", "paid": true, "amount_paid": number(invoice["amount_paid"]) + remains, "amount_remaining": 0, "charge": charge})
	return []Told{s.told("charge.succeeded", charge), s.told("payment_intent.succeeded", payment["id"].(string)), s.told("invoice.paid", id),
		s.told("invoice.payment_succeeded", id), s.told("invoice.updated", id)}
}

// PayPart pays a part of an invoice, in minor units. Stripe allows this for newer accounts.
func (s *Server) PayPart(id string, amount int64) []Told {
	s.mu.Lock()
	defer s.mu.Unlock()
	invoice := s.find(id)
	charge := s.charge(id, "succeeded", amount, nil)
	maps.Copy(invoice, Object{"amount_paid": number(invoice["amount_paid"]) + amount, "amount_remaining": number(invoice["amount_remaining"]) - amount})
	return []Told{s.told("charge.succeeded", charge), s.told("invoice.updated", id)}
}

// MarkPaid marks an invoice as paid outside Stripe, as the owner does in the dashboard.
func (s *Server) MarkPaid(id string) []Told {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.Copy(s.find(id), Object{"status": "paid", "paid": true, "paid_out_of_band": true, "amount_remaining": 0})
	s.cancelPayment(id)
	return []Told{s.told("invoice.paid", id), s.told("invoice.updated", id)}
}

// FailPayment makes a payment of an invoice fail with one of Stripe's codes.
func (s *Server) FailPayment(id, code string) []Told {
	s.mu.Lock()
	defer s.mu.Unlock()
	payment := s.paymentOf(id)
	charge, _ := payment["latest_charge"].(string)
	if pending := s.find(charge); pending != nil && pending["status"] == "pending" {
		maps.Copy(pending, Object{"status": "failed", "paid": false, "captured": false, "failure_code": code})
	} else {
		charge = s.charge(id, "failed", number(s.find(id)["amount_remaining"]), Object{"failure_code": code})
	}
	maps.Copy(payment, Object{"status": "requires_payment_method", "latest_charge": charge, "last_payment_error": Object{"type": "card_error", "code": code}})
	return []Told{s.told("charge.failed", charge), s.told("payment_intent.payment_failed", payment["id"].(string)), s.told("invoice.payment_failed", id)}
}

// Refund pays back an amount of a charge, in minor units.
func (s *Server) Refund(chargeId string, amount int64) []Told {
	s.mu.Lock()
	defer s.mu.Unlock()
	charge := s.find(chargeId)
	refunded := number(charge["amount_refunded"]) + amount
	maps.Copy(charge, Object{"amount_refunded": refunded, "refunded": refunded == number(charge["amount"])})
	s.clock++
	refund := Object{"id": fmt.Sprintf("re_fake%06d", s.clock), "object": "refund", "charge": chargeId, "amount": amount}
	return []Told{{"refund.created", refund}, s.told("charge.refunded", chargeId)}
}

// Credit writes a credit note in minor units. It reduces what remains of an open invoice, and credits the customer of a
// paid one.
func (s *Server) Credit(id string, amount int64) []Told {
	s.mu.Lock()
	defer s.mu.Unlock()
	invoice := s.find(id)
	if invoice["status"] == "paid" {
		invoice["post_payment_credit_notes_amount"] = number(invoice["post_payment_credit_notes_amount"]) + amount
	} else {
		invoice["pre_payment_credit_notes_amount"] = number(invoice["pre_payment_credit_notes_amount"]) + amount
		remains := number(invoice["amount_remaining"]) - amount
		maps.Copy(invoice, Object{"amount_due": number(invoice["amount_due"]) - amount, "amount_remaining": remains})
		if remains == 0 {
			maps.Copy(invoice, Object{"status": "paid", "paid": true})
			s.cancelPayment(id)
		}
	}
	s.clock++
	note := Object{"id": fmt.Sprintf("cn_fake%06d", s.clock), "object": "credit_note", "invoice": id, "customer": invoice["customer"], "amount": amount}
	return []Told{{"credit_note.created", note}, s.told("invoice.updated", id)}
}
