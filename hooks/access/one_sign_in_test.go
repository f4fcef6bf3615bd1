package access_test

import (
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/testkit"
)

// signInAs signs a client in by code, as on another device, and returns the token.
func signInAs(t *testing.T, s *testkit.Studio, email string) string {
	t.Helper()
	before := len(s.Outbox())
	otpId, _ := askForCode(s, email)
	answer := enterCode(s, otpId, codeInMail.FindString(mail(t, s, before+1)))
	token, _ := answer.JSON()["token"].(string)
	if token == "" {
		t.Fatalf("sign in: %d %s", answer.Status, answer.Raw)
	}
	return token
}

func renewed(t *testing.T, s *testkit.Studio, collection, token string) string {
	t.Helper()
	answer := s.Do("POST", "/api/collections/"+collection+"/auth-refresh", token, nil)
	next, _ := answer.JSON()["token"].(string)
	if next == "" {
		t.Fatalf("renew: %d %s", answer.Status, answer.Raw)
	}
	return next
}

// One of two sign-ins is ended: all copies of its token are refused, including tokens renewed from it before.
func TestSignOutEndsOneDevice(t *testing.T) {
	s := testkit.New(t, nil)
	s.Make("clients", map[string]any{"email": "ana@example.com"})
	phone, laptop := signInAs(t, s, "ana@example.com"), signInAs(t, s, "ana@example.com")
	if phone == laptop {
		t.Fatal("two sign-ins have one token")
	}
	stolen := phone
	byThief := renewed(t, s, "clients", renewed(t, s, "clients", stolen))
	overheard, other := s.Live(byThief, "portal"), s.Live(laptop, "portal")
	defer other.Close()
	status := func(token string) int { return s.Do("GET", "/api/portal/overview", token, nil).Status }
	for _, token := range []string{phone, byThief, laptop} {
		if got := status(token); got != 200 {
			t.Fatalf("before the sign-out: %d", got)
		}
	}
	if answer := s.Do("POST", "/api/portal/signout", phone, map[string]any{"here": true}); answer.Status != 204 || len(answer.Raw) != 0 {
		t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	overheard.Ended()
	for name, token := range map[string]string{"the stolen copy": stolen, "the copy that was renewed": byThief} {
		if got := status(token); got != 401 {
			t.Errorf("%s gets a page with %d", name, got)
		}
		if answer := s.Do("POST", "/api/collections/clients/auth-refresh", token, nil); answer.Status == 200 {
			t.Errorf("%s is renewed: %s", name, answer.Raw)
		}
		if answer := s.Do("POST", "/api/files/token", token, nil); answer.Status == 200 {
			t.Errorf("%s opens files", name)
		}
	}
	if got := status(laptop); got != 200 {
		t.Errorf("the other device gets %d", got)
	}
	if got := status(signInAs(t, s, "ana@example.com")); got != 200 {
		t.Errorf("signed in anew, the device gets %d", got)
	}
}

// The owner's sign-in on one device is ended, as the dashboard does it.
func TestTheOwnerSignsOutOfOneDevice(t *testing.T) {
	s := testkit.New(t, nil)
	here, there := renewed(t, s, "_superusers", s.Owner), s.Owner
	other, err := s.App.FindAuthRecordByToken(there, "auth")
	if err != nil {
		t.Fatal(err)
	}
	elsewhere, err := other.NewStaticAuthToken(time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if answer := s.Do("POST", "/api/portal/signout", here, map[string]any{"here": true}); answer.Status != 204 {
		t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	for name, token := range map[string]string{"its token": here, "the one that it was renewed from": there} {
		if answer := s.Do("GET", "/api/portal/health", token, nil); answer.Status != 401 {
			t.Errorf("%s: %d", name, answer.Status)
		}
	}
	if answer := s.Do("GET", "/api/portal/health", elsewhere, nil); answer.Status != 200 {
		t.Errorf("the owner's other sign-in: %d", answer.Status)
	}
}

// With more ended sign-ins than are stored, all sign-ins of the person end, and no row is stored for the last one.
func TestEndedSignInsAreBounded(t *testing.T) {
	r := testkit.NewRoom(t)
	rows := func() (n int) {
		t.Helper()
		if err := r.App.DB().NewQuery("SELECT count(*) FROM integrations WHERE name LIKE 'signin:%'").Row(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	end := func(token string) {
		t.Helper()
		if answer := r.Do("POST", "/api/portal/signout", token, map[string]any{"here": true}); answer.Status != 204 {
			t.Fatalf("%d %s", answer.Status, answer.Raw)
		}
	}
	token := func(of *core.Record, n int) string {
		t.Helper()
		token, err := of.NewStaticAuthToken(time.Hour + time.Duration(n)*time.Minute) // tokens with different expiries are different
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	for n := range 50 {
		end(token(r.Ana, n))
	}
	end(token(r.Ben, 0))
	if got := rows(); got != 51 {
		t.Errorf("%d rows, want 51", got)
	}
	if answer := r.Do("GET", "/api/portal/overview", r.AnaToken, nil); answer.Status != 200 {
		t.Errorf("a sign-in that was not ended: %d", answer.Status)
	}
	end(token(r.Ana, 50))
	if answer := r.Do("GET", "/api/portal/overview", r.AnaToken, nil); answer.Status != 401 || rows() != 51 {
		t.Errorf("with one too many: %d, %d rows", answer.Status, rows())
	}
	if answer := r.Do("GET", "/api/portal/overview", r.BenToken, nil); answer.Status != 200 {
		t.Errorf("somebody else's: %d", answer.Status)
	}
	if _, err := r.App.DB().NewQuery("UPDATE integrations SET cursor = '2020-01-01 00:00:00.000Z' WHERE name LIKE 'signin:%'").Execute(); err != nil {
		t.Fatal(err)
	}
	end(r.BenToken)
	if got := rows(); got != 1 {
		t.Errorf("%d rows are kept after their time, want the new one alone", got)
	}
}
