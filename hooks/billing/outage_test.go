package billing_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"greenroom/hooks/billing/stripefake"
	"greenroom/hooks/testkit"
)

// outages are the ways in which Stripe can fail, each with the state of the owner's row that it leads to.
var outages = map[string]struct {
	answer http.HandlerFunc
	state  string
}{
	"asked too often":     {stripefake.Refuse(429, "invalid_request_error", "rate_limit"), "unreachable"},
	"broken":              {stripefake.Refuse(500, "api_error", ""), "unreachable"},
	"key refused":         {stripefake.Refuse(401, "invalid_request_error", "api_key_expired"), "refused"},
	"permission refused":  {stripefake.Refuse(403, "invalid_request_error", ""), "refused"},
	"a web page":          {stripefake.Say(200, "<html>Maintenance of {key}</html>"), "unreachable"},
	"a web page of error": {stripefake.Say(502, "<html>{key}</html>"), "unreachable"},
	"an empty object":     {stripefake.Say(200, "{}"), "unreachable"},
	"null":                {stripefake.Say(200, "null"), "unreachable"},
	"a list of nothing":   {stripefake.Say(200, `{"object":"list","data":[null],"has_more":true}`), "unreachable"},
	"an array":            {stripefake.Say(200, "[]"), "unreachable"},
	"nothing":             {stripefake.Say(200, ""), "unreachable"},
	"another error":       {stripefake.Say(400, `{"error":"{key}"}`), "unreachable"},
	"cut off":             {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "unreachable"},
	"elsewhere":           {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/v1/elsewhere", http.StatusFound) }, "unreachable"},
	"silent":              {stripefake.Hang, "unreachable"},
}

// In each outage a client gets the last answer with its time, or one sentence if there is none, within patience. The
// owner's row says so, and everything recovers when the outage ends.
func TestOutages(t *testing.T) {
	for name, outage := range outages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStudio(t, nil)
			nora, _, noraToken := s.customer("nora")
			ben, _, benToken := s.customer("ben")
			s.open(nora, stripefake.Object{"number": "INV-1"})
			before := s.invoices(noraToken)
			if s.state("billing") != "ok" || s.row("billing").GetDateTime("lastSuccessAt").IsZero() {
				t.Errorf("the row says %s", s.state("billing"))
			}
			s.tell("invoice.updated", "in_fake000001") // the cached answer is invalidated

			s.stripe.FailWith(func(*http.Request) http.HandlerFunc { return outage.answer })
			began := time.Now()
			stale := s.invoices(noraToken)
			if !stale.Stale || !stale.AsOf.Equal(*before.AsOf) || len(stale.Items) != 1 || *stale.Items[0].Number != "INV-1" {
				t.Errorf("the last answer: %+v", stale)
			}
			answer := s.Do("GET", invoicesPath, benToken, nil)
			if answer.Status != http.StatusServiceUnavailable || !strings.HasPrefix(answer.Message(), "Your invoices cannot be read from Stripe just now.") {
				t.Errorf("nothing to show: %d %s", answer.Status, answer.Raw)
			}
			if took := time.Since(began); took > patience {
				t.Errorf("it took %v", took)
			}
			if s.Do("GET", "/api/portal/overview", noraToken, nil).Status != http.StatusOK {
				t.Error("another page fails too")
			}
			if name != "silent" { // in a silent outage the requests are still under way
				testkit.Eventually(t, "in the row", func() bool { return s.state("billing") == outage.state })
				if trouble := s.row("billing").GetString("lastError"); trouble == "" || strings.Contains(trouble, "sk_") {
					t.Errorf("the owner reads %q", trouble)
				}
			}

			s.stripe.FailWith(nil)
			s.tell("invoice.updated", "in_fake000001")
			s.open(ben, nil)
			s.deliver(stripefake.Event("invoice.paid", stripefake.Object{"id": "in_x", "object": "invoice", "customer": ben}), http.StatusNoContent)
			if after := s.invoices(noraToken); after.Stale || !after.AsOf.After(before.AsOf.Add(-time.Second)) {
				t.Errorf("afterwards: %+v", after)
			}
			if len(s.invoices(benToken).Items) != 1 {
				t.Error("afterwards the other has none")
			}
			testkit.Eventually(t, "well again", func() bool { return s.state("billing") == "ok" && s.row("billing").GetString("lastError") == "" })
			s.holdsNoKey()
		})
	}
}

// holdsNoKey fails if the key, or the beginning of a key, is in the log or in the rows of integrations.
func (s studio) holdsNoKey() {
	s.t.Helper()
	said := s.logged()
	rows, err := s.App.FindAllRecords("integrations")
	if err != nil {
		s.t.Fatal(err)
	}
	for _, row := range rows {
		said += row.GetString("lastError") + row.GetString("cursor")
	}
	for _, private := range []string{stripefake.Key, "sk_test", "Bearer", secret, otherSecret} {
		if strings.Contains(said, private) {
			s.t.Errorf("%s is in\n%s", private, said)
		}
	}
}

func TestNobodyAnswersAtTheAddress(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0") // this server accepts connections and never answers
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	for name, address := range map[string]string{"refused": gone.URL, "deaf": "http://" + listener.Addr().String()} {
		t.Run(name, func(t *testing.T) {
			s := newStudio(t, map[string]string{"STRIPE_API_URL": address})
			_, _, token := s.customer("nora")
			began := time.Now()
			if answer := s.Do("GET", invoicesPath, token, nil); answer.Status != http.StatusServiceUnavailable || time.Since(began) > patience {
				t.Errorf("%d %s after %v", answer.Status, answer.Raw, time.Since(began))
			}
			began = time.Now()
			if answer := s.Do("GET", invoicesPath, token, nil); answer.Status != http.StatusServiceUnavailable || time.Since(began) > 3*time.Second { // a page waits for 4 s
				t.Errorf("the next waits too: %d after %v", answer.Status, time.Since(began))
			}
			s.holdsNoKey()
		})
	}
}

// With a wrong key the owner gets one row that says what to do, however many visitors come.
func TestAWrongKey(t *testing.T) {
	const wrong = "sk_test_51AnotherKeyThatNoLogMayHold"
	s := newStudio(t, map[string]string{"STRIPE_SECRET_KEY": wrong})
	_, _, token := s.customer("nora")
	_, _, benToken := s.customer("ben")
	s.Do("GET", invoicesPath, token, nil)
	row := s.row("billing")
	if row == nil || row.GetString("state") != "refused" || !strings.Contains(row.GetString("lastError"), "STRIPE_SECRET_KEY") {
		t.Fatalf("the owner reads %v", row)
	}
	s.Do("GET", invoicesPath, benToken, nil)
	if !s.row("billing").GetDateTime("updated").Equal(row.GetDateTime("updated")) {
		t.Error("the row was written again")
	}
	health := testkit.Request(t, s.URL, "GET", "/api/portal/health", s.Owner, nil)
	if !strings.Contains(string(health.Raw), `"name":"billing","title":"Billing","configured":true,"state":"refused"`) {
		t.Errorf("%s", health.Raw)
	}
	if said := s.logged(); strings.Contains(said, wrong) || !strings.Contains(said, "refused with 401") {
		t.Error(said)
	}
}
