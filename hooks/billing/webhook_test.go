package billing_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"greenroom/hooks/billing/stripefake"
	"greenroom/hooks/testkit"
)

// The expected signatures follow Stripe's documentation: HMAC-SHA256 of "<time>.<body>".
func TestSignatures(t *testing.T) {
	s := newStudio(t, nil)
	nora, client, _ := s.customer("nora")
	body := stripefake.Event("customer.deleted", stripefake.Object{"id": nora, "object": "customer", "deleted": true})
	now := time.Now()
	good := stripefake.Sign(body, secret, now)
	stamp, mac, _ := strings.Cut(good, ",v1=")
	const forged = "5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd"
	s.stripe.Delete(nora)

	for name, signature := range map[string]string{
		"none": "", "empty": "t=,v1=", "no time": "v1=" + mac, "no signature": stamp, "forged": stamp + ",v1=" + forged, "another scheme": stamp + ",v0=" + mac,
		"another secret": stripefake.Sign(body, "whsec_unknown", now), "an empty secret": stripefake.Sign(body, "", now),
		"another body": stripefake.Sign([]byte("{}"), secret, now), "another time": fmt.Sprintf("t=%d,v1=%s", now.Unix()-1, mac),
		"too old": stripefake.Sign(body, secret, now.Add(-5*time.Minute-2*time.Second)), "still to come": stripefake.Sign(body, secret, now.Add(5*time.Minute+patience)),
		"far in the future": stripefake.Sign(body, secret, now.AddDate(100, 0, 0)), "two times": good + fmt.Sprintf(",t=%d", now.Unix()+600),
		"a time that is no number": "t=now,v1=" + mac, "garbage": "t=1=2,v1", "a long one": strings.Repeat("t=1,", 1000),
	} {
		if status, answer := s.post(signature, bytes.NewReader(body)); status != http.StatusUnauthorized {
			t.Errorf("%s: %d %s", name, status, answer)
		}
	}
	if s.linkedTo(client) != nora || len(s.stripe.Asked()) > 0 {
		t.Fatal("something was done")
	}
	s.holdsNoKey()

	for name, signature := range map[string]string{
		"the first secret": good, "the second secret": stripefake.Sign(body, otherSecret, now), "among others": stamp + ",v1=" + forged + ",v0=" + forged + ",v1=" + mac,
		"nearly too old": stripefake.Sign(body, secret, now.Add(-5*time.Minute+patience)), "nearly to come": stripefake.Sign(body, secret, now.Add(5*time.Minute-patience)),
	} {
		s.set(client, "stripeCustomerId", nora)
		if status, answer := s.post(signature, bytes.NewReader(body)); status != http.StatusNoContent || s.linkedTo(client) != "" {
			t.Errorf("%s: %d %s", name, status, answer)
		}
	}
}

func TestEventsThatAreNone(t *testing.T) {
	s := newStudio(t, nil)
	for _, body := range []string{"", "no JSON", "null", "[]", "{}", `"invoice.paid"`, `{"type":5}`, `{"type":""}`, `{"data":{"object":{"id":"in_1"}}}`,
		`{"type":"invoice.paid","data":[]}`, `{"type":"invoice.paid","data":{"object":"in_1"}}`, `{"type":"invoice.paid","data":{"object":{"id":7}}}`,
		`{"type":"invoice.paid","data":{"object":{"id":"in_1"}}`} {
		s.deliver([]byte(body), http.StatusBadRequest)
	}
	large := stripefake.Event("invoice.paid", stripefake.Object{"id": "in_1", "object": "invoice", "footer": strings.Repeat("x", 1<<20)})
	if status, _ := s.post(stripefake.Sign(large, secret, time.Now()), io.MultiReader(bytes.NewReader(large))); status != http.StatusRequestEntityTooLarge {
		t.Errorf("too large: %d", status)
	}
	big := stripefake.Event("invoice.paid", stripefake.Object{"id": "in_1", "object": "invoice", "customer": "cus_1", "footer": strings.Repeat("x", 1<<19)})
	s.deliver(big, http.StatusNoContent)
}

// An event that does not concern the studio is answered 204, without any request to Stripe.
func TestEventsThatAreNotOurs(t *testing.T) {
	s := newStudio(t, nil)
	nora, client, token := s.customer("nora")
	s.open(nora, nil)
	s.invoices(token)
	s.stripe.Delete(nora)
	s.stripe.Asked()
	gone := stripefake.Object{"id": nora, "object": "customer", "deleted": true}
	edited := func(name string, value any) []byte {
		return stripefake.Event("customer.deleted", gone, func(event stripefake.Object) { event[name] = value })
	}
	for name, body := range map[string][]byte{
		"of a connected account": edited("account", "acct_other"), "of live mode": edited("livemode", true), "of another type": edited("type", "customer.subscription.deleted"),
		"of a type still to come": edited("type", "customer.deleted.v2"), "about nothing": stripefake.Event("customer.deleted", nil),
		"without an id":   stripefake.Event("customer.deleted", stripefake.Object{"object": "customer"}),
		"about a product": stripefake.Event("product.updated", stripefake.Object{"id": "prod_1", "object": "product", "customer": 7, "charge": []any{}}),
		"a thin event":    []byte(`{"id":"evt_1","object":"v2.core.event","type":"v1.billing.meter.error_report_triggered","livemode":false,"related_object":{"id":"mtr_1"}}`),
	} {
		s.deliver(body, http.StatusNoContent)
		if asked := s.stripe.Asked(); len(asked) > 0 || s.linkedTo(client) != nora {
			t.Errorf("%s: %q", name, asked)
		}
	}
	if st := s.invoices(token); len(st.Items) != 1 {
		t.Errorf("what was held is gone: %v", st)
	}
}

