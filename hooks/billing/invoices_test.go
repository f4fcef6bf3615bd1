package billing_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"greenroom/hooks/billing/stripefake"
	"greenroom/hooks/testkit"
)

// The whole answer is compared, so that which items are listed, what each says and in which order is fixed.
func TestStatement(t *testing.T) {
	s := newStudio(t, nil)
	nora, _, token := s.customer("nora")
	add := func(kind string, created int64, fields stripefake.Object) string {
		fields["created"], fields["customer"] = created, nora
		if _, ok := fields["currency"]; !ok {
			fields["currency"] = "gbp"
		}
		return s.stripe.Add(kind, fields)
	}
	noLines := stripefake.Object{"data": []any{}}
	add("invoice", 1_600_000_010, stripefake.Object{"status": "draft", "amount_remaining": 9999})
	add("invoice", 1_600_000_009, stripefake.Object{"status": "open", "number": "INV-0009", "description": "Mixing of three songs", "amount_due": 125_000,
		"amount_paid": 25_000, "amount_remaining": 100_000, "due_date": 1_602_592_000, "hosted_invoice_url": "https://invoice.stripe.com/i/9", "invoice_pdf": "https://pay.stripe.com/9/pdf"})
	paid := add("invoice", 1_600_000_007, stripefake.Object{"status": "paid", "number": "INV-0007", "amount_due": 5000, "total": 5000, "amount_paid": 5000, "amount_remaining": 0,
		"due_date": nil, "hosted_invoice_url": "https://invoice.stripe.com/i/7", "invoice_pdf": "https://pay.stripe.com/7/pdf"})
	add("charge", 1_600_000_008, stripefake.Object{"invoice": paid, "amount": 5000, "receipt_url": "https://pay.stripe.com/receipts/7"})
	add("charge", 1_600_000_007, stripefake.Object{"invoice": paid, "amount": 5000, "status": "failed", "receipt_url": "https://pay.stripe.com/receipts/failed"})
	add("invoice", 1_600_000_006, stripefake.Object{"status": "void", "number": "INV-0006", "amount_due": 700, "total": 700, "amount_remaining": 700, "due_date": nil, "lines": noLines})
	add("invoice", 1_600_000_005, stripefake.Object{"status": "uncollectible", "number": "INV-0005", "amount_due": 800, "total": 800, "amount_remaining": 800, "due_date": nil, "lines": noLines})
	add("charge", 1_600_000_004, stripefake.Object{"amount": 2000, "description": "Deposit", "receipt_number": "1234-5678", "receipt_url": "https://pay.stripe.com/receipts/4"})
	add("charge", 1_600_000_003, stripefake.Object{"amount": 2000, "refunded": true, "amount_refunded": 2000})
	add("charge", 1_600_000_002, stripefake.Object{"amount": 2000, "amount_refunded": 500})
	add("charge", 1_600_000_001, stripefake.Object{"amount": 2000, "status": "pending"})
	add("charge", 1_600_000_001, stripefake.Object{"amount": 2000, "captured": false, "balance_transaction": nil})

	const want = `{"configured":true,"asOf":"*","stale":false,"outstanding":[{"currency":"gbp","exponent":2,"amount":100000}],"items":[` +
		`{"kind":"invoice","number":"INV-0009","description":"Mixing of three songs","status":"open","amount":125000,"remaining":100000,"paid":25000,"refunded":0,"credited":0,"failure":null,"currency":"gbp","exponent":2,"created":"2020-09-13T12:26:49Z",` +
		`"dueDate":"2020-10-13T12:26:40Z","payUrl":"https://invoice.stripe.com/i/9","receiptUrl":null,"pdfUrl":"https://pay.stripe.com/9/pdf"},` +
		`{"kind":"invoice","number":"INV-0007","description":"My First Invoice Item (created for API docs)","status":"paid","amount":5000,"remaining":0,"paid":5000,"refunded":0,"credited":0,"failure":null,"currency":"gbp","exponent":2,` +
		`"created":"2020-09-13T12:26:47Z","dueDate":null,"payUrl":null,"receiptUrl":"https://pay.stripe.com/receipts/7","pdfUrl":"https://pay.stripe.com/7/pdf"},` +
		`{"kind":"invoice","number":"INV-0006","description":null,"status":"void","amount":700,"remaining":0,"paid":0,"refunded":0,"credited":0,"failure":null,"currency":"gbp","exponent":2,"created":"2020-09-13T12:26:46Z",` +
		`"dueDate":null,"payUrl":null,"receiptUrl":null,"pdfUrl":null},` +
		`{"kind":"invoice","number":"INV-0005","description":null,"status":"uncollectible","amount":800,"remaining":800,"paid":0,"refunded":0,"credited":0,"failure":null,"currency":"gbp","exponent":2,"created":"2020-09-13T12:26:45Z",` +
		`"dueDate":null,"payUrl":null,"receiptUrl":null,"pdfUrl":null},` +
		`{"kind":"payment","number":"1234-5678","description":"Deposit","status":"paid","amount":2000,"remaining":0,"paid":2000,"refunded":0,"credited":0,"failure":null,"currency":"gbp","exponent":2,"created":"2020-09-13T12:26:44Z",` +
		`"dueDate":null,"payUrl":null,"receiptUrl":"https://pay.stripe.com/receipts/4","pdfUrl":null},` +
		`{"kind":"payment","number":null,"description":null,"status":"refunded","amount":2000,"remaining":0,"paid":2000,"refunded":2000,"credited":0,"failure":null,"currency":"gbp","exponent":2,"created":"2020-09-13T12:26:43Z",` +
		`"dueDate":null,"payUrl":null,"receiptUrl":null,"pdfUrl":null},` +
		`{"kind":"payment","number":null,"description":null,"status":"partially_refunded","amount":2000,"remaining":0,"paid":2000,"refunded":500,"credited":0,"failure":null,"currency":"gbp","exponent":2,"created":"2020-09-13T12:26:42Z",` +
		`"dueDate":null,"payUrl":null,"receiptUrl":null,"pdfUrl":null},` +
		`{"kind":"payment","number":null,"description":null,"status":"pending","amount":2000,"remaining":0,"paid":0,"refunded":0,"credited":0,"failure":null,"currency":"gbp","exponent":2,"created":"2020-09-13T12:26:41Z",` +
		`"dueDate":null,"payUrl":null,"receiptUrl":null,"pdfUrl":null}]}`
	before := time.Now().Truncate(time.Second)
	answer := s.Do("GET", invoicesPath, token, nil)
	asOf := s.invoices(token).AsOf
	if asOf == nil || asOf.Before(before) || asOf.After(time.Now()) {
		t.Errorf("asOf is %v", asOf)
	}
	got := strings.TrimSpace(string(answer.Raw))
	if asOf != nil {
		got = strings.Replace(got, asOf.Format(time.RFC3339), "*", 1)
	}
	if answer.Status != http.StatusOK || got != want {
		t.Errorf("%d\n%s\nwant\n%s", answer.Status, got, want)
	}
	if cached := answer.Header.Get("Cache-Control"); cached != "private, no-cache" {
		t.Errorf("Cache-Control: %s", cached)
	}
}

