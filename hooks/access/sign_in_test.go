package access_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/testkit"
)

var codeInMail = regexp.MustCompile(`\b\d{8}\b`)

// askForCode requests a sign-in code, and returns its id and the answer.
func askForCode(s *testkit.Studio, email string) (otpId string, answer testkit.Answer) {
	answer = s.Do("POST", "/api/collections/clients/request-otp", "", map[string]any{"email": email})
	otpId, _ = answer.JSON()["otpId"].(string)
	return otpId, answer
}

func enterCode(s *testkit.Studio, otpId, code string) testkit.Answer {
	return s.Do("POST", "/api/collections/clients/auth-with-otp", "", map[string]any{"otpId": otpId, "password": code})
}

// mail waits for the n-th mail, because mails are sent in the background.
func mail(t *testing.T, s *testkit.Studio, n int) string {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if mails := s.Outbox(); len(mails) >= n {
			return mails[n-1]
		}
	}
	t.Fatalf("no mail number %d in the outbox", n)
	return ""
}

func TestSignInByCode(t *testing.T) {
	s := testkit.New(t, map[string]string{"GREENROOM_STUDIO": "Blue Door", "GREENROOM_OWNER_EMAIL": "james@example.com"})
	client := s.Make("clients", map[string]any{"email": "Ana@example.com", "name": "Ana Söder"})
	otpId, _ := askForCode(s, "aNA@EXAMPLE.com") // people and phones capitalise addresses differently
	text := mail(t, s, 1)
	for _, part := range []string{"Subject: ", "is your sign-in code for Blue Door", "Hi Ana,", "\r\nJames\r\n", "Reply-To: james@example.com", "It works for 10 minutes."} {
		if !strings.Contains(text, part) {
			t.Errorf("the mail lacks %q:\n%s", part, text)
		}
	}
	if strings.Contains(text, "text/html") {
		t.Error("the mail is not plain text")
	}
	code := codeInMail.FindString(text)
	if wrong := enterCode(s, otpId, "00000000"); wrong.Status != 400 {
		t.Errorf("a wrong code: %d", wrong.Status)
	}
	right := enterCode(s, otpId, code)
	token, _ := right.JSON()["token"].(string)
	if right.Status != 200 || s.Do("GET", "/api/portal/overview", token, nil).Status != 200 {
		t.Fatalf("the right code: %d %s", right.Status, right.Raw)
	}
	if !s.Reload(client).Verified() {
		t.Error("a client who signed in has joined; this one has not")
	}
	if again := enterCode(s, otpId, code); again.Status != 400 {
		t.Errorf("a code works twice: %d", again.Status)
	}
}

// All that is visible from outside is equal for a client, an archived one, and an address that is no client's.
func TestSignInTellsNothing(t *testing.T) {
	s := testkit.New(t, nil)
	s.Make("clients", map[string]any{"email": "client@example.com"})
	s.Make("clients", map[string]any{"email": "archived@example.com", "archivedAt": "2026-01-01 00:00:00Z"})
	transcript := func(email string) (out []string) {
		note := func(answer testkit.Answer) {
			out = append(out, http.StatusText(answer.Status)+" "+regexp.MustCompile(`"otpId":"\w{15}"`).ReplaceAllString(string(answer.Raw), `"otpId":"…"`))
		}
		ids := map[string]bool{}
		var otpId string
		for range 12 {
			id, answer := askForCode(s, email)
			otpId, ids[id] = id, true
			note(answer)
		}
		out = append(out, strings.Repeat("different ids ", len(ids)))
		for range 7 {
			note(enterCode(s, otpId, "00000000"))
		}
		otpId, answer := askForCode(s, email)
		note(answer)
		note(enterCode(s, otpId, "00000000"))
		return out
	}
	client, archived, nobody := transcript("client@example.com"), transcript("archived@example.com"), transcript("nobody@example.com")
	for i := range client {
		if client[i] != archived[i] || client[i] != nobody[i] {
			t.Errorf("step %d: client %q, archived %q, nobody %q", i, client[i], archived[i], nobody[i])
		}
	}
	if last := client[len(client)-1]; !strings.HasPrefix(last, "Too Many Requests") {
		t.Errorf("wrong codes are not counted: %q", last)
	}
	for _, text := range s.Outbox() {
		if !strings.Contains(text, "client@example.com") {
			t.Errorf("mail went to somebody else:\n%s", text)
		}
	}
}

