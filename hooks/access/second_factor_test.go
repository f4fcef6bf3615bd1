package access_test

import (
	"net/http"
	"strings"
	"testing"

	"greenroom/hooks/testkit"
)

const ownersPassword = "a password of tests, long"

// withOwner creates an owner with a password, and returns their email.
func withOwner(t *testing.T, s *testkit.Studio) (email string) {
	t.Helper()
	owner, err := s.App.FindAuthRecordByToken(s.Owner, "auth")
	if err != nil {
		t.Fatal(err)
	}
	owner.SetPassword(ownersPassword)
	if err := s.App.Save(owner); err != nil {
		t.Fatal(err)
	}
	s.Owner = testkit.Token(t, owner)
	return owner.Email()
}

func TestTheOwnersSecondFactor(t *testing.T) {
	s := testkit.New(t, nil)
	email := withOwner(t, s)
	withPassword := func() testkit.Answer {
		return s.Do("POST", "/api/collections/_superusers/auth-with-password", "", map[string]any{"identity": email, "password": ownersPassword})
	}
	if answer := withPassword(); answer.Status != http.StatusOK {
		t.Fatalf("off by itself, a password is enough: %d %s", answer.Status, answer.Raw)
	}
	for who, token := range map[string]string{"a guest": "", "a client": func() string { _, token := s.Client("ana"); return token }()} {
		if answer := s.Do("POST", "/api/studio/second-factor", token, map[string]any{"on": false}); answer.Status < 401 {
			t.Errorf("%s switches it: %d", who, answer.Status)
		}
	}
	if answer := s.Do("POST", "/api/studio/second-factor", s.Owner, map[string]any{}); answer.Status != http.StatusBadRequest {
		t.Errorf("nothing said: %d", answer.Status)
	}
	if answer := s.Do("POST", "/api/studio/second-factor", s.Owner, map[string]any{"on": true}); answer.Status != http.StatusOK {
		t.Fatalf("on: %d %s", answer.Status, answer.Raw)
	}
	first := withPassword()
	mfa, _ := first.JSON()["mfaId"].(string)
	if first.Status != http.StatusUnauthorized || mfa == "" {
		t.Fatalf("a password alone: %d %s", first.Status, first.Raw)
	}
	asked := s.Do("POST", "/api/collections/_superusers/request-otp", "", map[string]any{"email": email})
	otpId, _ := asked.JSON()["otpId"].(string)
	text := mail(t, s, 1)
	for _, part := range []string{"To: ", email, "is your sign-in code for", "Auto-Submitted: auto-generated"} {
		if !strings.Contains(text, part) {
			t.Errorf("the mail lacks %q:\n%s", part, text)
		}
	}
	enter := func(code string) testkit.Answer {
		return s.Do("POST", "/api/collections/_superusers/auth-with-otp", "", map[string]any{"otpId": otpId, "password": code, "mfaId": mfa})
	}
	if answer := enter("00000000"); answer.Status != http.StatusBadRequest {
		t.Errorf("a wrong code: %d", answer.Status)
	}
	second := enter(codeInMail.FindString(text))
	if token, _ := second.JSON()["token"].(string); second.Status != http.StatusOK || s.Do("GET", "/api/portal/health", token, nil).Status != http.StatusOK {
		t.Fatalf("password and code: %d %s", second.Status, second.Raw)
	}
	if answer := s.Do("POST", "/api/studio/second-factor", s.Owner, map[string]any{"on": false}); answer.Status != http.StatusOK {
		t.Fatalf("off: %d %s", answer.Status, answer.Raw)
	}
	if answer := withPassword(); answer.Status != http.StatusOK {
		t.Errorf("off again, a password: %d %s", answer.Status, answer.Raw)
	}
}

// Wrong codes for the owner are limited, and for an address that is no owner's in the same way.
func TestTheOwnersCodesAreBounded(t *testing.T) {
	s := testkit.New(t, behindAProxy)
	email := withOwner(t, s)
	// The studio's address is public, for which the second factor requires a mail server.
	settings := s.App.Settings()
	settings.SMTP.Enabled, settings.SMTP.Host, settings.SMTP.Port = true, "127.0.0.1", 1
	if answer := s.Do("POST", "/api/studio/second-factor", s.Owner, map[string]any{"on": true}); answer.Status != http.StatusOK {
		t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	transcript := func(email string) (out []string) {
		var otpId string
		for try := range 7 {
			if try%5 == 0 { // the earlier code has been deleted by then
				asked := s.Do("POST", "/api/collections/_superusers/request-otp", "", map[string]any{"email": email})
				otpId, _ = asked.JSON()["otpId"].(string)
			}
			answer := s.Do("POST", "/api/collections/_superusers/auth-with-otp", "", map[string]any{"otpId": otpId, "password": "00000000"})
			out = append(out, http.StatusText(answer.Status)+" "+answer.Message())
		}
		return out
	}
	owners, nobodys := transcript(email), transcript("nobody@example.com")
	if strings.Join(owners, "\n") != strings.Join(nobodys, "\n") {
		t.Errorf("the owner is told %q, nobody %q", owners, nobodys)
	}
	if last := owners[len(owners)-1]; !strings.HasPrefix(last, "Too Many Requests") {
		t.Errorf("wrong codes are not counted: %q", last)
	}
}

func TestNoSecondFactorWithoutMail(t *testing.T) {
	s := testkit.New(t, map[string]string{"GREENROOM_URL": "https://portal.example.com"})
	if answer := s.Do("POST", "/api/studio/second-factor", s.Owner, map[string]any{"on": true}); answer.Status != http.StatusBadRequest || !strings.Contains(answer.Message(), "SMTP_URL") {
		t.Errorf("%d %s", answer.Status, answer.Raw)
	}
}
