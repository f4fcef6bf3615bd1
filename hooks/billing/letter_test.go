package billing_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pocketbase/dbx"

	"greenroom/hooks/billing/stripefake"
)

// The mail about a payment says what was bought and what happens next. No second mail says that the files are open.
func TestThePaymentMailSaysWhatHappensNext(t *testing.T) {
	a := newAwaiting(t)
	a.lock()
	worker := a.Make("clients", map[string]any{"account": a.client.Id, "access": "work", "email": "kim@example.com", "verified": true})
	a.Make("bookings", map[string]any{"client": a.client.Id, "calendarEventId": "past", "title": "Past", "startTime": "2020-01-14 10:00:00Z", "endTime": "2020-01-14 11:00:00Z"})
	a.Make("bookings", map[string]any{"client": a.client.Id, "calendarEventId": "off", "title": "Called off", "startTime": "2100-01-12 10:00:00Z", "endTime": "2100-01-12 11:00:00Z", "cancelledAt": "2026-01-01 00:00:00Z"})
	a.Make("bookings", map[string]any{"client": a.client.Id, "calendarEventId": "next", "title": "Mastering", "startTime": "2100-07-13 10:00:00Z", "endTime": "2100-07-13 11:00:00Z"})
	a.stripe.Set(a.invoice, stripefake.Object{"lines": stripefake.Object{"object": "list", "data": []any{
		stripefake.Object{"id": "il_1", "object": "line_item", "description": "18 November, Mix review, 1 h 30 min"},
		stripefake.Object{"id": "il_2", "object": "line_item", "description": "Mixing, first half"}}}})
	a.tellAll(a.stripe.Pay(a.invoice))
	letters := a.letters()
	if len(letters) != 2 {
		t.Fatalf("%d mails: %+v", len(letters), letters)
	}
	want := "Hi nora,\n\nThank you. Your payment of £640.00 for invoice INV-0001 has arrived.\nIt was for:\n- 18 November, Mix review, 1 h 30 min\n- Mixing, first half\n" +
		"The files of “Mix 3” are open: " + portalURL + "/projects/" + a.project.Id + "#deliverable-" + a.mix.Id + "\n" +
		"We meet next on Tuesday 13 July, 11:00 (London): Mastering.\nYour invoices and receipts: " + portalURL + "/invoices\n\nJames\n"
	if letters[0].text != want {
		t.Errorf("got\n%s\nwant\n%s", letters[0].text, want)
	}
	for person, state := range map[string]string{"": "dropped", worker.Id: "waiting"} {
		rows, err := a.App.FindAllRecords("outbox", dbx.HashExp{"notice": "filesOpen", "person": person})
		if err != nil || len(rows) != 1 || rows[0].GetString("state") != state {
			t.Errorf("the notice for %q: %v, %v", person, rows, err)
		}
	}
}

// Only a mail that left has said that the files are open. The notice about them goes its own way otherwise.
func TestAPaymentMailThatCannotLeaveDropsNoNotice(t *testing.T) {
	a := newAwaiting(t)
	a.lock()
	if err := os.WriteFile(filepath.Join(a.App.DataDir(), "outbox"), nil, 0o600); err != nil { // a file in place of the folder makes sending fail
		t.Fatal(err)
	}
	a.tellAll(a.stripe.Pay(a.invoice))
	rows, err := a.App.FindAllRecords("outbox", dbx.HashExp{"notice": "filesOpen"})
	if err != nil || len(rows) != 1 || rows[0].GetString("state") != "waiting" {
		t.Errorf("the notice: %v, %v", rows, err)
	}
}

func TestThePaymentMailQuotesTheBuyer(t *testing.T) {
	for name, tc := range map[string]struct {
		payment  stripefake.Object
		checkout stripefake.Object // nil if the payment has no checkout
		down     bool
		want     string
	}{
		"in the payment's metadata":  {stripefake.Object{"description": "Stems", "metadata": stripefake.Object{"message": " Thanks for\nall of it. "}}, nil, false, "It was for: Stems\n“Thanks for all of it.”\n"},
		"in the checkout's metadata": {stripefake.Object{}, stripefake.Object{"metadata": stripefake.Object{"buyerMessage": "For the band."}}, false, "has arrived.\n“For the band.”\n"},
		"none":                       {stripefake.Object{}, stripefake.Object{"metadata": stripefake.Object{"order": "7"}}, false, "has arrived.\nYour invoices"},
		"one that cannot be read":    {stripefake.Object{}, stripefake.Object{"metadata": stripefake.Object{"message": "Lost."}}, true, "has arrived.\nYour invoices"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStudio(t, nil)
			_, payment := s.payer("nora", tc.payment)
			if tc.checkout != nil {
				s.stripe.Add("checkout_session", stripefake.Object{"payment_intent": "pi_other", "metadata": stripefake.Object{"message": "Somebody else's."}})
				tc.checkout["payment_intent"] = payment
				s.stripe.Add("checkout_session", tc.checkout)
			}
			s.stripe.FailWith(func(r *http.Request) http.HandlerFunc {
				if tc.down && strings.HasPrefix(r.URL.Path, "/v1/checkout") {
					return stripefake.Refuse(http.StatusForbidden, "invalid_request_error", "")
				}
				return nil
			})
			s.tell("payment_intent.succeeded", payment)
			letters := s.letters()
			if len(letters) != 2 || !strings.Contains(letters[0].text, tc.want) {
				t.Errorf("%+v\nwant %q", letters, tc.want)
			}
		})
	}
}