// An event about money invalidates the cached statement. The client's open pages and the owner's are told, and no
// others.
func TestEventsAboutMoney(t *testing.T) {
	s := newStudio(t, nil)
	nora, client, token := s.customer("nora")
	_, _, benToken := s.customer("ben")
	invoice := s.open(nora, stripefake.Object{"number": "INV-1"})
	charge := s.stripe.Add("charge", stripefake.Object{"customer": nora, "invoice": invoice})
	intent := s.stripe.Add("payment_intent", stripefake.Object{"customer": nora, "invoice": invoice, "status": "processing"})
	theirs, owners, others := s.Live(token, "portal"), s.Live(s.Owner, "portal"), s.Live(benToken, "portal")

	old, err := os.ReadFile(filepath.Join("testdata", "event.invoice.paid.captured-2020-03-02.paid.json"))
	if err != nil {
		t.Fatal(err)
	}
	object := func(id, kind string, more ...any) stripefake.Object {
		o := stripefake.Object{"id": id, "object": kind}
		for i := 0; i < len(more); i += 2 {
			o[more[i].(string)] = more[i+1]
		}
		return o
	}
	amount := 0
	for name, body := range map[string][]byte{
		"a real event of 2020":          bytes.ReplaceAll(old, []byte("cus_QsYn1aSStYv4tf"), []byte(nora)),
		"an invoice":                    stripefake.Event("invoice.finalized", s.stripe.Get(invoice)),
		"a charge":                      stripefake.Event("charge.refunded", s.stripe.Get(charge)),
		"a payment":                     stripefake.Event("payment_intent.payment_failed", s.stripe.Get(intent)),
		"a credit note":                 stripefake.Event("credit_note.created", object("cn_1", "credit_note", "customer", nora)),
		"the whole customer":            stripefake.Event("invoice.paid", object(invoice, "invoice", "customer", object(nora, "customer"))),
		"an invoice without a customer": stripefake.Event("invoice.paid", object(invoice, "invoice"), func(event stripefake.Object) { event["api_version"] = "2030-01-01.orchid" }),
		"a charge without a customer":   stripefake.Event("charge.succeeded", object(charge, "charge", "customer", nil)),
		"a payment without a customer":  stripefake.Event("payment_intent.processing", object(intent, "payment_intent")),
		"a refund":                      stripefake.Event("refund.created", object("re_1", "refund", "charge", charge)),
		"a dispute":                     stripefake.Event("charge.dispute.created", object("dp_1", "dispute", "charge", object(charge, "charge"))),
	} {
		amount++
		s.invoices(token)
		s.stripe.Set(invoice, stripefake.Object{"amount_due": amount})
		s.deliver(body, http.StatusNoContent)
		for who, live := range map[string]*testkit.Live{"client": theirs, "owner": owners} {
			m := live.Next()
			for m.Collection == "integrations" { // the owner's pages are told of changes of Stripe's health too
				m = live.Next()
			}
			if m.Action != "update" || m.Collection != "invoices" || m.Text("client") != client.Id || strings.Contains(string(m.Raw), "cus_") {
				t.Errorf("%s: the %s hears %s", name, who, m.Raw)
			}
		}
		if st := s.invoices(token); st.Items[0].Amount != int64(amount) {
			t.Errorf("%s: the amount is %d, want %d", name, st.Items[0].Amount, amount)
		}
	}
	for _, unknown := range []stripefake.Object{object("in_0", "invoice"), object("re_0", "refund", "charge", "ch_0"), object("re_0", "refund"), object("pi_0", "payment_intent")} {
		s.deliver(stripefake.Event("of.nobody", unknown), http.StatusNoContent)
	}
	s.Make("projects", map[string]any{"client": clientId(s, "ben"), "title": "Last", "serviceType": "AUDIO"})
	if before := others.Before(func(m testkit.LiveMessage) bool { return m.Collection == "projects" }); len(before) > 0 {
		t.Errorf("somebody else hears %v", before)
	}
}

func clientId(s studio, name string) string {
	s.t.Helper()
	client, err := s.App.FindAuthRecordByEmail("clients", name+"@example.com")
	if err != nil {
		s.t.Fatal(err)
	}
	return client.Id
}

// While Stripe is down, an event that needs it is answered 5xx, so that Stripe sends it again.
func TestEventsDuringAnOutageComeAgain(t *testing.T) {
	s := newStudio(t, nil)
	nora, client, _ := s.customer("nora")
	client = s.set(client, "verified", true)
	intent := s.stripe.Add("payment_intent", stripefake.Object{"customer": nora})
	s.stripe.FailWith(func(*http.Request) http.HandlerFunc {
		return stripefake.Refuse(429, "invalid_request_error", "rate_limit")
	})
	deleted := stripefake.Event("customer.deleted", stripefake.Object{"id": nora, "object": "customer", "deleted": true})
	s.deliver(deleted, http.StatusInternalServerError)
	s.deliver(stripefake.Event("payment_intent.succeeded", s.stripe.Get(intent)), http.StatusInternalServerError)
	s.deliver(stripefake.Event("invoice.paid", stripefake.Object{"id": "in_1", "object": "invoice"}), http.StatusInternalServerError)
	if s.linkedTo(client) != nora || len(s.Outbox()) > 0 {
		t.Error("it was acted on what could not be looked at")
	}
	s.stripe.FailWith(nil)
	s.deliver(stripefake.Event("payment_intent.succeeded", s.stripe.Get(intent)), http.StatusNoContent)
	s.stripe.Delete(nora)
	s.deliver(deleted, http.StatusNoContent)
	if s.linkedTo(client) != "" || len(s.Outbox()) != 2 {
		t.Errorf("%d mails, linked to %q", len(s.Outbox()), s.linkedTo(client))
	}
	s.holdsNoKey()
}