func TestPretendingTakesAsLong(t *testing.T) {
	s := testkit.New(t, nil)
	s.Make("clients", map[string]any{"email": "client@example.com"})
	// A dear hash takes most of the time by far, so that a machine with other work gives the same answer.
	codes, err := s.App.FindCollectionByNameOrId(core.CollectionNameOTPs)
	if err != nil {
		t.Fatal(err)
	}
	codes.Fields.GetByName(core.FieldNamePassword).(*core.PasswordField).Cost = 11
	if err := s.App.Save(codes); err != nil {
		t.Fatal(err)
	}
	fastest := func(email string) time.Duration {
		best := time.Hour
		for range 5 {
			start := time.Now()
			askForCode(s, email)
			best = min(best, time.Since(start))
		}
		return best
	}
	// Without pretendToSend, the answer for an unknown address would take a hundredth of the time.
	if client, nobody := fastest("client@example.com"), fastest("nobody@example.com"); nobody < client/4 || client < nobody/4 {
		t.Errorf("a client's answer takes %v, nobody's %v", client, nobody)
	}
}

func TestOtherWaysInAreClosed(t *testing.T) {
	s := testkit.New(t, nil)
	client, _ := s.Client("ana")
	client.SetPassword("a password of tests")
	if err := s.App.Save(client); err != nil {
		t.Fatal(err)
	}
	for _, collection := range []string{"clients", client.Collection().Id} {
		for _, known := range []string{"ana@example.com", "nobody@example.com"} {
			for way, body := range map[string]map[string]any{
				"auth-with-password":     {"identity": known, "password": "a password of tests"},
				"request-password-reset": {"email": known},
				"request-verification":   {"email": known},
				"request-email-change":   {"newEmail": "new@example.com"},
				"confirm-password-reset": {"token": "x", "password": "another", "passwordConfirm": "another"},
				"confirm-verification":   {"token": "x"},
				"confirm-email-change":   {"token": "x", "password": "x"},
			} {
				answer := s.Do("POST", "/api/collections/"+collection+"/"+way, "", body)
				if answer.Status != 403 || !strings.HasPrefix(answer.Message(), "Clients sign in with a code") {
					t.Errorf("%s %s: %d %s", collection, way, answer.Status, answer.Raw)
				}
			}
		}
	}
	if mails := s.Outbox(); len(mails) > 0 {
		t.Errorf("mail was sent: %s", mails)
	}
	if guest := s.Do("POST", "/api/collections/clients/records", "", map[string]any{"email": "new@example.com", "password": "12345678", "passwordConfirm": "12345678"}); guest.Status != 403 {
		t.Errorf("a guest can sign up: %d", guest.Status)
	}
	if users := s.Do("GET", "/api/collections/users/records", "", nil); users.Status != 404 {
		t.Errorf("the stock users collection is still there: %d", users.Status)
	}
}

func TestSignInIsLimited(t *testing.T) {
	s := testkit.New(t, nil)
	settings := s.App.Settings()
	settings.RateLimits.Enabled = true
	if err := s.App.Save(settings); err != nil {
		t.Fatal(err)
	}
	statuses := map[int]int{}
	for range 15 {
		_, answer := askForCode(s, "nobody@example.com")
		statuses[answer.Status]++
	}
	if statuses[200] != 10 || statuses[429] != 5 {
		t.Errorf("of 15 requests for a code: %v, want 10 answered and 5 refused", statuses)
	}
}