func TestCurrencies(t *testing.T) {
	s := newStudio(t, nil)
	nora, _, token := s.customer("nora")
	for _, owed := range []struct {
		currency string
		amount   int
	}{{"gbp", 1000}, {"jpy", 500}, {"kwd", 5120}, {"gbp", 250}, {"isk", 50_000}, {"jpy", 1}} {
		s.open(nora, stripefake.Object{"currency": owed.currency, "amount_due": owed.amount, "amount_remaining": owed.amount})
	}
	// A credit note has since reduced it to nothing.
	s.open(nora, stripefake.Object{"currency": "usd", "amount_due": 100, "amount_remaining": 0})
	st := s.invoices(token)
	if got := fmt.Sprint(st.Outstanding); got != "[{gbp 2 1250} {isk 2 50000} {jpy 0 501} {kwd 3 5120}]" {
		t.Error(got)
	}
	for _, item := range st.Items {
		if want := map[string]int{"gbp": 2, "jpy": 0, "kwd": 3, "isk": 2, "usd": 2}[item.Currency]; item.Exponent != want {
			t.Errorf("%s has %d decimals, want %d", item.Currency, item.Exponent, want)
		}
	}
}

func TestAThousandInvoicesPageThrough(t *testing.T) {
	s := newStudio(t, nil)
	nora, _, token := s.customer("nora")
	other, _, _ := s.customer("ben")
	for i := range 1000 {
		s.open(nora, stripefake.Object{"number": fmt.Sprint("INV-", i), "amount_due": 3, "amount_remaining": 3})
		s.open(other, nil)
	}
	for range 101 {
		s.stripe.Add("charge", stripefake.Object{"customer": nora})
	}
	// The condition is awaited because a busy machine needs time for ten thousand invoices.
	testkit.Eventually(t, "read to the end", func() bool { return s.Do("GET", invoicesPath, token, nil).Status == http.StatusOK })
	st := s.invoices(token)
	seen := map[string]bool{}
	for i, item := range st.Items {
		if item.Number != nil {
			seen[*item.Number] = true
		}
		if i > 0 && item.Created.After(st.Items[i-1].Created) {
			t.Fatalf("item %d is newer than the one before", i)
		}
	}
	if len(st.Items) != 1101 || len(seen) != 1000 || st.Outstanding[0].Amount != 3000 {
		t.Errorf("%d items, %d numbers, %v", len(st.Items), len(seen), st.Outstanding)
	}
	asked := s.stripe.Asked()
	if n, m := to("GET /v1/invoices?", asked), to("GET /v1/charges?", asked); n != 10 || m != 2 || len(asked) != 13 {
		t.Errorf("%d pages of invoices, %d of charges: %q", n, m, asked)
	}
}

