package clerk_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	svix "github.com/svix/svix-webhooks/go"

	"greenroom/hooks/testkit"
)

const (
	// from Svix's published test vectors
	secret      = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	otherSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
	hookPath    = "/api/webhooks/clerk"
	signInPath  = "/api/portal/auth/clerk"
	party       = "https://portal.example.com"
)

// patience bounds every wait for something that must come.
const patience = time.Minute

func hooked(t testing.TB) *testkit.Studio {
	return testkit.New(t, map[string]string{"CLERK_WEBHOOK_SECRET": secret})
}

// signed returns the headers of a body that is sent at a time and signed with the secret.
func signed(t testing.TB, with string, at time.Time, body []byte) http.Header {
	t.Helper()
	webhook, err := svix.NewWebhook(with)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := webhook.Sign("msg_1", at, body)
	if err != nil {
		t.Fatal(err)
	}
	return http.Header{"Svix-Id": {"msg_1"}, "Svix-Timestamp": {fmt.Sprint(at.Unix())}, "Svix-Signature": {signature}}
}

// post sends a body with headers to the webhook.
func post(t testing.TB, s *testkit.Studio, header http.Header, body io.Reader) (status int, answer string) {
	t.Helper()
	request, err := http.NewRequest("POST", s.URL+hookPath, body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header = maps.Clone(header)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(raw)
}

// deliver sends a correctly signed body and checks the status.
func deliver(t testing.TB, s *testkit.Studio, body []byte, want int) {
	t.Helper()
	if status, answer := post(t, s, signed(t, secret, time.Now(), body), bytes.NewReader(body)); status != want {
		t.Errorf("%s: %d %s, want %d", body, status, answer, want)
	}
}

// person is a user of Clerk's at one moment. Tests change one field at a time.
type person struct {
	id, first, last, email string
	at                     int64
}

// event returns the JSON of an event about a person: created, updated or deleted. edit changes its data.
func (p person) event(t testing.TB, kind string, edit ...func(data map[string]any)) []byte {
	t.Helper()
	data := map[string]any{
		"object": "user", "id": p.id, "first_name": orNull(p.first), "last_name": orNull(p.last), "updated_at": p.at, "created_at": 1,
		"primary_email_address_id": "idn_1", "email_addresses": []any{
			map[string]any{"id": "idn_0", "email_address": "second." + p.email, "verification": map[string]any{"status": "verified"}},
			map[string]any{"id": "idn_1", "email_address": p.email, "verification": map[string]any{"status": "verified"}},
		},
	}
	if kind == "deleted" {
		data = map[string]any{"object": "user", "id": p.id, "deleted": true}
	}
	for _, change := range edit {
		change(data)
	}
	body, err := json.Marshal(map[string]any{"object": "event", "type": "user." + kind, "timestamp": p.at, "data": data})
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func set(name string, value any) func(map[string]any) {
	return func(data map[string]any) { data[name] = value }
}

func status(value any) func(map[string]any) {
	return func(data map[string]any) {
		data["email_addresses"].([]any)[1].(map[string]any)["verification"] = value
	}
}

func sample(t testing.TB, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// clientOf returns the client who is linked to a Clerk user; nil if there is none.
func clientOf(t testing.TB, s *testkit.Studio, userId string) *core.Record {
	t.Helper()
	found, err := s.App.FindAllRecords("clients", dbx.HashExp{"clerkId": userId})
	if err != nil || len(found) > 1 {
		t.Fatalf("%d clients of %s, %v", len(found), userId, err)
	}
	if len(found) == 0 {
		return nil
	}
	return found[0]
}

// row returns a row of integrations; nil if there is none.
func row(t testing.TB, s *testkit.Studio, name string) *core.Record {
	t.Helper()
	found, err := s.App.FindAllRecords("integrations", dbx.HashExp{"name": name})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		return nil
	}
	return found[0]
}

// content describes everything stored about people, so that a test can see that nothing changed.
func content(t testing.TB, s *testkit.Studio) string {
	t.Helper()
	var out strings.Builder
	for _, table := range []string{"clients", "projects", "bookings", "integrations", "_externalAuths"} {
		var rows []dbx.NullStringMap
		if err := s.App.DB().Select("*").From(table).OrderBy("id").All(&rows); err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			line, err := json.Marshal(row)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintln(&out, table, string(line))
		}
	}
	return out.String()
}

// loggedBy returns the log lines of a refused request. PocketBase writes the line of the request last and in the
// background, so when it is there, all lines are.
func loggedBy(t testing.TB, s *testkit.Studio, refused func()) []string {
	t.Helper()
	before := len(s.Logged())
	refused()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		lines := s.Logged()[before:]
		for _, line := range lines {
			if strings.Contains(line, `"type":"request"`) && strings.Contains(line, hookPath) {
				return lines
			}
		}
	}
	t.Fatal("the request was not logged")
	return nil
}
