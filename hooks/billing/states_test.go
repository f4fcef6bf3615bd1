package billing_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/billing/stripefake"
	"greenroom/hooks/testkit"
)

// finalised makes an open invoice of £640.
func (s studio) finalised(customerId string) (id string) {
	id = s.open(customerId, stripefake.Object{"status": "draft", "total": 64_000, "subtotal": 64_000, "amount_due": 64_000, "amount_remaining": 64_000, "due_date": nil})
	s.stripe.Finalise(id)
	return id
}

// brief describes an invoice of the statement in one line.
func (st statement) brief(number string) string {
	for _, i := range st.Items {
		if i.Number != nil && *i.Number == number {
			failure := ""
			if i.Failure != nil {
				failure = " " + *i.Failure
			}
			return fmt.Sprintf("%s %d, remaining %d, paid %d, refunded %d, credited %d, to pay: %v%s", i.Status, i.Amount, i.Remaining, i.Paid, i.Refunded, i.Credited, i.PayURL != nil, failure)
		}
	}
	return "not there"
}

func TestEveryStateOfAnInvoice(t *testing.T) {
	for _, tc := range []struct {
		name string
		act  func(stripe *stripefake.Server, id string)
		want string
	}{
		{"to pay", func(stripe *stripefake.Server, id string) {}, "open 64000, remaining 64000, paid 0, refunded 0, credited 0, to pay: true"},
		{"partly paid", func(stripe *stripefake.Server, id string) { stripe.PayPart(id, 20_000) }, "open 64000, remaining 44000, paid 20000, refunded 0, credited 0, to pay: true"},
		{"on its way, with a charge", func(stripe *stripefake.Server, id string) { stripe.StartPayment(id, true) }, "pending 64000, remaining 64000, paid 0, refunded 0, credited 0, to pay: false"},
		{"on its way, without one", func(stripe *stripefake.Server, id string) { stripe.StartPayment(id, false) }, "pending 64000, remaining 64000, paid 0, refunded 0, credited 0, to pay: false"},
		{"failed after days", func(stripe *stripefake.Server, id string) {
			stripe.StartPayment(id, true)
			stripe.FailPayment(id, "debit_not_authorized")
		},
			"failed 64000, remaining 64000, paid 0, refunded 0, credited 0, to pay: true The bank did not allow the debit."},
		{"failed at once", func(stripe *stripefake.Server, id string) { stripe.FailPayment(id, "insufficient_funds") },
			"failed 64000, remaining 64000, paid 0, refunded 0, credited 0, to pay: true There was not enough money in the account."},
		{"failed, for a reason to keep quiet", func(stripe *stripefake.Server, id string) { stripe.FailPayment(id, "stolen_card") },
			"failed 64000, remaining 64000, paid 0, refunded 0, credited 0, to pay: true The bank did not let the payment through."},
		{"failed, then tried again", func(stripe *stripefake.Server, id string) {
			stripe.FailPayment(id, "expired_card")
			stripe.StartPayment(id, true)
		},
			"pending 64000, remaining 64000, paid 0, refunded 0, credited 0, to pay: false"},
		{"failed, then paid", func(stripe *stripefake.Server, id string) { stripe.FailPayment(id, "expired_card"); stripe.Pay(id) }, "paid 64000, remaining 0, paid 64000, refunded 0, credited 0, to pay: false"},
		{"paid another way", func(stripe *stripefake.Server, id string) { stripe.MarkPaid(id) }, "paid 64000, remaining 0, paid 0, refunded 0, credited 0, to pay: false"},
		{"refunded in part", func(stripe *stripefake.Server, id string) {
			stripe.Pay(id)
			stripe.Refund(chargeOf(stripe, id), 10_000)
		},
			"partially_refunded 64000, remaining 0, paid 64000, refunded 10000, credited 0, to pay: false"},
		{"refunded", func(stripe *stripefake.Server, id string) {
			stripe.Pay(id)
			stripe.Refund(chargeOf(stripe, id), 64_000)
		},
			"refunded 64000, remaining 0, paid 64000, refunded 64000, credited 0, to pay: false"},
		{"credited in part", func(stripe *stripefake.Server, id string) { stripe.Credit(id, 14_000) }, "open 50000, remaining 50000, paid 0, refunded 0, credited 14000, to pay: true"},
		{"credited", func(stripe *stripefake.Server, id string) { stripe.Credit(id, 64_000) }, "credited 64000, remaining 0, paid 0, refunded 0, credited 64000, to pay: false"},
		{"credited after it was paid", func(stripe *stripefake.Server, id string) { stripe.Pay(id); stripe.Credit(id, 4_000) }, "paid 64000, remaining 0, paid 64000, refunded 0, credited 4000, to pay: false"},
		{"cancelled", func(stripe *stripefake.Server, id string) { stripe.Void(id) }, "void 64000, remaining 0, paid 0, refunded 0, credited 0, to pay: false"},
		{"only a draft", func(stripe *stripefake.Server, id string) { stripe.Set(id, stripefake.Object{"status": "draft"}) }, "not there"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newStudio(t, nil)
			nora, _, token := s.customer("nora")
			tc.act(s.stripe, s.finalised(nora))
			if got := s.invoices(token).brief("INV-0001"); got != tc.want {
				t.Errorf("%s\nwant %s", got, tc.want)
			}
		})
	}
}

