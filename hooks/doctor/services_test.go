package doctor

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"greenroom/hooks/billing/stripefake"
)

func TestClerk(t *testing.T) {
	p := healthy(t, studio(t))
	p.config.ClerkWebhookSecret = []string{"set"}
	if c := p.examine().find("Clerk"); c.State != warning || !strings.Contains(c.Say, "no event has arrived yet") {
		t.Errorf("before the first event: %s", c.line())
	}
	p.change(t, "data.db", "INSERT INTO integrations (id, name, state, lastSuccessAt) VALUES ('clerkclerkclerk', 'clerk', 'ok', '2026-11-01 10:00:00.000Z')")
	if c := p.examine().find("Clerk"); c.State != ok || !strings.Contains(c.Say, "on Sunday 1 November 2026, 10:00 (London)") {
		t.Errorf("after an event: %s", c.line())
	}
	p.change(t, "data.db", "INSERT INTO integrations (id, name, state, lastError) VALUES ('troubletrouble1', 'clerk:user_1', 'conflict', 'Two have one address.')")
	if c := p.examine().find("Clerk"); c.State != warning || !strings.Contains(c.Say, "1 of its users could not be followed: Two have one address") {
		t.Errorf("with a conflict: %s", c.line())
	}
	p.change(t, "data.db", "INSERT INTO integrations (id, name, state, lastError) WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 9)"+
		" SELECT 'troubletrouble' || i, 'clerk:user_' || i, 'conflict', 'Trouble ' || i || '.' FROM n")
	if c := p.examine().find("Clerk"); !strings.HasSuffix(c.Say, "9 of its users could not be followed: Two have one address; Trouble 2; Trouble 3; and 6 more") {
		t.Errorf("with nine: %s", c.line())
	}
}

func TestStripe(t *testing.T) {
	p := healthy(t, studio(t))
	p.config.StripeSecretKey = "set"
	if c := p.examine().find("Stripe"); c.State != ok || !strings.Contains(c.Say, "has not been asked yet") {
		t.Errorf("before the first question: %s", c.line())
	}
	p.change(t, "data.db", "INSERT INTO integrations (id, name, state, lastSuccessAt) VALUES ('billingbilling1', 'billing', 'ok', '2026-11-01 10:00:00.000Z')")
	if c := p.examine().find("Stripe"); c.State != ok || !strings.Contains(c.Say, "it last answered on Sunday 1 November 2026, 10:00 (London)") {
		t.Errorf("after an answer: %s", c.line())
	}
	p.change(t, "data.db", "UPDATE integrations SET state = 'refused', lastError = 'The key is not accepted.' WHERE name = 'billing'",
		"INSERT INTO integrations (id, name, state, lastError) VALUES ('troubletrouble1', 'billing:pi_1', 'failed', 'A mail may not have left.')")
	if c := p.examine().find("Stripe"); c.State != warning || c.Do == "" ||
		!strings.Contains(c.Say, "it last answered on Sunday 1 November 2026, 10:00 (London); there is trouble: The key is not accepted; A mail may not have left") {
		t.Errorf("with trouble: %s", c.line())
	}
}

func TestInvoicesThatAreNamed(t *testing.T) {
	there := stripefake.New()
	t.Cleanup(there.Close)
	there.Add("invoice", stripefake.Object{"id": "in_open", "status": "open"})
	there.Add("invoice", stripefake.Object{"id": "in_void", "status": "void"})
	p := healthy(t, studio(t))
	address, err := url.Parse(there.URL)
	if err != nil {
		t.Fatal(err)
	}
	p.config.StripeSecretKey, p.config.StripeAPIURL = stripefake.Key, address
	insert := "INSERT INTO sessions (id, title, invoice) VALUES ('%s', 'Mix', '%s')"
	p.change(t, "data.db", fmt.Sprintf(insert, "session00000001", "in_open"), fmt.Sprintf(insert, "session00000002", ""))
	if c := p.examine().find("Stripe"); c.State != ok || !strings.HasSuffix(c.Say, "1 sessions are on invoices, and the files of 0 deliverables wait for one") {
		t.Errorf("all there: %s", c.line())
	}
	p.change(t, "data.db", fmt.Sprintf(insert, "session00000003", "in_void"), "INSERT INTO deliverables (id, title, invoice, locked) VALUES ('deliverable0001', 'Mix', 'in_lost', TRUE)")
	if c := p.examine().find("Stripe"); c.State != warning || !strings.Contains(c.Say, "in_void (1 sessions, 0 deliverables)") || !strings.Contains(c.Say, "in_lost (0 sessions, 1 deliverables)") ||
		strings.Contains(c.Say, "in_open") || !strings.HasPrefix(c.Do, "Bill their projects again") {
		t.Errorf("some lost: %s", c.line())
	}
	there.FailWith(func(*http.Request) http.HandlerFunc {
		return stripefake.Refuse(http.StatusTooManyRequests, "invalid_request_error", "rate_limit")
	})
	if c := p.examine().find("Stripe"); c.State != warning || !strings.Contains(c.Say, "could not be asked whether they are there") || strings.Contains(c.Say, stripefake.Key) {
		t.Errorf("Stripe down: %s", c.line())
	}
}