func TestAHundredAtOnceMakeOneRequest(t *testing.T) {
	s := newStudio(t, nil)
	nora, _, token := s.customer("nora")
	s.open(nora, nil)
	opened, waiting := make(chan struct{}), make(chan struct{}, 10)
	s.stripe.FailWith(func(*http.Request) http.HandlerFunc {
		waiting <- struct{}{}
		<-opened
		return nil
	})
	var asking sync.WaitGroup
	for range 100 {
		asking.Go(func() {
			if st := s.invoices(token); len(st.Items) != 1 || st.Stale {
				t.Errorf("%v", st)
			}
		})
	}
	<-waiting // the first request is at Stripe; the others come while it waits, or get the cached answer
	close(opened)
	asking.Wait()
	if asked := s.stripe.Asked(); len(asked) != 3 || to("GET /v1/invoices?", asked) != 1 || to("GET /v1/charges?", asked) != 1 || to("GET /v1/customers/cus_nora", asked) != 1 {
		t.Errorf("%q", asked)
	}
}

// Nobody gets another customer's invoices: not by any input, and not when Stripe answers with too much.
func TestNobodySeesAnothersInvoices(t *testing.T) {
	s := newStudio(t, nil)
	ana, anaClient, anaToken := s.customer("ana")
	ben, _, benToken := s.customer("ben")
	s.open(ana, stripefake.Object{"number": "ANA-1"})
	s.open(ben, stripefake.Object{"number": "BEN-1"})
	s.stripe.Add("charge", stripefake.Object{"customer": ana, "description": "ANA-2"})
	if st := s.invoices(anaToken); len(st.Items) != 2 {
		t.Fatalf("%v", st)
	}
	s.stripe.Asked()
	for _, query := range []string{"customer=cus_ana", "customerId=cus_ana", "stripeCustomerId=cus_ana", "client=" + anaClient.Id, "clientId=" + anaClient.Id,
		"id=cus_ana", "starting_after=in_fake000001", "customer[]=cus_ana", "as="} {
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
			answer := s.Do(method, invoicesPath+"?"+query, benToken, map[string]string{"customer": ana, "stripeCustomerId": ana, "client": anaClient.Id})
			if strings.Contains(string(answer.Raw), "ANA-") || method != "GET" && answer.Status < 400 {
				t.Errorf("%s %s: %d %s", method, query, answer.Status, answer.Raw)
			}
		}
	}
	if answer := s.Do("GET", invoicesPath+"?as="+anaClient.Id, benToken, nil); answer.Status != http.StatusForbidden {
		t.Errorf("as: %d %s", answer.Status, answer.Raw)
	}
	if answer := s.Do("GET", invoicesPath, "", nil); answer.Status != http.StatusUnauthorized {
		t.Errorf("guest: %d %s", answer.Status, answer.Raw)
	}
	for _, request := range s.stripe.Asked() {
		if strings.Contains(request, ana) {
			t.Errorf("Stripe was asked %s", request)
		}
	}

	// From here on Stripe answers every list with the invoices of all customers, and with one that has no customer.
	cy, _, cyToken := s.customer("cy")
	s.open(cy, stripefake.Object{"number": "CY-1"})
	s.stripe.FailWith(func(r *http.Request) http.HandlerFunc {
		if r.URL.Path == "/v1/customers/cus_cy" {
			return nil
		}
		var mixed []stripefake.Object
		for _, customer := range []any{ana, cy, nil, stripefake.Object{"id": ben, "object": "customer"}} {
			mixed = append(mixed, stripefake.Object{"id": fmt.Sprint("x_", customer), "customer": customer, "status": map[string]string{"/v1/invoices": "open", "/v1/charges": "succeeded"}[r.URL.Path],
				"captured": true, "currency": "gbp", "amount": 7, "amount_due": 7, "amount_remaining": 7, "number": fmt.Sprint("of ", customer), "description": fmt.Sprint("of ", customer)})
		}
		body, err := json.Marshal(stripefake.Object{"object": "list", "data": mixed, "has_more": false})
		if err != nil {
			t.Error(err)
		}
		return stripefake.Say(http.StatusOK, string(body))
	})
	st := s.invoices(cyToken)
	var about []string
	for _, item := range st.Items {
		about = append(about, *item.Description)
	}
	if !slices.Equal(about, []string{"of cus_cy", "of cus_cy"}) || st.Outstanding[0].Amount != 7 {
		t.Errorf("%q %v", about, st.Outstanding)
	}
}

