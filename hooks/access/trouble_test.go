package access_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/pocketbase/dbx"

	"greenroom/hooks/database"
	"greenroom/hooks/testkit"
)

// A database that cannot grow is answered as a full disk, until it can grow again.
func TestAFullDiskIsNobodysMistake(t *testing.T) {
	s := testkit.Connect(t, testkit.Dir(t), nil, database.Connect)
	ana, token := s.Client("Ana")
	project := s.Make("projects", map[string]any{"client": ana.Id, "title": "Album", "serviceType": "AUDIO"})
	goal := s.Make("goals", map[string]any{"project": project.Id, "title": "Goal"})
	grow := func(pages string) {
		t.Helper()
		if _, err := s.App.NonconcurrentDB().NewQuery("PRAGMA max_page_count = " + pages).Execute(); err != nil {
			t.Fatal(err)
		}
	}
	comment := func() testkit.Answer {
		return s.Do("POST", "/api/collections/comments/records", token, map[string]any{"goal": goal.Id, "body": strings.Repeat("x", 9000)})
	}
	grow("1") // not beyond its current size
	full := func(answer testkit.Answer) bool {
		return answer.Status == http.StatusInsufficientStorage && strings.Contains(answer.Message(), "disk is full")
	}
	var answer testkit.Answer
	for range 20 { // a few pages may still be free
		if answer = comment(); answer.Status != http.StatusOK {
			break
		}
	}
	if !full(answer) {
		t.Errorf("a comment: %d %s", answer.Status, answer.Raw)
	}
	batch := map[string]any{"requests": []any{map[string]any{"method": "POST", "url": "/api/collections/comments/records", "body": map[string]any{"goal": goal.Id, "body": strings.Repeat("x", 9000)}}}}
	if answer := s.Do("POST", "/api/batch", token, batch); !full(answer) {
		t.Errorf("a batch: %d %s", answer.Status, answer.Raw)
	}
	if answer := s.Do("GET", "/api/portal/projects/"+project.Id, token, nil); answer.Status != http.StatusOK {
		t.Errorf("a page: %d %s", answer.Status, answer.Raw)
	}
	grow("1073741823")
	if answer := comment(); answer.Status != http.StatusOK {
		t.Errorf("with room again: %d %s", answer.Status, answer.Raw)
	}
}

// A database that cannot be read is answered as such, and not as a missing sign-in.
func TestNobodyIsSignedOutByTheDatabase(t *testing.T) {
	s := testkit.New(t, nil)
	_, token := s.Client("Ana")
	s.Make("clients", map[string]any{"email": "ben@example.com"})
	otpId, _ := askForCode(s, "ben@example.com")
	if err := s.App.ConcurrentDB().(*dbx.DB).Close(); err != nil {
		t.Fatal(err)
	}
	for name, answer := range map[string]testkit.Answer{
		"a page": s.Do("GET", "/api/portal/overview", token, nil), "a list": s.Do("GET", "/api/collections/projects/records", token, nil),
		"a new sign-in": s.Do("POST", "/api/collections/clients/auth-refresh", token, nil), "a code": enterCode(s, otpId, "12345678"),
	} {
		if answer.Status != http.StatusServiceUnavailable || !strings.Contains(answer.Message(), "too busy") || answer.Header.Get("Retry-After") == "" {
			t.Errorf("%s: %d %s", name, answer.Status, answer.Raw)
		}
	}
}
