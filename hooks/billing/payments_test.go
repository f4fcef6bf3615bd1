package billing_test

import (
	"io"
	"mime"
	"mime/quotedprintable"
	"net/http"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/billing/stripefake"
)

// letter is a mail as it was sent.
type letter struct{ to, subject, replyTo, text string }

func (s studio) letters() (letters []letter) {
	s.t.Helper()
	for _, raw := range s.Outbox() {
		m, err := mail.ReadMessage(strings.NewReader(raw))
		if err != nil {
			s.t.Fatal(err)
		}
		subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
		if err != nil {
			s.t.Fatal(err)
		}
		if kind := m.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/plain") || m.Header.Get("Content-Transfer-Encoding") != "quoted-printable" {
			s.t.Fatalf("a mail is %s, %s", kind, m.Header.Get("Content-Transfer-Encoding"))
		}
		body, err := io.ReadAll(quotedprintable.NewReader(m.Body))
		if err != nil {
			s.t.Fatal(err)
		}
		to, err := m.Header.AddressList("To")
		if err != nil {
			s.t.Fatal(err)
		}
		letters = append(letters, letter{to[0].Address, subject, strings.Trim(m.Header.Get("Reply-To"), "<>"), strings.ReplaceAll(string(body), "\r\n", "\n")})
	}
	// Sorted so that Nora's comes before James's.
	slices.SortFunc(letters, func(a, b letter) int { return strings.Compare(b.to, a.to) })
	return letters
}

// payer makes a client who has joined and has a succeeded payment at Stripe.
func (s studio) payer(name string, fields stripefake.Object) (client *core.Record, paymentId string) {
	customerId, client, _ := s.customer(name)
	client = s.set(client, "verified", true)
	payment := stripefake.Object{"customer": customerId, "currency": "gbp", "amount_received": 125_000}
	for field, value := range fields {
		payment[field] = value
	}
	return client, s.stripe.Add("payment_intent", payment)
}

func TestMailsAboutAPayment(t *testing.T) {
	s := newStudio(t, nil)
	client, payment := s.payer("nora", nil)
	s.set(client, "name", "Nora Quinn")
	s.stripe.Set(payment, stripefake.Object{"invoice": s.open("cus_nora", stripefake.Object{"status": "paid", "number": "INV-0042"}), "metadata": stripefake.Object{"order": "7"}})
	var unmarked bool
	s.stripe.FailWith(func(r *http.Request) http.HandlerFunc {
		unmarked = unmarked || r.Method == http.MethodPost && len(s.Outbox()) > 0
		return nil
	})
	s.tell("payment_intent.succeeded", payment)
	if unmarked {
		t.Error("a mail left before the mark was written")
	}
	letters := s.letters()
	if len(letters) != 2 {
		t.Fatalf("%d mails", len(letters))
	}
	for i, want := range []letter{
		{"nora@example.com", "Payment received: £1,250.00 for invoice INV-0042", "james@example.com", "Hi Nora,\n\nThank you. Your payment of £1,250.00 for invoice INV-0042 has arrived.\n" +
			"It was for: My First Invoice Item (created for API docs)\nYour invoices and receipts: https://portal.example.com/invoices\n\nJames\n"},
		{"james@example.com", "Nora Quinn paid £1,250.00 for invoice INV-0042", "james@example.com", "Hi James,\n\nNora Quinn has paid £1,250.00 for invoice INV-0042.\n" +
			"It was for: My First Invoice Item (created for API docs)\nThe payment at Stripe: https://dashboard.stripe.com/test/payments/" + payment + "\n\nJames\n"},
	} {
		if letters[i] != want {
			t.Errorf("got  %+v\nwant %+v", letters[i], want)
		}
	}
	if mark := s.stripe.Get(payment)["metadata"].(stripefake.Object); mark["greenroom_mailed"] == nil || mark["order"] != "7" {
		t.Errorf("the metadata: %v", mark)
	}
	if s.row("billing:"+payment) != nil {
		t.Error("a row is left")
	}
}

