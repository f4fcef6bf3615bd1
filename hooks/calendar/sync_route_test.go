package calendar_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"greenroom/hooks/testkit"
)

func TestSyncGuard(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	_, ana := s.Client("ana")
	result(t, s, syncPath)
	withoutSecret := f.Environment()
	delete(withoutSecret, "CRON_SECRET")
	unset := testkit.New(t, withoutSecret)
	result(t, unset, syncPath)
	f.Asked()
	for name, c := range map[string]struct {
		s     *testkit.Studio
		token string
		want  int
	}{
		"a guest":             {s, "", 401},
		"a client":            {s, ana, 403},
		"the owner":           {s, s.Owner, 200},
		"the scheduler":       {s, "Bearer " + cronSecret, 200},
		"a wrong secret":      {s, "Bearer " + cronSecret + "x", 401},
		"half the secret":     {s, "Bearer " + cronSecret[:5], 401},
		"an empty secret":     {s, "Bearer ", 401},
		"no bearer":           {s, cronSecret, 401},
		"no secret is set":    {unset, "Bearer " + cronSecret, 401},
		"no secret, an empty": {unset, "Bearer ", 401},
		"no secret, nothing":  {unset, "", 401},
		"no secret, owner":    {unset, unset.Owner, 200},
	} {
		answer := c.s.Do("POST", syncPath, c.token, nil)
		if answer.Status != c.want {
			t.Errorf("%s: %d %s", name, answer.Status, answer.Raw)
		}
		if asked := len(f.Asked()) > 0; asked != (c.want == 200) {
			t.Errorf("%s: Google was asked: %t", name, asked)
		}
	}
}

func TestSyncOfAStudioWithoutACalendar(t *testing.T) {
	s := testkit.New(t, nil)
	if answer := s.Do("POST", syncPath, "", nil); answer.Status != 401 {
		t.Errorf("a guest: %d %s", answer.Status, answer.Raw)
	}
	if answer := s.Do("POST", syncPath, s.Owner, nil); answer.Status != 400 || !strings.Contains(answer.Message(), "GOOGLE_CREDENTIALS") {
		t.Errorf("the owner: %d %s", answer.Status, answer.Raw)
	}
}

// Progress is answered line by line, and the last line is the result or the failure.
func TestProgress(t *testing.T) {
	f := testkit.NewGoogle(t)
	f.PageSize = 1
	s := studio(t, f)
	s.Client("ana")
	for _, id := range []string{"m1", "m2", "m3"} {
		f.Put(id, meeting("Call", 24, "ana@example.com"))
	}
	ask := func() (lines []map[string]any) {
		t.Helper()
		request, err := http.NewRequest("POST", s.URL+syncPath, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer := ask(t, request, "Authorization", s.Owner, "Accept", "application/x-ndjson")
		if answer.Status != 200 || answer.Header.Get("Content-Type") != "application/x-ndjson" {
			t.Fatalf("%d %v", answer.Status, answer.Header)
		}
		for line := range strings.Lines(string(answer.Raw)) {
			var object map[string]any
			if err := json.Unmarshal([]byte(line), &object); err != nil {
				t.Fatalf("%v: %s", err, line)
			}
			lines = append(lines, object)
		}
		return lines
	}
	lines := ask()
	last := lines[len(lines)-1]
	if last["created"] != 3.0 || last["updated"] != 0.0 {
		t.Errorf("the result is %v", last)
	}
	if first, _ := lines[0]["progress"].(string); len(lines) < 2 || !strings.HasSuffix(first, "events read.") {
		t.Errorf("the lines are %v", lines)
	}
	f.Fail("list", 1, testkit.Says(403, ""))
	lines = ask()
	last = lines[len(lines)-1]
	if sentence, _ := last["message"].(string); last["status"] != 502.0 || !strings.Contains(sentence, "Share it") {
		t.Errorf("the failure is %v", last)
	}
}