func chargeOf(stripe *stripefake.Server, invoice string) (id string) {
	for _, charge := range stripe.All("charge") {
		if charge["invoice"] == invoice {
			id = charge["id"].(string)
		}
	}
	return id
}

// In whatever order, how often and how late events arrive, the page agrees with Stripe, the files of paid invoices are
// open, and the sessions of invoices that are gone can be billed.
func TestTheOrderOfEventsDoesNotMatter(t *testing.T) {
	random := rand.New(rand.NewPCG(testkit.Seed(t), 25))
	s := newStudio(t, nil)
	nora, client, token := s.customer("nora")
	project := s.Make("projects", map[string]any{"client": client.Id, "title": "Live album", "serviceType": "AUDIO"})
	for round := range 40 {
		id := s.finalised(nora)
		named := fmt.Sprintf("INV-%04d", round+1)
		mix := s.Make("deliverables", map[string]any{"project": project.Id, "title": "Mix", "invoice": id})
		session := s.Make("sessions", map[string]any{"project": project.Id, "title": "Mix review", "invoice": id})
		var happened []string
		var waiting []stripefake.Told
		act := func(name string, events []stripefake.Told) {
			happened, waiting = append(happened, name), append(waiting, events...)
		}
		for range 1 + random.IntN(4) {
			invoice := s.stripe.Get(id)
			switch choice := random.IntN(7); {
			case invoice["status"] == "paid" && choice < 4 && s.stripe.Get(chargeOf(s.stripe, id))["status"] == "succeeded":
				act("refund", s.stripe.Refund(chargeOf(s.stripe, id), 1_000))
			case invoice["status"] == "paid":
				act("credit", s.stripe.Credit(id, 1_000))
			case invoice["status"] != "open":
			case choice == 0:
				act("start", s.stripe.StartPayment(id, random.IntN(2) == 0))
			case choice == 1:
				act("fail", s.stripe.FailPayment(id, "expired_card"))
			case choice == 2:
				act("void", s.stripe.Void(id))
			case choice == 3:
				act("credit", s.stripe.Credit(id, 4_000))
			case choice == 4:
				act("mark paid", s.stripe.MarkPaid(id))
			default:
				act("pay", s.stripe.Pay(id))
			}
			// Some of the waiting events arrive between two acts, some of them twice.
			for range random.IntN(3) {
				if len(waiting) == 0 {
					break
				}
				at := random.IntN(len(waiting))
				s.deliver(waiting[at].Body(), http.StatusNoContent)
				if random.IntN(4) > 0 {
					waiting = slices.Delete(waiting, at, at+1)
				}
			}
			s.invoices(token) // a visit puts an answer into the cache, which later events must invalidate
		}
		random.Shuffle(len(waiting), func(i, j int) { waiting[i], waiting[j] = waiting[j], waiting[i] })
		for _, event := range waiting {
			s.deliver(event.Body(), http.StatusNoContent)
		}
		story := fmt.Sprintf("round %d, %s", round, strings.Join(happened, ", "))
		s.pageSaysWhatStripeSays(story, s.invoices(token).brief(named), id)
		s.recordsFollow(story, id, mix, session)
	}
}

// pageSaysWhatStripeSays derives the line from Stripe's objects by independent rules and compares it with the page's.
func (s studio) pageSaysWhatStripeSays(story, got, id string) {
	s.t.Helper()
	invoice, charge := s.stripe.Get(id), s.stripe.Get(chargeOf(s.stripe, id))
	payment := s.stripe.Get(fmt.Sprint(invoice["payment_intent"]))
	status := fmt.Sprint(invoice["status"])
	pay := status == "open"
	if status == "open" && payment["status"] == "processing" {
		status, pay = "pending", false
	} else if status == "open" && payment["last_payment_error"] != nil {
		status = "failed"
	}
	refunded := "0"
	if charge != nil {
		refunded = fmt.Sprint(charge["amount_refunded"])
	}
	if status == "paid" && refunded != "0" {
		status = "partially_refunded" // refunds come in steps of £10 and never reach the whole
	}
	want := fmt.Sprintf("%s %v, remaining %v, ", status, map[bool]any{true: invoice["amount_due"], false: invoice["total"]}[invoice["status"] == "open"], invoice["amount_remaining"])
	if !strings.HasPrefix(got, want) || !strings.Contains(got, "refunded "+refunded+",") || !strings.Contains(got, fmt.Sprint("to pay: ", pay)) {
		s.t.Errorf("%s: the page says %q, Stripe %q, %s refunded", story, got, want, refunded)
	}
}

func (s studio) recordsFollow(story, id string, mix, session *core.Record) {
	s.t.Helper()
	status := s.stripe.Get(id)["status"]
	if locked := s.Reload(mix).GetBool("locked"); locked != (status != "paid") {
		s.t.Errorf("%s: the invoice is %v, the files are locked: %v", story, status, locked)
	}
	if billed := s.billedOn(session); (billed == "") != (status == "void") {
		s.t.Errorf("%s: the invoice is %v, the session on %q", story, status, billed)
	}
}
