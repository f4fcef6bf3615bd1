package calendar_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"greenroom/hooks/testkit"
)

// hangs answers only once the client has given up.
func hangs(w http.ResponseWriter, r *http.Request) {
	// The server notices that the client closed the connection only after the body was read.
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

// answersHalf closes the connection in the middle of a page.
func answersHalf(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Length", "1000")
	_, _ = w.Write([]byte(`{"items":[{"id":"m"`))
	panic(http.ErrAbortHandler)
}

const rateLimited = `{"error":{"errors":[{"domain":"usageLimits","reason":"rateLimitExceeded","message":"Rate Limit Exceeded"}],"code":403,"message":"Rate Limit Exceeded"}}`

// A temporary failure is retried, and the sync goes on as if it had not happened.
func TestTemporaryFailuresAreRetried(t *testing.T) {
	for name, c := range map[string]struct {
		kind  string
		times int
		serve http.HandlerFunc
	}{
		"403, too fast":              {"list", 3, testkit.Says(403, rateLimited)},
		"403, too fast for a user":   {"list", 3, testkit.Says(403, strings.ReplaceAll(rateLimited, "rateLimit", "userRateLimit"))},
		"403, the newer form":        {"list", 1, testkit.Says(403, `{"error":{"code":403,"status":"RESOURCE_EXHAUSTED"}}`)},
		"429":                        {"list", 3, testkit.Says(429, rateLimited)},
		"500":                        {"list", 3, testkit.Says(500, `{"error":{"code":500,"message":"Backend Error"}}`)},
		"502 with a page":            {"list", 3, testkit.Says(502, "<html><title>Bad gateway</title></html>")},
		"503 without a word":         {"list", 3, testkit.Says(503, "")},
		"a line that breaks":         {"list", 3, testkit.BreaksOff},
		"an answer that breaks":      {"list", 3, answersHalf},
		"an answer that never is":    {"list", 2, hangs},
		"200 that is no JSON":        {"list", 1, testkit.Says(200, "<html>Sign in to the network</html>")},
		"200 without a word":         {"list", 1, testkit.Says(200, "")},
		"tokens: 503":                {"token", 3, testkit.Says(503, "")},
		"tokens: a line that breaks": {"token", 3, testkit.BreaksOff},
		"tokens: never":              {"token", 2, hangs},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := testkit.NewGoogle(t)
			s := studio(t, f)
			s.Client("ana")
			f.Put("m", meeting("Call", 24, "ana@example.com"))
			if c.kind == "token" {
				f.Revoke()
			}
			f.Fail(c.kind, c.times, c.serve)
			if got := result(t, s, syncPath); got != [4]int{1, 0, 0, 0} {
				t.Errorf("the sync counts %v", got)
			}
			if state, _, trouble := row(t, s, "calendar"); state != "ok" || trouble != "" {
				t.Errorf("the state is %s: %s", state, trouble)
			}
			if mails := s.Outbox(); len(mails) > 0 {
				t.Errorf("the owner was told: %s", mails)
			}
		})
	}
}

// An access token that is refused is replaced once; a second refusal in a row is an error.
func TestATokenThatIsRevokedEarly(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	f.Revoke()
	result(t, s, syncPath)
	wants(t, f.Asked(), "list sync", "token", "list sync")
	f.Fail("list", manyTimes, testkit.Says(401, ""))
	if answer := s.Do("POST", syncPath, s.Owner, nil); answer.Status != 502 {
		t.Errorf("%d %s", answer.Status, answer.Raw)
	}
	wants(t, f.Asked(), "list sync", "token", "list sync")
	if state, _, _ := row(t, s, "calendar"); state != "refused" {
		t.Errorf("the state is %s", state)
	}
}

// A service account signs its own requests for tokens. Its key may come from a file.
func TestAServiceAccount(t *testing.T) {
	content := testkit.NewGoogle(t).ServiceAccount()["GOOGLE_CREDENTIALS"]
	file := filepath.Join(t.TempDir(), "google.json")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, credentials := range []string{content, file} {
		f := testkit.NewGoogle(t)
		s := studio(t, f, map[string]string{"GOOGLE_CREDENTIALS": credentials})
		s.Client("ana")
		f.Put("m", meeting("Call", 24, "ana@example.com"))
		result(t, s, syncPath)
		wants(t, bookings(t, s), "m: ana, Call, on, ")
		noSecrets(t, s, f, strings.Split(content, `\n`)[1])
	}
}

// noSecrets fails if the credentials are in any stored row or in the log.
func noSecrets(t testing.TB, s *testkit.Studio, f *testkit.Google, more ...string) {
	t.Helper()
	kept := content(t, s) + strings.Join(s.Logged(), "\n") + strings.Join(s.Outbox(), "\n")
	for _, secret := range append(more, testkit.GoogleRefreshToken, testkit.GoogleClientSecret, f.Access, cronSecret) {
		if strings.Contains(kept, secret) {
			t.Errorf("%q is written down", secret)
		}
	}
}