// Each mail is sent at most once, whether events are repeated, arrive together, or come after a restart.
func TestPaymentsSaidAgain(t *testing.T) {
	s := newStudio(t, nil)
	_, payment := s.payer("nora", stripefake.Object{"currency": "jpy", "amount_received": 5000})
	// The event as it was before the mark was written.
	before := stripefake.Event("payment_intent.succeeded", s.stripe.Get(payment))
	var arriving sync.WaitGroup
	for range 20 {
		arriving.Go(func() { s.deliver(before, http.StatusNoContent) })
	}
	arriving.Wait()
	s.deliver(before, http.StatusNoContent)
	if letters := s.letters(); len(letters) != 2 || !strings.Contains(letters[0].text, "payment of 5,000 JPY has arrived") {
		t.Fatalf("%+v", letters)
	}
	if marks := to("POST /v1/payment_intents/", s.stripe.Asked()); marks != 1 {
		t.Errorf("marked %d times", marks)
	}
}

func TestRecipientsOfPaymentMails(t *testing.T) {
	for name, c := range map[string]struct {
		change func(s studio, client *core.Record, payment string)
		want   string
	}{
		"who has joined":    {nil, "nora@example.com james@example.com"},
		"linked to Clerk":   {func(s studio, c *core.Record, _ string) { s.set(s.set(c, "verified", false), "clerkId", "user_1") }, "nora@example.com james@example.com"},
		"who never came in": {func(s studio, c *core.Record, _ string) { s.set(c, "verified", false) }, "james@example.com"},
		"archived":          {func(s studio, c *core.Record, _ string) { s.set(c, "archivedAt", "2026-01-02 03:04:05.000Z") }, "james@example.com"},
		"not succeeded":     {func(s studio, _ *core.Record, p string) { s.stripe.Set(p, stripefake.Object{"status": "processing"}) }, ""},
		"of nobody":         {func(s studio, _ *core.Record, p string) { s.stripe.Set(p, stripefake.Object{"customer": nil}) }, ""},
		"of a stranger":     {func(s studio, _ *core.Record, p string) { s.stripe.Set(p, stripefake.Object{"customer": "cus_other"}) }, ""},
		"unknown":           {func(s studio, _ *core.Record, p string) { s.stripe.Remove(p) }, ""},
		"marked by another": {func(s studio, _ *core.Record, p string) {
			s.stripe.Set(p, stripefake.Object{"metadata": stripefake.Object{"greenroom_mailed": "x"}})
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStudio(t, nil)
			client, payment := s.payer("nora", nil)
			event := stripefake.Event("payment_intent.succeeded", s.stripe.Get(payment))
			if c.change != nil {
				c.change(s, client, payment)
			}
			s.deliver(event, http.StatusNoContent)
			var to []string
			for _, letter := range s.letters() {
				to = append(to, letter.to)
			}
			if got := strings.Join(to, " "); got != c.want {
				t.Errorf("to %q, want %q", got, c.want)
			}
			if marks := slices.ContainsFunc(s.stripe.Asked(), func(r string) bool { return strings.HasPrefix(r, "POST ") }); marks != (c.want != "") {
				t.Errorf("marked: %v", marks)
			}
			if s.row("billing:"+payment) != nil {
				t.Error("a row is left")
			}
		})
	}
}

func TestWithoutAnAddressOfTheOwner(t *testing.T) {
	s := newStudio(t, map[string]string{"GREENROOM_OWNER_EMAIL": ""})
	client, payment := s.payer("nora", nil)
	s.set(client, "name", "")
	s.tell("payment_intent.succeeded", payment)
	if letters := s.letters(); len(letters) != 1 || letters[0].replyTo != "" || !strings.HasPrefix(letters[0].text, "Hi,\n\n") || !strings.Contains(letters[0].text, "£1,250.00 has arrived") {
		t.Errorf("%+v", letters)
	}
}

