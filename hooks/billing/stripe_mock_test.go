package billing_test

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"os/exec"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"greenroom/hooks/billing"
	"greenroom/hooks/billing/stripefake"
	"greenroom/hooks/testkit"
)

// Stripe's own mock server knows every parameter of the API and refuses unknown ones, but has no memory. So each
// request that the studio sends to the fake is copied to the mock, which must accept it.
func TestStripeTakesEveryRequest(t *testing.T) {
	mock := startMock(t)
	if status := mock(t, request(t, "GET", "/v1/invoices?customer=cus_1&nonsense=1")); status != http.StatusBadRequest {
		t.Fatalf("the mock takes anything: %d", status)
	}
	s := newStudio(t, nil)
	var mu sync.Mutex
	kinds := map[string]bool{}
	var fails atomic.Bool // makes the second line of a draft fail
	s.stripe.FailWith(func(r *http.Request) http.HandlerFunc {
		if body, err := io.ReadAll(r.Body); err == nil {
			r.Body = io.NopCloser(bytes.NewReader(body))
			defer func() { r.Body = io.NopCloser(bytes.NewReader(body)) }()
		}
		if status := mock(t, r); status != http.StatusOK {
			t.Errorf("%s %s: %d", r.Method, r.URL, status)
		}
		mu.Lock()
		defer mu.Unlock()
		kind := r.Method + " " + ids.ReplaceAllString(r.URL.Path, "/{id}")
		if kinds[kind] = true; kind == "POST /v1/invoiceitems" && fails.Load() {
			return stripefake.Refuse(http.StatusServiceUnavailable, "api_error", "")
		}
		return nil
	})

	nora, client, token := s.customer("nora")
	s.set(client, "verified", true)
	for range 101 {
		s.open(nora, nil)
		s.stripe.Add("charge", stripefake.Object{"customer": nora})
	}
	s.invoices(token)
	s.Do("POST", sessionPath, token, nil)
	ben, _ := s.Client("ben")
	s.tell("customer.created", s.stripe.Add("customer", stripefake.Object{"email": ben.Email()}))
	s.tell("payment_intent.succeeded", s.stripe.Add("payment_intent", stripefake.Object{"customer": nora, "invoice": "in_fake000001"}))
	// A payment from a checkout.
	s.tell("payment_intent.succeeded", s.stripe.Add("payment_intent", stripefake.Object{"customer": nora}))

	project := s.Make("projects", map[string]any{"client": client.Id, "title": "Live album", "serviceType": "AUDIO"})
	s.Make("sessions", map[string]any{"project": project.Id, "title": "Mix review", "date": "2025-11-18 10:00:00Z", "durationMin": 90})
	order := billing.Order{Project: project.Id, Rate: "60", Fixed: []string{"Mixing=640"}}
	fails.Store(true)
	s.refused(order, http.StatusServiceUnavailable, "Nothing was billed")
	fails.Store(false)
	draft := s.draft(order)
	deliverable := map[string]any{"project": project.Id, "title": "Mix", "invoice": draft.Invoice}
	if answer := s.Do("POST", "/api/collections/deliverables/records", s.Owner, deliverable); answer.Status != http.StatusOK {
		t.Errorf("%d %s", answer.Status, answer.Raw)
	}
	for kind, id := range map[string]string{"invoice": "in_fake000001", "charge": "ch_fake000001", "payment_intent": "pi_fake000001"} {
		s.deliver(stripefake.Event(kind+".updated", stripefake.Object{"id": id, "object": kind}), http.StatusNoContent)
	}
	for _, kind := range []string{"GET /v1/customers", "GET /v1/customers/{id}", "GET /v1/invoices", "GET /v1/invoices/{id}", "GET /v1/charges", "GET /v1/charges/{id}",
		"GET /v1/payment_intents/{id}", "POST /v1/payment_intents/{id}", "POST /v1/billing_portal/sessions",
		"POST /v1/invoices", "POST /v1/invoiceitems", "DELETE /v1/invoices/{id}", "GET /v1/checkout/sessions"} {
		if !kinds[kind] {
			t.Errorf("%s was never asked", kind)
		}
	}
}

var ids = regexp.MustCompile(`/(cus|in|ch|pi)_\w+`)

func request(t *testing.T, method, path string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+stripefake.Key)
	return r
}

// startMock runs the mock on ports that the system chooses, and returns a function that sends it a copy of a request.
func startMock(t *testing.T) func(t *testing.T, r *http.Request) (status int) {
	t.Helper()
	program := exec.Command(testkit.Tool(t, "github.com/stripe/stripe-mock", "v0.203.0"), "-http-addr", "127.0.0.1:0", "-https-addr", "127.0.0.1:0")
	said, err := program.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = program.Process.Kill()
		_ = program.Wait()
	})
	lines := bufio.NewReader(said)
	var address []byte
	for address == nil {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			t.Fatal(err)
		}
		if found := regexp.MustCompile(`Listening for HTTP at address: (\S+)`).FindSubmatch(line); found != nil {
			address = slices.Clone(found[1])
		}
	}
	go func() { _, _ = io.Copy(io.Discard, lines) }() // the mock prints a line for each request, which would fill the pipe
	return func(t *testing.T, r *http.Request) int {
		copied, err := http.NewRequest(r.Method, "http://"+string(address)+r.URL.RequestURI(), r.Body)
		if err != nil {
			t.Error(err)
			return 0
		}
		copied.Header = r.Header.Clone()
		response, err := http.DefaultClient.Do(copied)
		if err != nil {
			t.Error(err)
			return 0
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			said, _ := io.ReadAll(response.Body)
			t.Logf("the mock: %s", said)
		}
		return response.StatusCode
	}
}
