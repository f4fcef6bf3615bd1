package billing_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/billing/stripefake"
	"greenroom/hooks/testkit"
)

// awaiting is a studio in which Nora's mix waits for a payment. It has a preview, an earlier version and the master.
type awaiting struct {
	studio
	client, project, mix     *core.Record
	token                    string
	preview, earlier, master *core.Record
	invoice                  string
}

const number = "INV-0001"

func newAwaiting(t *testing.T) *awaiting {
	s := newStudio(t, nil)
	a := &awaiting{studio: s}
	_, a.client, a.token = s.customer("nora")
	a.client = s.set(a.client, "verified", true)
	a.project = s.Make("projects", map[string]any{"client": a.client.Id, "title": "Live album", "serviceType": "AUDIO"})
	a.mix = s.Make("deliverables", map[string]any{"project": a.project.Id, "title": "Mix 3", "status": "DELIVERED"})
	for _, file := range []struct {
		name string
		made **core.Record
	}{{"preview.txt", &a.preview}, {"earlier.txt", &a.earlier}, {"master.txt", &a.master}} {
		*file.made = s.Make("attachments", map[string]any{"project": a.project.Id, "deliverable": a.mix.Id, "filename": file.name, "file": testkit.Document(t, file.name)})
	}
	a.invoice = s.open("cus_nora", stripefake.Object{"status": "draft", "total": 64_000, "amount_due": 64_000, "amount_remaining": 64_000})
	s.stripe.Finalise(a.invoice)
	return a
}

// name writes the invoice and the preview into the mix, as the owner.
func (a *awaiting) name(invoice string) testkit.Answer {
	a.t.Helper()
	return a.Do("PATCH", testkit.RecordPath(a.mix), a.Owner, map[string]any{"invoice": invoice, "preview": a.preview.Id})
}