// When the answer to writing the mark is lost, the server recognises its mark and sends the mails at the next event.
// When another server's mark came first, it sends none.
func TestMarksWithoutAnAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		meanwhile func(s studio, payment string, r *http.Request)
		mails     int
	}{
		"arrived": {func(s studio, payment string, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				s.t.Error(err)
			}
			_, mark, _ := strings.Cut(string(body), "=")
			s.stripe.Set(payment, stripefake.Object{"metadata": stripefake.Object{"greenroom_mailed": mark}})
		}, 2},
		"did not arrive": {func(studio, string, *http.Request) {}, 2},
		"another came first": {func(s studio, payment string, _ *http.Request) {
			s.stripe.Set(payment, stripefake.Object{"metadata": stripefake.Object{"greenroom_mailed": "another"}})
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStudio(t, nil)
			_, payment := s.payer("nora", nil)
			event := stripefake.Event("payment_intent.succeeded", s.stripe.Get(payment))
			s.stripe.FailWith(func(r *http.Request) http.HandlerFunc {
				if r.Method != http.MethodPost {
					return nil
				}
				c.meanwhile(s, payment, r)
				return func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
			})
			s.deliver(event, http.StatusInternalServerError)
			if len(s.Outbox()) > 0 || s.state("billing:"+payment) != "promising" {
				t.Errorf("%d mails, row %q", len(s.Outbox()), s.state("billing:"+payment))
			}
			s.stripe.FailWith(nil)
			s.deliver(event, http.StatusNoContent)
			s.deliver(event, http.StatusNoContent)
			if len(s.Outbox()) != c.mails || s.row("billing:"+payment) != nil {
				t.Errorf("%d mails, row %q", len(s.Outbox()), s.state("billing:"+payment))
			}
		})
	}
}

// When one server takes over from another, both use one Stripe account for a moment. Only one of them sends the mails.
func TestTwoStudiosAtTheSameTime(t *testing.T) {
	one := newStudio(t, nil)
	two := newStudio(t, map[string]string{"STRIPE_API_URL": one.stripe.URL})
	_, payment := one.payer("nora", nil)
	client, _ := two.Client("nora")
	two.set(two.set(client, "verified", true), "stripeCustomerId", "cus_nora")
	event := stripefake.Event("payment_intent.succeeded", one.stripe.Get(payment))
	var looked sync.WaitGroup // both read the payment before either writes its mark
	looked.Add(2)
	one.stripe.FailWith(func(r *http.Request) http.HandlerFunc {
		if r.Method == http.MethodPost {
			looked.Done()
			looked.Wait()
		}
		return nil
	})
	var arriving sync.WaitGroup
	for _, s := range []studio{one, two} {
		arriving.Go(func() { s.deliver(event, http.StatusNoContent) })
	}
	arriving.Wait()
	if n, m := len(one.Outbox()), len(two.Outbox()); n+m != 2 || n*m != 0 {
		t.Errorf("%d and %d mails", n, m)
	}
	if one.row("billing:"+payment) != nil || two.row("billing:"+payment) != nil {
		t.Error("a row is left")
	}
}

// When a mail cannot be sent after the mark was written, the owner gets a row. The mail is not tried again, and the
// event is answered as taken.
func TestAMailThatCannotLeave(t *testing.T) {
	s := newStudio(t, nil)
	_, payment := s.payer("nora", nil)
	event := stripefake.Event("payment_intent.succeeded", s.stripe.Get(payment))
	outbox := filepath.Join(s.App.DataDir(), "outbox")
	if err := os.WriteFile(outbox, nil, 0o600); err != nil { // a file in place of the folder makes sending fail
		t.Fatal(err)
	}
	s.deliver(event, http.StatusNoContent)
	if row := s.row("billing:" + payment); row == nil || row.GetString("state") != "failed" || !strings.Contains(row.GetString("lastError"), payment) {
		t.Errorf("the owner reads %v", row)
	}
	if err := os.Remove(outbox); err != nil {
		t.Fatal(err)
	}
	s.deliver(event, http.StatusNoContent)
	if len(s.Outbox()) > 0 || s.state("billing:"+payment) != "failed" {
		t.Errorf("%d mails, row %q", len(s.Outbox()), s.state("billing:"+payment))
	}
}

// A payment that the earlier system has mailed about is not mailed about again.
func TestPaymentMailedBefore(t *testing.T) {
	s := newStudio(t, nil)
	_, payment := s.payer("nora", stripefake.Object{"metadata": stripefake.Object{"emailSent": "true"}})
	s.tell("payment_intent.succeeded", payment)
	if letters := s.letters(); len(letters) != 0 {
		t.Errorf("%d mails", len(letters))
	}
}