func TestTheOwnerSeesWhatTheClientSees(t *testing.T) {
	s := newStudio(t, nil)
	nora, client, token := s.customer("nora")
	s.open(nora, stripefake.Object{"number": "INV-1"})
	theirs := s.Do("GET", invoicesPath, token, nil)
	for query, want := range map[string]int{"?as=" + client.Id: 200, "": 400, "?as=cus_nora": 404} {
		answer := s.Do("GET", invoicesPath+query, s.Owner, nil)
		if answer.Status != want || want == 200 && string(answer.Raw) != string(theirs.Raw) {
			t.Errorf("%s: %d %s", query, answer.Status, answer.Raw)
		}
	}
}

func TestClientWithoutCustomerHasNoInvoices(t *testing.T) {
	s := newStudio(t, nil)
	_, token := s.Client("nora")
	if answer := s.Do("GET", invoicesPath, token, nil); answer.Status != 200 ||
		strings.TrimSpace(string(answer.Raw)) != `{"configured":true,"asOf":null,"stale":false,"outstanding":[],"items":[]}` {
		t.Errorf("%d %s", answer.Status, answer.Raw)
	}
	if asked := s.stripe.Asked(); len(asked) > 0 {
		t.Errorf("Stripe was asked: %q", asked)
	}
}

// A client whose customer was deleted at Stripe, or never existed there, gets an empty list that says so. In the second
// case the owner gets a row until it is corrected.
func TestAClosedAccountIsAnEmptyList(t *testing.T) {
	s := newStudio(t, nil)
	for name, c := range map[string]struct {
		close func(customerId string)
		state string
	}{"deleted": {s.stripe.Delete, ""}, "unknown": {s.stripe.Remove, "unknown"}} {
		customerId, _, token := s.customer(name)
		s.open(customerId, nil)
		c.close(customerId)
		st := s.invoices(token)
		if !st.Configured || st.Stale || st.AsOf == nil || st.Items == nil || len(st.Items)+len(st.Outstanding) > 0 || !strings.Contains(st.Note, "closed") {
			t.Errorf("%s: %+v", name, st)
		}
		if got := s.state("billing:" + customerId); got != c.state {
			t.Errorf("%s: the row says %q", name, got)
		}
	}
	s.stripe.Add("customer", stripefake.Object{"id": "cus_unknown"})
	s.deliver(stripefake.Event("invoice.paid", stripefake.Object{"id": "in_1", "object": "invoice", "customer": "cus_unknown"}), http.StatusNoContent)
	client, err := s.App.FindAuthRecordByEmail("clients", "unknown@example.com")
	if err != nil {
		t.Fatal(err)
	}
	if answer := s.Do("GET", invoicesPath+"?as="+client.Id, s.Owner, nil); answer.Status != 200 || strings.Contains(string(answer.Raw), "note") || s.row("billing:cus_unknown") != nil {
		t.Errorf("mended: %d %s, row %q", answer.Status, answer.Raw, s.state("billing:cus_unknown"))
	}
}