func TestArchivedClient(t *testing.T) {
	s := testkit.New(t, nil)
	client, token := s.Client("ana")
	path := testkit.RecordPath(client)
	if answer := s.Do("PATCH", path, s.Owner, map[string]any{"archivedAt": "2026-01-01 00:00:00Z"}); answer.Status != 200 {
		t.Fatal(answer.Status)
	}
	if answer := s.Do("GET", "/api/portal/overview", token, nil); answer.Status != 401 {
		t.Errorf("the token still works: %d", answer.Status)
	}
	otpId, _ := askForCode(s, "ana@example.com")
	if answer := enterCode(s, otpId, "00000000"); answer.Status != 400 || len(s.Outbox()) > 0 {
		t.Errorf("%d, %d mails", answer.Status, len(s.Outbox()))
	}
	if answer := s.Do("POST", "/api/collections/clients/impersonate/"+client.Id, s.Owner, map[string]any{}); answer.Status == 200 {
		if token, _ := answer.JSON()["token"].(string); s.Do("GET", "/api/collections/clients/records", token, nil).JSON()["totalItems"] != 0.0 {
			t.Error("an archived client's records can be read with an impersonated token")
		}
	}
	if answer := s.Do("PATCH", path, s.Owner, map[string]any{"archivedAt": ""}); answer.Status != 200 {
		t.Fatal(answer.Status)
	}
	otpId, _ = askForCode(s, "ana@example.com")
	if answer := enterCode(s, otpId, codeInMail.FindString(mail(t, s, 1))); answer.Status != 200 {
		t.Errorf("restored, and cannot sign in: %d %s", answer.Status, answer.Raw)
	}
	if answer := s.Do("GET", "/api/portal/overview", token, nil); answer.Status != 401 {
		t.Errorf("a token from before works again: %d", answer.Status)
	}
}

// A code can be requested by either form of an address's domain, Unicode or punycode.
func TestSignInWhateverTheFormOfTheDomain(t *testing.T) {
	s := testkit.New(t, nil)
	old := s.Make("clients", map[string]any{"email": "ben@example.com"})
	if _, err := s.App.DB().Update("clients", dbx.Params{"email": "ben@xn--bcher-kva.example"}, dbx.HashExp{"id": old.Id}).Execute(); err != nil {
		t.Fatal(err)
	}
	s.Make("clients", map[string]any{"email": "ana@bücher.example"})
	for i, email := range []string{"ben@bücher.example", "ben@xn--bcher-kva.example", "ana@xn--bcher-kva.example", "ana@bücher.example"} {
		otpId, answer := askForCode(s, email)
		if answer.Status != http.StatusOK {
			t.Fatalf("%s: %d %s", email, answer.Status, answer.Raw)
		}
		if answer := enterCode(s, otpId, codeInMail.FindString(mail(t, s, i+1))); answer.Status != http.StatusOK {
			t.Errorf("%s: %d %s", email, answer.Status, answer.Raw)
		}
	}
}

// A code that is entered as soon as its mail arrives proves the address at once, which ends earlier sign-ins. The next
// code does not do that again.
func TestACodeProvesItsAddressAtOnce(t *testing.T) {
	s := testkit.New(t, nil)
	s.Make("clients", map[string]any{"email": "ana@example.com", "name": "Ana"})
	noted := make(chan string, 1)
	s.App.OnMailerRecordOTPSend("clients").BindFunc(func(e *core.MailerRecordEvent) error {
		otp, err := e.App.FindOTPById(e.Meta["otpId"].(string))
		if err != nil {
			noted <- err.Error()
			return nil
		}
		noted <- otp.SentTo()
		return nil // no mail has been sent yet
	})
	askForCode(s, "ana@example.com")
	if to := <-noted; to != "ana@example.com" {
		t.Errorf("before the mail leaves, its code is noted as sent to %q", to)
	}
}