func (a *awaiting) lock() {
	a.t.Helper()
	if answer := a.name(number); answer.Status != 200 || answer.JSON()["locked"] != true || answer.JSON()["invoice"] != a.invoice {
		a.t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
}

func (a *awaiting) locked() bool { a.t.Helper(); return a.Reload(a.mix).GetBool("locked") }

func (a *awaiting) link(file *core.Record, token string) testkit.Answer {
	a.t.Helper()
	return a.Do("GET", "/api/portal/attachments/"+file.Id+"/link", token, nil)
}

// path returns the path and query of a link, without its host.
func path(link testkit.Answer) string {
	return strings.TrimPrefix(fmt.Sprint(link.JSON()["url"]), portalURL)
}

func (a *awaiting) fileToken(token string) string {
	return fmt.Sprint(a.Do("POST", "/api/files/token", token, nil).JSON()["token"])
}

// page returns the mix as it is in the answer for the project's page.
func (a *awaiting) page(token string) map[string]any {
	a.t.Helper()
	answer := a.Do("GET", "/api/portal/projects/"+a.project.Id, token, nil)
	if answer.Status != 200 {
		a.t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	return answer.JSON()["deliverables"].([]any)[0].(map[string]any)
}

func (a *awaiting) tellAll(events []stripefake.Told) {
	a.t.Helper()
	for _, event := range events {
		a.deliver(event.Body(), http.StatusNoContent)
	}
}

func TestFilesWaitForTheirInvoice(t *testing.T) {
	a := newAwaiting(t)
	before := a.link(a.master, a.token) // the link was given out before the files were locked
	a.lock()
	if mix := a.page(a.token); mix["locked"] != true || mix["invoice"] != nil || len(mix["versions"].([]any)) != 3 {
		t.Errorf("the page has %v", mix)
	}
	worker := a.Make("clients", map[string]any{"account": a.client.Id, "access": "work", "email": "kim@example.com"})
	work := testkit.Token(t, worker)

	payUrl := "https://invoice.stripe.com/i/" + a.invoice
	closed := func(name string, answer testkit.Answer, wantURL any, sentence string) {
		t.Helper()
		data, _ := answer.JSON()["data"].(map[string]any)
		if answer.Status != http.StatusPaymentRequired || data["payUrl"] != wantURL || answer.Message() != sentence {
			t.Errorf("%s: %d %s", name, answer.Status, answer.Raw)
		}
	}
	for _, file := range []*core.Record{a.master, a.earlier} {
		name := file.GetString("filename")
		stored := "/api/files/attachments/" + file.Id + "/" + file.GetString("file") + "?token="
		closed(name+", the link", a.link(file, a.token), payUrl, "This file opens when INV-0001 is paid.")
		closed(name+", as the client", a.Do("GET", "/api/portal/attachments/"+file.Id+"/link?as="+a.client.Id, a.Owner, nil), payUrl, "This file opens when INV-0001 is paid.")
		closed(name+", to save", a.Do("GET", "/api/portal/attachments/"+file.Id+"/link?download=1", a.token, nil), payUrl, "This file opens when INV-0001 is paid.")
		closed(name+", PocketBase's way", a.Do("GET", stored+a.fileToken(a.token), "", nil), payUrl, "This file opens when INV-0001 is paid.")
		closed(name+", a thumbnail", a.Do("GET", stored+a.fileToken(a.token)+"&thumb=100x100", "", nil), payUrl, "This file opens when INV-0001 is paid.")
		closed(name+", without money", a.link(file, work), nil, "This file is not open yet. Ask the person who invited you.")
		closed(name+", without money, PocketBase's way", a.Do("GET", stored+a.fileToken(work), "", nil), nil, "This file is not open yet. Ask the person who invited you.")
		if answer := a.Do("GET", stored+a.fileToken(a.Owner), "", nil); answer.Status != 200 || string(answer.Raw) != name {
			t.Errorf("the owner's own: %d %s", answer.Status, answer.Raw)
		}
		if link := a.link(file, a.Owner); link.Status != 200 || a.Do("GET", path(link), "", nil).Status != 200 {
			t.Errorf("the owner's own link: %d %s", link.Status, link.Raw)
		}
	}
	closed("a link from before", a.Do("GET", path(before), "", nil), payUrl, "This file opens when INV-0001 is paid.")
	if link := a.link(a.preview, a.token); link.Status != 200 || a.Do("GET", path(link), "", nil).Status != 200 {
		t.Errorf("the preview: %d %s", link.Status, link.Raw)
	}
	if answer := a.Do("GET", "/api/portal/deliverables/"+a.mix.Id+"/invoice", a.token, nil); answer.JSON()["number"] != number || answer.JSON()["payUrl"] != payUrl || answer.JSON()["locked"] != true {
		t.Errorf("what the page asks: %d %s", answer.Status, answer.Raw)
	}
	if answer := a.Do("GET", "/api/portal/deliverables/"+a.mix.Id+"/invoice", work, nil); answer.Status != 403 {
		t.Errorf("what a page without money asks: %d %s", answer.Status, answer.Raw)
	}
	_, stranger := a.Client("ben")
	if answer := a.Do("GET", "/api/portal/deliverables/"+a.mix.Id+"/invoice", stranger, nil); answer.Status != 404 {
		t.Errorf("a stranger: %d %s", answer.Status, answer.Raw)
	}
	for _, where := range []string{"/api/portal/export", "/api/portal/projects/" + a.project.Id, "/api/portal/overview", testkit.RecordPath(a.mix), "/api/collections/deliverables/records"} {
		for who, token := range map[string]string{"the client": a.token, "a person without money": work} {
			if answer := a.Do("GET", where, token, nil); answer.Status != 200 || testkit.Leaks(answer, a.invoice) || testkit.Leaks(answer, number) || testkit.Leaks(answer, "invoicePaid") {
				t.Errorf("%s for %s: %d %s", where, who, answer.Status, answer.Raw)
			}
		}
	}

	// While a payment is under way there is no link to pay, because it would lead to a second one.
	a.stripe.StartPayment(a.invoice, false)
	closed("a payment is on its way", a.link(a.master, a.token), nil, "This file opens when INV-0001 is paid.")

	live := a.Live(a.token, "portal")
	a.tellAll(a.stripe.Pay(a.invoice))
	opened := live.Before(func(m testkit.LiveMessage) bool { return m.Collection == "deliverables" })
	for _, m := range opened {
		if m.Collection != "invoices" {
			t.Errorf("a live message: %s", m.Raw)
		}
	}
	if a.page(a.token)["locked"] != false {
		t.Error("the page is still locked")
	}
	for _, file := range []*core.Record{a.master, a.earlier} {
		if link := a.link(file, a.token); link.Status != 200 || a.Do("GET", path(link), "", nil).Status != 200 {
			t.Errorf("after the payment: %d %s", link.Status, link.Raw)
		}
	}
	if answer := a.Do("GET", path(before), "", nil); answer.Status != 200 {
		t.Errorf("a link from before, after the payment: %d %s", answer.Status, answer.Raw)
	}
}

// If the event is lost, opening the page or the file asks Stripe.
func TestAPaymentIsFoundByLookingIt(t *testing.T) {
	for name, look := range map[string]func(a *awaiting) bool{
		"on the page":             func(a *awaiting) bool { return a.page(a.token)["locked"] == false },
		"on the page seen before": func(a *awaiting) bool { a.page(a.token); return a.page(a.token)["locked"] == false },
		"by the link":             func(a *awaiting) bool { return a.link(a.master, a.token).Status == 200 },
		"by what the page asks": func(a *awaiting) bool {
			return a.Do("GET", "/api/portal/deliverables/"+a.mix.Id+"/invoice", a.token, nil).JSON()["locked"] == false
		},
		"when the invoice is named": func(a *awaiting) bool { a.name(""); return a.name(a.invoice).JSON()["locked"] == false },
	} {
		t.Run(name, func(t *testing.T) {
			a := newAwaiting(t)
			a.lock()
			if a.page(a.token)["locked"] != true {
				t.Fatal("open before it is paid")
			}
			a.stripe.MarkPaid(a.invoice)
			if !look(a) || a.locked() {
				t.Error("it was not found")
			}
		})
	}
}

func TestLockWhileStripeIsDown(t *testing.T) {
	a := newAwaiting(t)
	a.lock()
	other := a.Make("deliverables", map[string]any{"project": a.project.Id, "title": "Mix 2", "status": "DELIVERED"})
	free := a.Make("attachments", map[string]any{"project": a.project.Id, "deliverable": other.Id, "file": testkit.Document(t, "free")})
	paid := a.open("cus_nora", stripefake.Object{"status": "paid", "number": "INV-0007"})
	if answer := a.Do("PATCH", testkit.RecordPath(other), a.Owner, map[string]any{"invoice": paid}); answer.JSON()["locked"] != false {
		t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	a.stripe.FailWith(func(*http.Request) http.HandlerFunc {
		return stripefake.Refuse(http.StatusTooManyRequests, "invalid_request_error", "rate_limit")
	})
	link := a.link(a.master, a.token)
	if data, _ := link.JSON()["data"].(map[string]any); link.Status != 402 || data["payUrl"] != nil ||
		link.Message() != "This file opens when its invoice is paid. Stripe cannot be asked about that just now; try again in a few minutes." {
		t.Errorf("%d %s", link.Status, link.Raw)
	}
	if a.page(a.token)["locked"] != true {
		t.Error("the page is open")
	}
	if answer := a.Do("GET", "/api/portal/deliverables/"+a.mix.Id+"/invoice", a.token, nil); answer.Status != 503 || !strings.HasPrefix(answer.Message(), "Stripe cannot be asked about the payment just now.") {
		t.Errorf("%d %s", answer.Status, answer.Raw)
	}
	if link := a.link(free, a.token); link.Status != 200 {
		t.Errorf("what was open: %d %s", link.Status, link.Raw)
	}
	if answer := a.Do("PATCH", testkit.RecordPath(other), a.Owner, map[string]any{"invoice": a.invoice}); answer.Status != 503 || a.Reload(other).GetString("invoice") != paid {
		t.Errorf("naming: %d %s", answer.Status, answer.Raw)
	}
	if answer := a.Do("PATCH", testkit.RecordPath(other), a.Owner, map[string]any{"title": "Mix 2b"}); answer.Status != 200 {
		t.Errorf("the owner's other work: %d %s", answer.Status, answer.Raw)
	}
}

func TestOpeningByHand(t *testing.T) {
	a := newAwaiting(t)
	a.lock()
	if answer := a.Do("PATCH", testkit.RecordPath(a.mix), a.Owner, map[string]any{"invoice": ""}); answer.Status != 200 || answer.JSON()["locked"] != false {
		t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	if link := a.link(a.master, a.token); link.Status != 200 {
		t.Errorf("%d %s", link.Status, link.Raw)
	}
	comments := a.page(a.token)["comments"].([]any)
	if len(comments) != 1 || comments[0].(map[string]any)["body"] != "The files were opened by hand." || comments[0].(map[string]any)["isJames"] != true {
		t.Errorf("the history: %v", comments)
	}
	if n, err := a.App.CountRecords("outbox", dbx.HashExp{"notice": "filesOpen"}); n != 0 || err != nil {
		t.Errorf("%d notices beside the comment's, %v", n, err)
	}
	a.lock() // locked again, to try the second way
	a.tellAll(a.stripe.Pay(a.invoice))
	if comments := a.page(a.token)["comments"].([]any); len(comments) != 1 || a.locked() {
		t.Errorf("a payment is no hand: %v", comments)
	}
}

func TestWhichInvoiceCanBeNamed(t *testing.T) {
	a := newAwaiting(t)
	a.stripe.Add("customer", stripefake.Object{"id": "cus_ben"})
	theirs := a.open("cus_ben", stripefake.Object{"number": "INV-0900"})
	void := a.open("cus_nora", stripefake.Object{"status": "void", "number": "INV-0800"})
	for named, part := range map[string]string{
		theirs: "Stripe has no invoice", "INV-0900": "Stripe has no invoice", "in_nonsense": "Stripe has no invoice", "nonsense": "Stripe has no invoice",
		void: "was cancelled at Stripe",
	} {
		if answer := a.name(named); answer.Status != 400 || !strings.Contains(answer.Message(), part) || a.locked() {
			t.Errorf("%s: %d %s", named, answer.Status, answer.Raw)
		}
	}
	if answer := a.name(" inv-0001 "); answer.JSON()["invoice"] != a.invoice {
		t.Errorf("by its number: %d %s", answer.Status, answer.Raw)
	}
	for _, field := range []string{"invoice", "preview", "locked", "invoicePaid"} {
		before := testkit.Row(t, a.Studio, a.mix)
		for _, value := range []any{"", a.invoice, false, a.master.Id} {
			a.Do("PATCH", testkit.RecordPath(a.mix), a.token, map[string]any{field: value})
		}
		if after := testkit.Row(t, a.Studio, a.mix); after[field] != before[field] || after["locked"] != "true" {
			t.Errorf("a client changed %s to %v", field, after[field])
		}
	}
	a.Do("PATCH", testkit.RecordPath(a.mix), a.Owner, map[string]any{"locked": false, "invoicePaid": a.invoice})
	if !a.locked() {
		t.Error("the dashboard's form opened the files")
	}
	site := a.Make("projects", map[string]any{"client": a.client.Id, "title": "Site", "serviceType": "SOFTWARE"})
	elsewhere := a.Make("attachments", map[string]any{"project": site.Id, "file": testkit.Document(t, "elsewhere")})
	if answer := a.Do("PATCH", testkit.RecordPath(a.mix), a.Owner, map[string]any{"preview": elsewhere.Id}); answer.Status != 400 {
		t.Errorf("a preview of another project: %d %s", answer.Status, answer.Raw)
	}
	if answer := a.Do("GET", draftsPath+"?project="+a.project.Id, a.Owner, nil); !testkit.Leaks(answer, number) || testkit.Leaks(answer, "INV-0900") || answer.JSON()["customer"] != true {
		t.Errorf("those to choose from: %d %s", answer.Status, answer.Raw)
	}
	if answer := a.Do("GET", draftsPath+"?project="+a.project.Id, a.token, nil); answer.Status != 403 {
		t.Errorf("a client: %d %s", answer.Status, answer.Raw)
	}

	without := testkit.New(t, nil)
	client, _ := without.Client("nora")
	project := without.Make("projects", map[string]any{"client": client.Id, "title": "Live album", "serviceType": "AUDIO"})
	if answer := without.Do("POST", "/api/collections/deliverables/records", without.Owner, map[string]any{"project": project.Id, "title": "Mix", "invoice": "in_1"}); answer.Status != 400 || !strings.Contains(answer.Message(), "billing is not set up") {
		t.Errorf("without Stripe: %d %s", answer.Status, answer.Raw)
	}
}

// Naming another invoice locks the files again. Naming one that is paid does not.
func TestAnotherInvoiceLocksAnew(t *testing.T) {
	a := newAwaiting(t)
	a.lock()
	a.tellAll(a.stripe.Pay(a.invoice))
	second := a.open("cus_nora", stripefake.Object{"number": "INV-0100"})
	if a.name(second); !a.locked() {
		t.Error("the second invoice does not lock")
	}
	if a.name(a.invoice); a.locked() {
		t.Error("what was paid is locked again")
	}
	charge := a.stripe.All("charge")[0]["id"].(string)
	a.tellAll(a.stripe.Refund(charge, 64_000))
	if a.locked() {
		t.Error("a refund locked what was open")
	}
}
