package demo

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/config"
)

// visitor is somebody who is signed in to a served demo.
type visitor struct {
	t          *testing.T
	url, token string
}

// do sends a request and returns the status and the JSON of the answer.
func (v visitor) do(method, path string, body any) (status int, out map[string]any) {
	v.t.Helper()
	content, err := json.Marshal(body)
	if err != nil {
		v.t.Fatal(err)
	}
	request, err := http.NewRequest(method, v.url+path, bytes.NewReader(content))
	if err != nil {
		v.t.Fatal(err)
	}
	request.Header.Set("Authorization", v.token)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		v.t.Fatal(err)
	}
	defer response.Body.Close()
	_ = json.NewDecoder(response.Body).Decode(&out) // the answer may have no body
	return response.StatusCode, out
}

// servedNow returns a demo that was just loaded and is served, with Tomáš and the owner signed in.
func servedNow(t *testing.T) (app studioApp, tomas, james visitor, project string) {
	t.Helper()
	dir := t.TempDir()
	first, err := open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Load(first, time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := first.end(); err != nil {
		t.Fatal(err)
	}
	app = openIn(t, dir)
	url, err := app.serve(t, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	signIn := func(collection, email string) visitor {
		record, err := app.FindAuthRecordByEmail(collection, email)
		if err != nil {
			t.Fatal(err)
		}
		token, err := record.NewAuthToken()
		if err != nil {
			t.Fatal(err)
		}
		return visitor{t, url, token}
	}
	record, err := app.FindFirstRecordByFilter("projects", "title ~ 'Osm minut lesa'")
	if err != nil {
		t.Fatal(err)
	}
	return app, signIn("clients", "tomas@dvorak-sound.example"), signIn(core.CollectionNameSuperusers, ownerEmail), record.Id
}

func TestInvoicesOfTheDemoAreInEveryStateAndAMasterOpensWhenItIsPaid(t *testing.T) {
	app, tomas, _, project := servedNow(t)
	_, page := tomas.do("GET", "/api/portal/invoices", nil)
	items, _ := page["items"].([]any)
	statuses, payUrl := []string{}, ""
	for _, item := range items {
		i := item.(map[string]any)
		statuses = append(statuses, i["status"].(string))
		if i["number"] == "INV-0117" {
			payUrl, _ = i["payUrl"].(string)
		}
	}
	// A draft is only shown to the owner.
	if want := []string{"open", "open", "pending", "failed", "paid", "partially_refunded", "void"}; !slices.Equal(statuses, want) {
		t.Errorf("the invoices are %q, want %q", statuses, want)
	}

	locked := func() (titles []string) {
		_, page := tomas.do("GET", "/api/portal/projects/"+project, nil)
		all, _ := page["deliverables"].([]any)
		for _, d := range all {
			if d := d.(map[string]any); d["locked"] == true {
				titles = append(titles, d["title"].(string))
			}
		}
		return titles
	}
	if got := locked(); !slices.Equal(got, []string{"Master for streaming and vinyl"}) {
		t.Fatalf("locked are %q", got)
	}
	if shown, err := http.Get(payUrl); err != nil || !strings.Contains(read(t, shown), "Pay £420.00") {
		t.Fatalf("the page to pay: %v", err)
	}
	paid, err := http.Post(payUrl, "application/x-www-form-urlencoded", nil)
	if err != nil {
		t.Fatal(err)
	}
	if text := read(t, paid); !strings.Contains(text, "It is paid.") || !strings.Contains(text, tomas.url+"/invoices") {
		t.Errorf("after the payment the page says %s", text)
	}
	// Unlocked by the events, because nobody has opened the page.
	if n := app.count(t, "deliverables", "locked", nil); n > 0 {
		t.Errorf("after the payment %d deliverables are locked", n)
	}
	if got := locked(); len(got) > 0 {
		t.Errorf("after the payment %q are locked", got)
	}
}

func read(t *testing.T, response *http.Response) string {
	t.Helper()
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestDemoHasABookableWeek(t *testing.T) {
	app, tomas, james, _ := servedNow(t)
	from := time.Now().In(london).AddDate(0, 0, 2).Format(time.DateOnly)
	starts := func() (out []string) {
		_, page := tomas.do("GET", "/api/portal/availability?from="+from+"&days=7&duration=30", nil)
		days, _ := page["days"].([]any)
		for _, day := range days {
			for _, slot := range day.(map[string]any)["slots"].([]any) {
				out = append(out, slot.(map[string]any)["start"].(string))
			}
		}
		return out
	}
	free := starts()
	if len(free) < 40 {
		t.Fatalf("only %d free times in a week", len(free))
	}
	for _, start := range free {
		if at, _ := time.Parse(time.RFC3339, start); at.In(london).Hour() == 13 {
			t.Errorf("%s is the owner's lunch", at.In(london))
		}
	}
	status, booked := tomas.do("POST", "/api/portal/bookings", map[string]any{"start": free[0], "duration": 30, "note": "The labels"})
	if status != http.StatusCreated {
		t.Fatalf("booked: %d %v", status, booked)
	}
	id, _ := booked["id"].(string)
	if slices.Contains(starts(), free[0]) {
		t.Error("what is booked is still offered")
	}
	other := free[len(free)-1]
	if status, moved := tomas.do("PATCH", "/api/portal/bookings/"+id, map[string]any{"start": other, "duration": 30}); status != http.StatusOK || moved["startTime"] != other {
		t.Errorf("moved: %d %v", status, moved)
	}
	if status, _ := tomas.do("DELETE", "/api/portal/bookings/"+id, nil); status != http.StatusNoContent {
		t.Errorf("cancelled: %d", status)
	}

	if n := app.count(t, "bookings", "madeInPortal AND cancelledAt != ''", nil); n != 1 {
		t.Errorf("%d bookings of the portal are cancelled", n)
	}

	bookings, err := app.FindCollectionByNameOrId("bookings")
	if err != nil {
		t.Fatal(err)
	}
	byHand := core.NewRecord(bookings)
	byHand.Load(map[string]any{"client": booked["client"], "title": "Written down by the owner", "calendarEventId": "byhand", "startTime": other, "endTime": other})
	if err := app.Save(byHand); err != nil {
		t.Fatal(err)
	}
	if status, done := james.do("POST", "/api/portal/calendar/sync?full=1", nil); status != http.StatusOK || done["cancelled"] != 0.0 {
		t.Errorf("a sync answers %d %v, want nothing cancelled", status, done)
	}

	// The nightly full sync finds the calendar in agreement with the bookings.
	before := app.count(t, "bookings", "cancelledAt = ''", nil)
	status, done := james.do("POST", "/api/portal/calendar/sync?full=1", nil)
	if status != http.StatusOK || done["created"] != 0.0 || done["updated"] != 0.0 || done["cancelled"] != 0.0 || done["unchanged"] == 0.0 {
		t.Errorf("a sync answers %d %v, want everything unchanged", status, done)
	}
	if after := app.count(t, "bookings", "cancelledAt = ''", nil); after != before {
		t.Errorf("%d meetings before a sync, %d after it", before, after)
	}
}

func TestServicesThatAreConfiguredAreTheRealOnes(t *testing.T) {
	dir := loaded(t).DataDir()
	for name, environment := range map[string]map[string]string{
		"Stripe": {"STRIPE_SECRET_KEY": "sk_test_real", "STRIPE_WEBHOOK_SECRET": "whsec_real"},
		"Google": {"GOOGLE_CALENDAR_ID": "james@studio.example", "GOOGLE_CREDENTIALS": `{"type": "authorized_user", "client_id": "a", "client_secret": "b", "refresh_token": "c"}`},
	} {
		t.Run(name, func(t *testing.T) {
			given, err := config.Parse(environment)
			if err != nil {
				t.Fatal(err)
			}
			app := core.NewBaseApp(core.BaseAppConfig{DataDir: dir})
			c := Reach(app, given)
			defer func() { _ = app.OnTerminate().Trigger(&core.TerminateEvent{App: app}) }()
			stripeIsReal, googleIsReal := c.StripeSecretKey == "sk_test_real" && c.StripeAPIURL == nil, slices.Equal(c.GoogleCalendarIds, given.GoogleCalendarIds) && c.GoogleAPIURL == nil
			if stripeIsReal != (name == "Stripe") || googleIsReal != (name == "Google") {
				t.Errorf("Stripe real %v, Google real %v", stripeIsReal, googleIsReal)
			}
		})
	}
	ordinary := core.NewBaseApp(core.BaseAppConfig{DataDir: t.TempDir()})
	if c := Reach(ordinary, config.Config{}); c.StripeSecretKey != "" || len(c.GoogleCalendarIds) > 0 || c.Hours.Any() {
		t.Error("an ordinary directory has made-up services")
	}
}
