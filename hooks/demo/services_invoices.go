package demo

import (
	_ "embed"
	"fmt"
	"html/template"
	"net/http"

	"greenroom/hooks/billing/stripefake"
)

// Instead of Stripe's pages for paying, receipts and PDFs, the fake has one plain page for each invoice. Its button
// pays, which unlocks the files that wait for the payment.

const invoicePath = "/invoice/"

//go:embed invoice.html
var invoiceHTML string

var invoicePage = template.Must(template.New("invoice").Parse(invoiceHTML))

func (s *services) bindInvoices(mux *http.ServeMux) {
	mux.HandleFunc("GET "+invoicePath+"{id}", s.showInvoice)
	mux.HandleFunc("POST "+invoicePath+"{id}", func(w http.ResponseWriter, r *http.Request) {
		id := r.PathValue("id")
		if invoice := s.stripe.Get(id); invoice != nil && invoice["status"] == "open" {
			if err := s.pay(r.Context(), id, s.url+invoicePath+id); err != nil {
				s.app.Logger().Warn("The studio did not take the news of a payment.", "invoice", id, "error", err)
			}
		}
		http.Redirect(w, r, invoicePath+id, http.StatusSeeOther)
	})
}

func (s *services) showInvoice(w http.ResponseWriter, r *http.Request) {
	invoice := s.stripe.Get(r.PathValue("id"))
	if invoice == nil {
		http.Error(w, "The made-up Stripe has no such invoice.", http.StatusNotFound)
		return
	}
	toPay, state := "", ""
	switch {
	case invoice["status"] == "open":
		toPay = pounds(invoice["amount_remaining"])
	case invoice["status"] == "paid":
		state = "It is paid."
	default:
		state = "It was cancelled."
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_ = invoicePage.Execute(w, stripefake.Object{"Number": invoice["number"], "What": invoice["description"], "Amount": pounds(invoice["total"]),
		"ToPay": toPay, "State": state, "Portal": s.portal.Load()})
}

// pounds formats an amount in pence.
func pounds(pence any) string {
	n, _ := pence.(int64)
	return fmt.Sprintf("£%d.%02d", n/100, n%100)
}
