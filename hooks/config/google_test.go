package config

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func serviceAccount(t *testing.T) map[string]string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{"type": "service_account", "client_email": "studio@project.iam.example.com", "private_key_id": "1",
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))}
}

func google(t *testing.T, credentials map[string]string) string {
	t.Helper()
	content, err := json.Marshal(credentials)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestGoogleCredentialsAreContentOrAPath(t *testing.T) {
	content := google(t, serviceAccount(t))
	path := filepath.Join(t.TempDir(), "google.json")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, vars := range map[string]map[string]string{
		"content":              {"GOOGLE_CREDENTIALS": content},
		"a path":               {"GOOGLE_CREDENTIALS": path},
		"a file of the secret": {"GOOGLE_CREDENTIALS_FILE": path},
	} {
		t.Run(name, func(t *testing.T) {
			vars["GOOGLE_CALENDAR_ID"] = "one@example.com,two@example.com"
			c, err := Parse(vars)
			if err != nil || c.GoogleCredentials.ClientEmail != "studio@project.iam.example.com" || len(c.GoogleCalendarIds) != 2 {
				t.Errorf("%+v, %v", c.GoogleCalendarIds, err)
			}
		})
	}
}

func TestGoogleCredentialsThatCannotWorkStopTheStart(t *testing.T) {
	without := func(credentials map[string]string, field string) string {
		delete(credentials, field)
		return google(t, credentials)
	}
	user := func() map[string]string {
		return map[string]string{"type": "authorized_user", "client_id": "a", "client_secret": "hunter2", "refresh_token": "hunter2"}
	}
	if _, err := Parse(map[string]string{"GOOGLE_CREDENTIALS": google(t, user()), "GOOGLE_CALENDAR_ID": "x"}); err != nil {
		t.Fatal(err)
	}
	broken := serviceAccount(t)
	broken["private_key"] = "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n"
	for name, value := range map[string]string{
		"no JSON":               "{hunter2",
		"another type":          `{"type":"external_account","x":"hunter2"}`,
		"no key":                without(serviceAccount(t), "private_key"),
		"no account":            without(serviceAccount(t), "client_email"),
		"a broken key":          google(t, broken),
		"no refresh token":      without(user(), "refresh_token"),
		"no client secret":      without(user(), "client_secret"),
		"no client":             without(user(), "client_id"),
		"a path that is no one": filepath.Join(t.TempDir(), "hunter2.json"),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(map[string]string{"GOOGLE_CREDENTIALS": value, "GOOGLE_CALENDAR_ID": "x"})
			if err == nil || !strings.HasPrefix(err.Error(), "GOOGLE_CREDENTIALS is malformed: ") || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestCalendarsThatNeverHoldAMeetingStopTheStart(t *testing.T) {
	account := google(t, serviceAccount(t))
	user := google(t, map[string]string{"type": "authorized_user", "client_id": "a", "client_secret": "b", "refresh_token": "c"})
	for _, c := range []struct {
		credentials, calendars string
		refused                bool
	}{
		{account, "primary", true},
		{account, "james@example.com, Primary", true},
		{account, "Studio@project.iam.example.com", true},
		{account, "en.uk#holiday@group.v.calendar.google.com", true},
		{user, "addressbook#contacts@group.v.calendar.google.com", true},
		{user, "primary", false},
		{account, "james@example.com,abc@group.calendar.google.com", false},
	} {
		_, err := Parse(map[string]string{"GOOGLE_CREDENTIALS": c.credentials, "GOOGLE_CALENDAR_ID": c.calendars})
		if c.refused != (err != nil && strings.HasPrefix(err.Error(), "GOOGLE_CALENDAR_ID is ") && !strings.Contains(err.Error(), "\n")) || !c.refused && err != nil {
			t.Errorf("%s: %v", c.calendars, err)
		}
	}
}
