package clerk_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// FuzzWebhookBody sends signed bodies of any content. The answer is never a server error, and the clients' names and
// addresses stay well formed.
func FuzzWebhookBody(f *testing.F) {
	samples, err := filepath.Glob("testdata/*.json")
	if err != nil || len(samples) != 3 {
		f.Fatalf("%d samples, %v", len(samples), err)
	}
	for _, sample := range samples {
		body, err := os.ReadFile(sample)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
		for _, with := range []string{`null`, `[]`, `{}`, `""`, `-1`, `9223372036854775807`, `"\u0000\u202e<b>"`, `"\ud800"`, `[null]`, `true`} {
			for _, field := range []string{`"data": {`, `"email_addresses": [`, `"verification": {`, `"updated_at": 1654012591835`, `"first_name": "Example"`,
				`"email_address": "example@example.org"`, `"id": "user_29w83sxmDNGwOuEthce5gg56FcC"`, `"type": "user.created"`} {
				name, _, _ := strings.Cut(field, ":")
				f.Add([]byte(strings.Replace(string(body), field, name+`: `+with+`, "was": `+strings.TrimSpace(strings.TrimPrefix(field, name+":")), 1)))
			}
		}
	}
	s := hooked(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		status, answer := post(t, s, signed(t, secret, time.Now(), body), bytes.NewReader(body))
		if status != http.StatusNoContent && status != http.StatusBadRequest && status != http.StatusRequestEntityTooLarge {
			t.Errorf("%d %s", status, answer)
		}
		clients, err := s.App.FindAllRecords("clients")
		if err != nil {
			t.Fatal(err)
		}
		for _, client := range clients {
			if !strings.Contains(client.Email(), "@") || strings.ContainsAny(client.GetString("name"), "<>\r\n\x00") ||
				client.GetString("clerkId") != "" && !strings.HasPrefix(client.GetString("clerkId"), "user_") {
				t.Errorf("%q %q %q", client.Email(), client.GetString("name"), client.GetString("clerkId"))
			}
		}
	})
}