func TestWithoutAKeyNothingIsConfigured(t *testing.T) {
	s := newStudio(t, map[string]string{"STRIPE_SECRET_KEY": "", "STRIPE_WEBHOOK_SECRET": ""})
	_, client, token := s.customer("nora")
	const want = `{"configured":false,"asOf":null,"stale":false,"outstanding":[],"items":[]}`
	for path, auth := range map[string]string{invoicesPath: token, invoicesPath + "?as=" + client.Id: s.Owner} {
		if answer := s.Do("GET", path, auth, nil); answer.Status != 200 || strings.TrimSpace(string(answer.Raw)) != want {
			t.Errorf("%s: %d %s", path, answer.Status, answer.Raw)
		}
	}
	if answer := s.Do("GET", invoicesPath, "", nil); answer.Status != http.StatusUnauthorized {
		t.Errorf("guest: %d", answer.Status)
	}
	body := stripefake.Event("customer.deleted", stripefake.Object{"id": "cus_nora", "object": "customer"})
	s.deliver(body, http.StatusNotFound)
	if asked := s.stripe.Asked(); len(asked) > 0 || s.linkedTo(client) != "cus_nora" || s.row("billing") != nil {
		t.Errorf("something happened: %q", asked)
	}
}

// An invoice shows the state of its payment: while one is under way there is no link to pay, after a failed one there
// is, and a refund is compared with the total, whatever paid it.
func TestHowPaymentsOfInvoicesFare(t *testing.T) {
	s := newStudio(t, nil)
	nora, _, token := s.customer("nora")
	const pay = "https://invoice.stripe.com/i/1"
	for name, tc := range map[string]struct {
		invoice stripefake.Object
		charges []stripefake.Object // the oldest first
	}{
		"no try yet":         {stripefake.Object{"amount_due": 900, "amount_remaining": 900}, nil},
		"under way":          {stripefake.Object{"amount_due": 900, "amount_remaining": 900}, []stripefake.Object{{"status": "pending"}}},
		"tried again":        {stripefake.Object{"amount_due": 900, "amount_remaining": 900}, []stripefake.Object{{"status": "failed"}, {"status": "pending"}}},
		"failed":             {stripefake.Object{"amount_due": 900, "amount_remaining": 900}, []stripefake.Object{{"status": "failed"}}},
		"paid from balance":  {stripefake.Object{"status": "paid", "total": 900, "amount_due": 0, "amount_remaining": 0}, nil},
		"refunded":           {stripefake.Object{"status": "paid", "total": 900, "amount_remaining": 0}, []stripefake.Object{{"amount": 900, "amount_refunded": 900}}},
		"refunded in part":   {stripefake.Object{"status": "paid", "total": 900, "amount_remaining": 0}, []stripefake.Object{{"amount": 900, "amount_refunded": 200}}},
		"a link that is not": {stripefake.Object{"amount_due": 900, "amount_remaining": 900, "hosted_invoice_url": "javascript:alert(1)"}, nil},
	} {
		fields := stripefake.Object{"number": name, "hosted_invoice_url": pay}
		for field, value := range tc.invoice {
			fields[field] = value
		}
		id := s.open(nora, fields)
		for i, charge := range tc.charges {
			charge["invoice"], charge["customer"], charge["currency"], charge["created"] = id, nora, "gbp", 1_600_000_000+i
			s.stripe.Add("charge", charge)
		}
	}
	want := map[string]string{"no try yet": "open 900 900 0 true", "under way": "pending 900 900 0 false", "tried again": "pending 900 900 0 false",
		"failed": "failed 900 900 0 true", "paid from balance": "paid 900 0 0 false", "refunded": "refunded 900 0 900 false",
		"refunded in part": "partially_refunded 900 0 200 false", "a link that is not": "open 900 900 0 false"}
	items := s.invoices(token).Items
	if len(items) != len(want) {
		t.Fatalf("%d items", len(items))
	}
	for _, i := range items {
		if got := fmt.Sprint(i.Status, " ", i.Amount, " ", i.Remaining, " ", i.Refunded, " ", i.PayURL != nil); got != want[*i.Number] {
			t.Errorf("%s: %s, want %s", *i.Number, got, want[*i.Number])
		}
	}
}
