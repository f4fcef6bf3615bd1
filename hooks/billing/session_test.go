package billing_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"greenroom/hooks/billing/stripefake"
	"greenroom/hooks/testkit"
)

func TestPortalSession(t *testing.T) {
	s := newStudio(t, nil)
	ana, anaClient, _ := s.customer("ana")
	_, _, benToken := s.customer("ben")
	_, nobody := s.Client("cy")
	body := map[string]string{"customer": ana, "return_url": "https://evil.example.com", "returnUrl": "https://evil.example.com", "configuration": "bpc_1"}
	query := "?" + url.Values{"customer": {ana}, "return_url": {"https://evil.example.com"}}.Encode()
	answer := s.Do("POST", sessionPath+query, benToken, body)
	if got := strings.TrimSpace(string(answer.Raw)); answer.Status != http.StatusOK || got != `{"url":"https://billing.stripe.com/p/session/cus_ben?return=https://portal.example.com/invoices"}` {
		t.Errorf("%d %s", answer.Status, got)
	}
	if answer.Header.Get("Cache-Control") != "no-store" {
		t.Error("the address may be kept")
	}
	s.stripe.Asked()

	for name, c := range map[string]struct {
		path, token string
		status      int
		sentence    string
	}{
		"a guest":                {sessionPath, "", 401, "Sign in"},
		"the owner":              {sessionPath, s.Owner, 403, "Only the client"},
		"the owner, as a client": {sessionPath + "?as=" + anaClient.Id, s.Owner, 403, "Only the client"},
		"a client, as another":   {sessionPath + "?as=" + anaClient.Id, benToken, 403, "Only the client"},
		"who is no customer":     {sessionPath, nobody, 409, "You have no billing account yet."},
	} {
		answer := s.Do("POST", c.path, c.token, body)
		if answer.Status != c.status || !strings.HasPrefix(answer.Message(), c.sentence) {
			t.Errorf("%s: %d %s", name, answer.Status, answer.Raw)
		}
	}
	if answer := s.Do("GET", sessionPath, benToken, nil); answer.Status != 404 {
		t.Errorf("GET: %d", answer.Status)
	}
	if asked := s.stripe.Asked(); len(asked) > 0 {
		t.Errorf("Stripe was asked %q", asked)
	}

	s.stripe.FailWith(func(*http.Request) http.HandlerFunc { return stripefake.Refuse(400, "invalid_request_error", "") })
	if answer := s.Do("POST", sessionPath, benToken, nil); answer.Status != 503 || !strings.Contains(answer.Message(), "try again") {
		t.Errorf("an outage: %d %s", answer.Status, answer.Raw)
	}
	s.stripe.FailWith(nil)
	s.stripe.Delete("cus_ben")
	if answer := s.Do("POST", sessionPath, benToken, nil); answer.Status != 409 || !strings.Contains(answer.Message(), "closed") {
		t.Errorf("a closed account: %d %s", answer.Status, answer.Raw)
	}
	s.holdsNoKey()
}

func TestPortalSessionNeedsTheWayBack(t *testing.T) {
	s := newStudio(t, map[string]string{"GREENROOM_URL": ""})
	_, _, token := s.customer("nora")
	if answer := s.Do("POST", sessionPath, token, nil); answer.Status != 503 || !strings.Contains(answer.Message(), "GREENROOM_URL") {
		t.Errorf("%d %s", answer.Status, answer.Raw)
	}
	if asked := s.stripe.Asked(); len(asked) > 0 {
		t.Errorf("Stripe was asked %q", asked)
	}
}

func TestASessionWithoutAKey(t *testing.T) {
	s := testkit.New(t, nil)
	_, token := s.Client("ana")
	for _, tc := range []struct {
		who    string
		status int
		says   string
	}{{"", 401, "Sign in"}, {s.Owner, 403, "Only the client"}, {token, 503, "not set up"}} {
		if answer := s.Do("POST", sessionPath, tc.who, nil); answer.Status != tc.status || !strings.Contains(answer.Message(), tc.says) {
			t.Errorf("%d %s, want %d", answer.Status, answer.Raw, tc.status)
		}
	}
}
