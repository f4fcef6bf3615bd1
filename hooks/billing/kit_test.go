package billing_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/logger"

	"greenroom/hooks/billing/stripefake"
	"greenroom/hooks/testkit"
)

const (
	secret       = "whsec_of_the_tests"
	otherSecret  = "whsec_that_replaces_it"
	hookPath     = "/api/webhooks/stripe"
	invoicesPath = "/api/portal/invoices"
	sessionPath  = "/api/portal/billing/session"
	portalURL    = "https://portal.example.com"
)

// patience bounds every wait for something that must come.
const patience = time.Minute

// studio is a studio with a fake Stripe of its own.
type studio struct {
	*testkit.Studio
	t      testing.TB
	stripe *stripefake.Server
}

// newStudio starts both and connects them. environment is laid over the default settings; an empty value removes one.
func newStudio(t testing.TB, environment map[string]string) studio {
	t.Helper()
	stripe := stripefake.New()
	t.Cleanup(stripe.Close)
	settings := map[string]string{"STRIPE_SECRET_KEY": stripefake.Key, "STRIPE_WEBHOOK_SECRET": secret + "," + otherSecret, "STRIPE_API_URL": stripe.URL,
		"GREENROOM_URL": portalURL, "GREENROOM_OWNER_EMAIL": "james@example.com"}
	maps.Copy(settings, environment)
	maps.DeleteFunc(settings, func(_, value string) bool { return value == "" })
	return studio{testkit.New(t, settings), t, stripe}
}

// customer makes a client with a customer at Stripe, and signs them in.
func (s studio) customer(name string) (customerId string, client *core.Record, token string) {
	s.t.Helper()
	client, token = s.Client(name)
	customerId = s.stripe.Add("customer", stripefake.Object{"id": "cus_" + name, "email": client.Email()})
	return customerId, s.set(client, "stripeCustomerId", customerId), token
}

func (s studio) set(record *core.Record, field string, value any) *core.Record {
	s.t.Helper()
	record = s.Reload(record)
	record.Set(field, value)
	if err := s.App.Save(record); err != nil {
		s.t.Fatal(err)
	}
	return record
}

// open adds an open invoice of £10 at Stripe; fields replace parts of it.
func (s studio) open(customerId string, fields stripefake.Object) (id string) {
	all := stripefake.Object{"customer": customerId, "status": "open", "currency": "gbp"}
	maps.Copy(all, fields)
	return s.stripe.Add("invoice", all)
}

// statement is the JSON of GET /api/portal/invoices.
type statement struct {
	Configured  bool
	AsOf        *time.Time
	Stale       bool
	Note        string
	Outstanding []struct {
		Currency string
		Exponent int
		Amount   int64
	}
	Items []struct {
		Kind, Status, Currency                                   string
		Number, Description, DueDate, PayURL, ReceiptURL, PDFURL *string
		Failure                                                  *string
		Amount, Remaining, Paid, Refunded, Credited              int64
		Exponent                                                 int
		Created                                                  time.Time
	}
}

// invoices gets the statement and fails the test unless there is one.
func (s studio) invoices(token string) (st statement) {
	s.t.Helper()
	answer := s.Do("GET", invoicesPath, token, nil)
	if answer.Status != http.StatusOK {
		s.t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	if err := json.Unmarshal(answer.Raw, &st); err != nil {
		s.t.Fatal(err)
	}
	return st
}

// post sends a body to the webhook with the given signature header.
func (s studio) post(signature string, body io.Reader) (status int, answer string) {
	s.t.Helper()
	request, err := http.NewRequest("POST", s.URL+hookPath, body)
	if err != nil {
		s.t.Fatal(err)
	}
	if signature != "" {
		request.Header.Set("Stripe-Signature", signature)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response.StatusCode, string(raw)
}

// deliver sends a correctly signed body and checks the status of the answer.
func (s studio) deliver(body []byte, want int) {
	s.t.Helper()
	if status, answer := s.post(stripefake.Sign(body, secret, time.Now()), bytes.NewReader(body)); status != want {
		s.t.Errorf("%.300s: %d %s, want %d", body, status, answer, want)
	}
}

// tell sends an event about an object in its present state, which must be accepted.
func (s studio) tell(kind, id string) {
	s.t.Helper()
	s.deliver(stripefake.Event(kind, s.stripe.Get(id)), http.StatusNoContent)
}

// row returns a row of integrations; nil if there is none.
func (s studio) row(name string) *core.Record {
	s.t.Helper()
	found, err := s.App.FindAllRecords("integrations", dbx.HashExp{"name": name})
	if err != nil {
		s.t.Fatal(err)
	}
	if len(found) == 0 {
		return nil
	}
	return found[0]
}

// state returns the state of a row of integrations; empty if there is no row.
func (s studio) state(name string) string {
	s.t.Helper()
	if row := s.row(name); row != nil {
		return row.GetString("state")
	}
	return ""
}

// linkedTo returns the id of the Stripe customer in a client's record.
func (s studio) linkedTo(client *core.Record) string {
	s.t.Helper()
	return s.Reload(client).GetString("stripeCustomerId")
}

// logged returns the whole log so far, including lines that PocketBase has not written to its table yet.
func (s studio) logged() string {
	s.t.Helper()
	if err := s.App.Logger().Handler().(*logger.BatchHandler).WriteAll(context.WithValue(context.Background(), logger.BlockKey, true)); err != nil {
		s.t.Fatal(err)
	}
	var logs []*core.Log
	if err := s.App.LogQuery().OrderBy("rowid").All(&logs); err != nil {
		s.t.Fatal(err)
	}
	var out strings.Builder
	for _, log := range logs {
		data, err := json.Marshal(log.Data)
		if err != nil {
			s.t.Fatal(err)
		}
		fmt.Fprintln(&out, log.Level, log.Message, string(data))
	}
	return out.String()
}

// to counts the requests that begin with the prefix.
func to(prefix string, asked []string) (n int) {
	for _, request := range asked {
		if strings.HasPrefix(request, prefix) {
			n++
		}
	}
	return n
}
