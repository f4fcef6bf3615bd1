package access_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"greenroom/hooks/access"
	"greenroom/hooks/testkit"
)

// enterFrom enters a code from an address that a proxy names, and returns the status.
func enterFrom(t *testing.T, s *testkit.Studio, address, otpId, code string) int {
	t.Helper()
	body, err := json.Marshal(map[string]string{"otpId": otpId, "password": code})
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequest("POST", s.URL+"/api/collections/clients/auth-with-otp", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Forwarded-For", address)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	return answer.StatusCode
}

func TestACodeIsBurntFromAnywhere(t *testing.T) {
	s := testkit.New(t, behindAProxy)
	s.Make("clients", map[string]any{"email": "ana@example.com"})
	for n, want := range map[int]int{4: http.StatusOK, 5: http.StatusBadRequest} {
		before := len(s.Outbox())
		otpId, _ := askForCode(s, "ana@example.com")
		code := codeInMail.FindString(mail(t, s, before+1))
		for i := range n {
			if got := enterFrom(t, s, fmt.Sprintf("203.0.113.%d", 10*n+i), otpId, "00000000"); got != http.StatusBadRequest {
				t.Fatalf("a wrong code gets %d", got)
			}
		}
		if got := enterFrom(t, s, "198.51.100.1", otpId, code); got != want {
			t.Errorf("after %d wrong tries the right code gets %d, want %d", n, got, want)
		}
	}
}

// An account accepts a hundred wrong codes in a row, from any number of addresses. An address that is no client's must
// behave in the same way.
func TestAnAccountTakesAHundredWrongCodes(t *testing.T) {
	s := testkit.New(t, behindAProxy)
	ana := s.Make("clients", map[string]any{"email": "ana@example.com"})
	transcript := func(email string, right func() string) (out string) {
		for i := range 20 {
			otpId, _ := askForCode(s, email)
			for j := range 5 {
				out += fmt.Sprint(enterFrom(t, s, fmt.Sprintf("203.0.%d.%d", i, j), otpId, "00000000"), " ")
			}
		}
		otpId, _ := askForCode(s, email)
		return out + fmt.Sprint(enterFrom(t, s, "198.51.100.1", otpId, right()))
	}
	client := transcript("ana@example.com", func() string { return codeInMail.FindString(mail(t, s, 21)) })
	if want := strings.Repeat("400 ", 100) + "429"; client != want {
		t.Errorf("a client's: %s", client)
	}
	if nobody := transcript("nobody@example.com", func() string { return "00000000" }); nobody != client {
		t.Errorf("nobody's: %s", nobody)
	}
	if answer := s.Do("PATCH", testkit.RecordPath(ana), s.Owner, map[string]any{"name": "Ana"}); answer.Status != http.StatusOK {
		t.Fatal(answer.Status)
	}
	otpId, _ := askForCode(s, "ana@example.com")
	if got := enterFrom(t, s, "198.51.100.2", otpId, codeInMail.FindString(mail(t, s, 22))); got != http.StatusOK {
		t.Errorf("once the owner has saved the client, the right code gets %d", got)
	}
}

// An attempt with a long id leaves nothing in memory.
func TestNothingOfATryIsKept(t *testing.T) {
	s := testkit.New(t, nil)
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	long := strings.Repeat("x", 60_000)
	enterCode(s, "0"+long, "1")
	before := heap()
	for i := range 400 {
		if answer := enterCode(s, fmt.Sprint(i)+long, "12345678"); answer.Status != http.StatusBadRequest {
			t.Fatalf("%d %s", answer.Status, answer.Raw)
		}
	}
	if grown := int64(heap()) - int64(before); grown > 8<<20 {
		t.Errorf("24 MB of ids left %d bytes behind", grown)
	}
}

func TestCodesToOneRecipientBackOff(t *testing.T) {
	at := time.Date(2026, 1, 1, 10, 0, 0, 0, time.UTC)
	ask, forgive := access.CodeSpacing(func() time.Time { return at })
	for i, wait := range []time.Duration{time.Minute, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute, 15 * time.Minute} {
		if left := ask("ana"); left > 0 {
			t.Fatalf("code %d has to wait for %v", i, left)
		}
		at = at.Add(wait - time.Second)
		if left := ask("ana"); left != time.Second {
			t.Errorf("a second before its time, code %d has to wait for %v", i+1, left)
		}
		if left := ask("ben" + fmt.Sprint(i)); left > 0 {
			t.Errorf("somebody else waits for %v", left)
		}
		at = at.Add(time.Second)
	}
	at = at.Add(2 * time.Hour)
	ask("ana")
	if left := ask("ana"); left != time.Minute {
		t.Errorf("after a pause the wait is %v", left)
	}
	forgive("ana")
	if left := ask("ana"); left > 0 {
		t.Errorf("after a sign-in the wait is %v", left)
	}
}

// After two requests one mail is sent. Its code works with the ids of both answers, and the second answer says so.
func TestTheNewestMailCounts(t *testing.T) {
	s := limited(t, nil)
	s.Make("clients", map[string]any{"email": "ana@example.com"})
	first, _ := askForCode(s, "ana@example.com")
	second, answer := askForCode(s, "ana@example.com")
	if answer.Status != http.StatusOK || second != first || !strings.Contains(answer.Message(), "newest mail counts") {
		t.Errorf("asked again: %d %s", answer.Status, answer.Raw)
	}
	nobody, _ := askForCode(s, "nobody@example.com")
	if again, other := askForCode(s, "nobody@example.com"); again != nobody || other.Message() != answer.Message() {
		t.Errorf("nobody is told %s, a client %s", other.Raw, answer.Raw)
	}
	if got := enterCode(s, second, codeInMail.FindString(mail(t, s, 1))); got.Status != http.StatusOK {
		t.Errorf("the code of the one mail gets %d", got.Status)
	}
	if third, _ := askForCode(s, "ana@example.com"); third == first || len(mail(t, s, 2)) == 0 {
		t.Error("after a sign-in no new code leaves")
	}
	if mails := s.Outbox(); len(mails) != 2 {
		t.Errorf("%d mails left", len(mails))
	}
}
