package billing_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/billing"
	"greenroom/hooks/billing/stripefake"
)

const draftsPath = "/api/studio/invoices"

// worked returns a studio in which Nora, who is a customer at Stripe, has an album with sessions of 90 and of 20
// minutes.
func worked(t *testing.T) (s studio, project *core.Record, sessions []*core.Record) {
	s = newStudio(t, nil)
	_, client, _ := s.customer("nora")
	project = s.Make("projects", map[string]any{"client": client.Id, "title": "Live album", "serviceType": "AUDIO"})
	for _, fields := range []map[string]any{
		// In London's summer time this is the 19th.
		{"title": "Mix review", "date": "2025-07-18 23:30:00Z", "durationMin": 90},
		{"title": "Listening", "date": "2025-07-20 10:00:00Z", "durationMin": 20},
	} {
		fields["project"] = project.Id
		sessions = append(sessions, s.Make("sessions", fields))
	}
	return s, project, sessions
}

// draft orders a draft and fails the test unless it is made.
func (s studio) draft(o billing.Order) (d billing.Draft) {
	s.t.Helper()
	answer := s.Do("POST", draftsPath, s.Owner, o)
	if answer.Status != http.StatusOK {
		s.t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	if err := json.Unmarshal(answer.Raw, &d); err != nil {
		s.t.Fatal(err)
	}
	return d
}

// refused orders a draft that must be refused with the status and a sentence that contains part.
func (s studio) refused(o billing.Order, status int, part string) {
	s.t.Helper()
	if answer := s.Do("POST", draftsPath, s.Owner, o); answer.Status != status || !strings.Contains(answer.Message(), part) {
		s.t.Errorf("%+v: %d %s, want %d with %q", o, answer.Status, answer.Raw, status, part)
	}
}

func (s studio) billedOn(session *core.Record) string { return s.Reload(session).GetString("invoice") }

// drafts returns the ids of the drafts at Stripe.
func (s studio) drafts() (ids []string) {
	for _, invoice := range s.stripe.All("invoice") {
		if invoice["status"] == "draft" {
			ids = append(ids, invoice["id"].(string))
		}
	}
	return ids
}

func TestADraftOfTheSessions(t *testing.T) {
	s, project, sessions := worked(t)
	order := billing.Order{Project: project.Id, Rate: "62.50", Fixed: []string{"Mixing, first half=640"}}

	order.DryRun = true
	if d := s.draft(order); d.Invoice != "" || d.Total != 93_75+20_83+640_00 || len(s.drafts()) != 0 || s.billedOn(sessions[0]) != "" {
		t.Errorf("only asked: %+v", d)
	}
	order.DryRun = false
	d := s.draft(order)
	want := []string{
		"A draft invoice for nora was made, with 3 lines, £754.58 in all.",
		"19 July 2025, Mix review, 1 h 30 min: £93.75",
		"20 July 2025, Listening, 20 min: £20.83",
		"Mixing, first half: £640.00",
		"Nothing is sent yet. Read it and finalise it at Stripe: https://dashboard.stripe.com/test/invoices/" + d.Invoice,
	}
	if !slices.Equal(d.Words, want) {
		t.Errorf("the words are\n%s", strings.Join(d.Words, "\n"))
	}
	at := s.stripe.Get(d.Invoice)
	if at["status"] != "draft" || at["customer"] != "cus_nora" || fmt.Sprint(at["total"]) != "75458" || at["description"] != "Live album" {
		t.Errorf("at Stripe: %v", at)
	}
	var said []string
	for _, line := range at["lines"].(map[string]any)["data"].([]any) {
		said = append(said, fmt.Sprint(line.(map[string]any)["description"], " ", line.(map[string]any)["amount"]))
	}
	if want := []string{"19 July 2025, Mix review, 1 h 30 min 9375", "20 July 2025, Listening, 20 min 2083", "Mixing, first half 64000"}; !slices.Equal(said, want) {
		t.Errorf("its lines: %q", said)
	}
	for _, session := range sessions {
		if s.billedOn(session) != d.Invoice {
			t.Errorf("%s is billed on %q", session.GetString("title"), s.billedOn(session))
		}
	}
	if s.row("billing:draft-"+project.Id) != nil {
		t.Error("the row of the draft is still there")
	}

	s.refused(order, 400, "There is no session to bill in Live album: each one is on an invoice already")
	if len(s.drafts()) != 1 {
		t.Errorf("%d drafts", len(s.drafts()))
	}
	later := s.Make("sessions", map[string]any{"project": project.Id, "title": "Later", "date": "2025-08-01 10:00:00Z", "durationMin": 16})
	order.Fixed, order.RoundUp, order.Rate, order.Since = nil, true, "60", "2025-08-01"
	if d := s.draft(order); d.Total != 30_00 || len(d.Lines) != 1 || d.Lines[0].Minutes != 30 || s.billedOn(later) != d.Invoice {
		t.Errorf("rounded up: %+v", d)
	}
}

func TestAFixedDraftIsMadeOnce(t *testing.T) {
	s, project, _ := worked(t)
	order := billing.Order{Project: project.Id, Currency: "JPY", Fixed: []string{"Mastering=48,000"}}
	first := s.draft(order)
	again := s.draft(order)
	if first.Total != 48_000 || first.Exponent != 0 || again.Invoice != first.Invoice || !again.Already || len(s.drafts()) != 1 {
		t.Errorf("%+v, then %+v", first, again)
	}
	s.stripe.Finalise(first.Invoice)
	if third := s.draft(order); third.Invoice == first.Invoice || third.Already {
		t.Errorf("after it was finalised: %+v", third)
	}
}

func TestRefusedOrders(t *testing.T) {
	s, project, _ := worked(t)
	order := func(change func(o *billing.Order)) billing.Order {
		o := billing.Order{Project: project.Id, Rate: "60"}
		change(&o)
		return o
	}
	for part, o := range map[string]billing.Order{
		"is no currency": order(func(o *billing.Order) { o.Currency = "pounds" }),
		// The fake's account does not take this currency.
		"Stripe did not take the draft":     order(func(o *billing.Order) { o.Currency = "chf" }),
		"is no rate in GBP":                 order(func(o *billing.Order) { o.Rate = "60.505" }),
		"“1e3” is no rate":                  order(func(o *billing.Order) { o.Rate = "1e3" }),
		"“-5” is no rate":                   order(func(o *billing.Order) { o.Rate = "-5" }),
		"“0” is no rate":                    order(func(o *billing.Order) { o.Rate = "0" }),
		"is no day":                         order(func(o *billing.Order) { o.Since = "November" }),
		"each one is on an invoice already": order(func(o *billing.Order) { o.Since = "2026-01-01" }),
		"Write a fixed amount":              order(func(o *billing.Order) { o.Fixed = []string{"640"} }),
		"is no amount of GBP":               order(func(o *billing.Order) { o.Fixed = []string{"Mixing=six"} }),
		"Say what an hour costs":            order(func(o *billing.Order) { o.Rate = "" }),
		"more than Stripe takes":            order(func(o *billing.Order) { o.Rate = "999999" }),
	} {
		s.refused(o, 400, part)
	}
	s.refused(billing.Order{Project: "nosuchproject00", Rate: "60"}, 404, "no such project")
	if s.row("billing:draft-"+project.Id) != nil || len(s.drafts()) != 0 {
		t.Error("what was refused left something behind")
	}

	ben, token := s.Client("ben")
	site := s.Make("projects", map[string]any{"client": ben.Id, "title": "Site", "serviceType": "SOFTWARE"})
	s.Make("sessions", map[string]any{"project": site.Id, "title": "Unmeasured", "date": "2025-07-18 10:00:00Z"})
	s.refused(billing.Order{Project: site.Id, Rate: "60"}, 400, "Ben is no customer at Stripe yet")
	s.stripe.Add("customer", stripefake.Object{"id": "cus_ben"})
	s.set(ben, "stripeCustomerId", "cus_ben")
	s.refused(billing.Order{Project: site.Id, Rate: "60"}, 400, "Unmeasured: its minutes are not written down.")
	s.stripe.Delete("cus_ben")
	s.refused(billing.Order{Project: site.Id, Rate: "60"}, 400, "Stripe does not know the customer cus_ben")

	for who, want := range map[string]int{"": 401, token: 403} {
		if answer := s.Do("POST", draftsPath, who, billing.Order{Project: site.Id, Rate: "60"}); answer.Status != want {
			t.Errorf("a stranger: %d %s", answer.Status, answer.Raw)
		}
	}
	without := newStudio(t, map[string]string{"STRIPE_SECRET_KEY": "", "STRIPE_WEBHOOK_SECRET": "", "STRIPE_API_URL": ""})
	without.refused(billing.Order{Project: site.Id, Rate: "60"}, 503, "Billing is not set up here")
}

// Whichever request fails, no session is on two drafts, and none on a draft that lacks lines.
func TestAHalfMadeDraftIsTakenBack(t *testing.T) {
	for _, broken := range []struct {
		name    string
		request string // the prefix of the request that fails
		nth     int
		stays   bool // whether deleting the draft fails too, so that it stays at Stripe
	}{
		{"the draft itself", "POST /v1/invoices", 1, true},
		{"its second line", "POST /v1/invoiceitems", 2, false},
		{"its second line, and the deleting", "POST /v1/invoiceitems", 2, true},
	} {
		t.Run(broken.name, func(t *testing.T) {
			s, project, sessions := worked(t)
			n, down := 0, false
			s.stripe.FailWith(func(r *http.Request) http.HandlerFunc {
				if r.Method+" "+r.URL.Path == broken.request {
					n++
					down = down || n == broken.nth
				}
				if down && (broken.stays || r.Method == http.MethodPost) {
					return stripefake.Refuse(http.StatusServiceUnavailable, "api_error", "")
				}
				return nil
			})
			s.refused(billing.Order{Project: project.Id, Rate: "60"}, 503, "Nothing was billed")
			if s.billedOn(sessions[0]) != "" {
				t.Error("a session is on the half made draft")
			}
			if kept := s.row("billing:draft-"+project.Id) != nil; kept != broken.stays {
				t.Errorf("the row is there: %v", kept)
			}
			s.stripe.FailWith(nil)
			d := s.draft(billing.Order{Project: project.Id, Rate: "60"})
			if got := s.drafts(); !slices.Equal(got, []string{d.Invoice}) || s.billedOn(sessions[0]) != d.Invoice || s.row("billing:draft-"+project.Id) != nil {
				t.Errorf("drafts %v, the sessions' %q", got, s.billedOn(sessions[0]))
			}
		})
	}
}

// The process may end after the last line was made and before the sessions are marked.
func TestADraftWhoseMakerDied(t *testing.T) {
	for _, finalised := range []bool{false, true} {
		s, project, sessions := worked(t)
		key := "keyofthedraftthatwas"
		s.Make("integrations", map[string]any{"name": "billing:draft-" + project.Id, "state": "drafting", "cursor": key})
		half := s.open("cus_nora", stripefake.Object{"status": "draft", "metadata": stripefake.Object{"greenroom_draft": key},
			"lines": stripefake.Object{"object": "list", "data": []any{stripefake.Object{"id": "il_1", "object": "line_item", "metadata": stripefake.Object{"greenroom_session": sessions[0].Id}}}}})
		if finalised {
			s.stripe.Finalise(half)
		}
		d := s.draft(billing.Order{Project: project.Id, Rate: "60"})
		if finalised && (s.billedOn(sessions[0]) != half || len(d.Lines) != 1 || s.billedOn(sessions[1]) != d.Invoice) {
			t.Errorf("the owner has finalised it: %q and %+v", s.billedOn(sessions[0]), d)
		}
		if !finalised && (s.stripe.Get(half) != nil || len(d.Lines) != 2 || s.billedOn(sessions[0]) != d.Invoice) {
			t.Errorf("it was a draft: %v and %+v", s.stripe.Get(half), d)
		}
	}
}

func TestSessionsAreFreeAgain(t *testing.T) {
	for name, end := range map[string]func(s studio, id string) []stripefake.Told{
		"voided":  func(s studio, id string) []stripefake.Told { s.stripe.Finalise(id); return s.stripe.Void(id) },
		"deleted": func(s studio, id string) []stripefake.Told { return s.stripe.DeleteDraft(id) },
	} {
		for _, told := range []bool{true, false} { // without the event, the next draft finds out that the invoice is gone
			t.Run(fmt.Sprint(name, ", told: ", told), func(t *testing.T) {
				s, project, sessions := worked(t)
				first := s.draft(billing.Order{Project: project.Id, Rate: "60"})
				events := end(s, first.Invoice)
				if told {
					for _, event := range events {
						s.deliver(event.Body(), http.StatusNoContent)
					}
					if s.billedOn(sessions[0]) != "" || s.billedOn(sessions[1]) != "" {
						t.Error("the sessions are still on it")
					}
				}
				second := s.draft(billing.Order{Project: project.Id, Rate: "60"})
				if len(second.Lines) != 2 || s.billedOn(sessions[0]) != second.Invoice {
					t.Errorf("%+v", second)
				}
			})
		}
	}
	t.Run("with the key of another account", func(t *testing.T) { // this account knows neither the invoice nor the customer
		s, project, sessions := worked(t)
		first := s.draft(billing.Order{Project: project.Id, Rate: "60"})
		deleted := stripefake.Event("invoice.deleted", s.stripe.Get(first.Invoice))
		s.stripe.Remove(first.Invoice)
		s.stripe.Remove("cus_nora")
		s.deliver(deleted, http.StatusNoContent)
		if s.billedOn(sessions[0]) != first.Invoice {
			t.Error("the sessions were taken off an invoice that may well be there")
		}
	})
}

// Only the owner's answers contain the invoice of a session.
func TestTheInvoiceOfASessionIsHidden(t *testing.T) {
	s, project, sessions := worked(t)
	d := s.draft(billing.Order{Project: project.Id, Rate: "60"})
	client, err := s.App.FindRecordById("clients", project.GetString("client"))
	if err != nil {
		t.Fatal(err)
	}
	token, err := client.NewAuthToken()
	if err != nil {
		t.Fatal(err)
	}
	session := "/api/collections/sessions/records/" + sessions[0].Id
	for _, path := range []string{session, "/api/collections/sessions/records", "/api/portal/projects/" + project.Id, "/api/portal/overview", "/api/portal/export"} {
		if answer := s.Do("GET", path, token, nil); answer.Status != 200 || strings.Contains(string(answer.Raw), d.Invoice) || strings.Contains(string(answer.Raw), `"invoice"`) {
			t.Errorf("%s: %d %s", path, answer.Status, answer.Raw)
		}
	}
	if answer := s.Do("GET", "/api/collections/sessions/records?filter=invoice!=''", token, nil); answer.Status == 200 && strings.Contains(string(answer.Raw), sessions[0].Id) {
		t.Errorf("a client can filter by it: %d %s", answer.Status, answer.Raw)
	}
	if answer := s.Do("GET", session, s.Owner, nil); answer.JSON()["invoice"] != d.Invoice {
		t.Errorf("the owner reads %s", answer.Raw)
	}
	s.Do("PATCH", session, s.Owner, map[string]any{"invoice": "", "title": "Renamed"})
	if s.billedOn(sessions[0]) != d.Invoice {
		t.Error("the dashboard's form took a session off its invoice")
	}
}

// The Studio stores the day of a session as its midnight in UTC, at which it is still the day before in New York.
func TestTheDayOfASessionIsTheSameInEveryZone(t *testing.T) {
	s := newStudio(t, map[string]string{"GREENROOM_TIMEZONE": "America/New_York"})
	_, client, _ := s.customer("nora")
	project := s.Make("projects", map[string]any{"client": client.Id, "title": "Live album", "serviceType": "AUDIO"})
	for title, date := range map[string]string{"Day": "2025-08-01", "Late": "2025-08-02 03:30:00Z", "Before": "2025-08-01 03:30:00Z", "Day before": "2025-07-31"} {
		s.Make("sessions", map[string]any{"project": project.Id, "title": title, "date": date, "durationMin": 60})
	}
	s.Make("sessions", map[string]any{"project": project.Id, "title": "Evening", "date": "2025-08-02 00:00:00Z", "calendarEventId": "evening", "durationMin": 60})
	d := s.draft(billing.Order{Project: project.Id, Rate: "60", Since: "2025-08-01", DryRun: true})
	var lines []string
	for _, line := range d.Lines {
		lines = append(lines, line.Description)
	}
	if want := []string{"1 August 2025, Day, 1 h", "1 August 2025, Evening, 1 h", "1 August 2025, Late, 1 h"}; !slices.Equal(lines, want) {
		t.Errorf("its lines are %q, want %q", lines, want)
	}
}

// Somewhere it is always another day than in UTC: there the session of today is over, and that of tomorrow still to come.
func TestTheSessionOfTodayIsBilledInEveryZone(t *testing.T) {
	zone := "Etc/GMT-14" // fourteen hours ahead, so that the day there is that after UTC's
	if time.Now().UTC().Hour() < 10 {
		zone = "Etc/GMT+12" // and there it is the day before
	}
	s := newStudio(t, map[string]string{"GREENROOM_TIMEZONE": zone})
	_, client, _ := s.customer("nora")
	project := s.Make("projects", map[string]any{"client": client.Id, "title": "Live album", "serviceType": "AUDIO"})
	there, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	for title, ahead := range map[string]int{"Today": 0, "Tomorrow": 1} {
		day := time.Now().In(there).AddDate(0, 0, ahead).Format(time.DateOnly)
		s.Make("sessions", map[string]any{"project": project.Id, "title": title, "date": day, "durationMin": 60})
	}
	d := s.draft(billing.Order{Project: project.Id, Rate: "60", DryRun: true})
	if len(d.Lines) != 1 || !strings.Contains(d.Lines[0].Description, ", Today, ") || len(d.LeftOut) != 1 || !strings.HasSuffix(d.LeftOut[0], ", Tomorrow: it is still to come.") {
		t.Errorf("its lines are %v, and left out is %q", d.Lines, d.LeftOut)
	}
}
