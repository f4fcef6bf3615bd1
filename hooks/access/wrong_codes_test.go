package access_test

import (
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"greenroom/hooks/testkit"
)

// Two accounts that took too many wrong codes, a client's and one of an unknown address, stay closed after a restart.
func TestARestartGivesNobodyAHundredMoreCodes(t *testing.T) {
	dir := testkit.Dir(t)
	s := testkit.Open(t, dir, behindAProxy)
	ana := s.Make("clients", map[string]any{"email": "ana@example.com"})
	try := func(s *testkit.Studio, email string, network int) (out string) {
		otpId, _ := askForCode(s, email)
		for i := range 5 {
			out += fmt.Sprint(enterFrom(t, s, fmt.Sprintf("203.0.%d.%d", network, i), otpId, "00000000"), " ")
		}
		return out
	}
	both := []string{"ana@example.com", "nobody@example.com"}
	for _, email := range both {
		if got := try(s, email, 1); got != strings.Repeat("400 ", 5) {
			t.Fatalf("%s: %s", email, got)
		}
	}
	// Raises the counts in the database, because each wrong code takes its time.
	if _, err := s.App.DB().NewQuery("UPDATE integrations SET cursor = replace(cursor, '|5', '|98') WHERE name LIKE 'wrongcodes:%'").Execute(); err != nil {
		t.Fatal(err)
	}
	s.Stop()

	s = testkit.Open(t, dir, behindAProxy)
	for _, email := range both {
		if got := try(s, email, 2); got != "400 400 429 429 429 " {
			t.Errorf("after a restart, %s: %s", email, got)
		}
	}
	if answer := s.Do("PATCH", testkit.RecordPath(ana), s.Owner, map[string]any{"name": "Ana"}); answer.Status != http.StatusOK {
		t.Fatal(answer.Status)
	}
	s.Stop()

	s = testkit.Open(t, dir, behindAProxy)
	if got := try(s, "ana@example.com", 3); got != strings.Repeat("400 ", 5) {
		t.Errorf("opened by the owner before the restart: %s", got)
	}
}

// A restart does not allow further attempts at a code, neither at a client's nor at one for an unknown address.
func TestARestartGivesNoCodeFiveMoreTries(t *testing.T) {
	dir := testkit.Dir(t)
	s := testkit.Open(t, dir, behindAProxy)
	s.Make("clients", map[string]any{"email": "ana@example.com"})
	codes := map[string]string{} // id by email
	for _, email := range []string{"ana@example.com", "nobody@example.com"} {
		codes[email], _ = askForCode(s, email)
		for i := range 3 {
			enterFrom(t, s, fmt.Sprintf("203.0.113.%d", i), codes[email], "00000000")
		}
	}
	code := codeInMail.FindString(mail(t, s, 1))
	s.Stop()

	s = testkit.Open(t, dir, behindAProxy)
	for email, otpId := range codes {
		for i := range 2 {
			enterFrom(t, s, fmt.Sprintf("203.0.113.%d", 10+i), otpId, "00000000")
		}
		if got := enterFrom(t, s, "203.0.113.20", otpId, code); got != http.StatusBadRequest {
			t.Errorf("%s: a code that was wrong three times before a restart and twice after it is answered %d", email, got)
		}
		if _, err := s.App.FindOTPById(otpId); !errors.Is(err, sql.ErrNoRows) {
			t.Errorf("%s: the code is not burnt: %v", email, err)
		}
	}
}

// A successful sign-in deletes the rows of wrong codes.
func TestASignInForgetsWrongCodes(t *testing.T) {
	s := testkit.New(t, nil)
	s.Make("clients", map[string]any{"email": "ana@example.com"})
	rows := func() (n int) {
		t.Helper()
		if err := s.App.DB().NewQuery("SELECT count(*) FROM integrations WHERE name LIKE 'wrongcodes:%'").Row(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	otpId, _ := askForCode(s, "ana@example.com")
	enterCode(s, otpId, "00000000")
	if got := rows(); got != 2 { // the client's and the code's
		t.Errorf("after a wrong code there are %d rows", got)
	}
	if answer := enterCode(s, otpId, codeInMail.FindString(mail(t, s, 1))); answer.Status != http.StatusOK {
		t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	if got := rows(); got != 0 {
		t.Errorf("after the sign-in there are %d rows", got)
	}
}
