package calendar_test

import (
	"net/http"
	"strings"
	"testing"

	"greenroom/hooks/testkit"
)

// A refusal that only the owner can resolve becomes a state with a sentence, one mail and one line of the log, however
// often the sync fails.
func TestFaultsForTheOwner(t *testing.T) {
	for name, c := range map[string]struct {
		kind  string
		serve http.HandlerFunc
		say   string
	}{
		"no longer shared":     {"list", testkit.Says(403, `{"error":{"code":403,"errors":[{"reason":"forbidden"}]}}`), "Share it"},
		"no such calendar":     {"list", testkit.Says(404, `{"error":{"code":404,"errors":[{"reason":"notFound"}]}}`), "GOOGLE_CALENDAR_ID"},
		"access withdrawn":     {"token", testkit.Says(400, `{"error":"invalid_grant","error_description":"Token has been revoked."}`), "invalid_grant"},
		"another application":  {"token", testkit.Says(401, `{"error":"invalid_client"}`), "GOOGLE_CREDENTIALS"},
		"refused by a new law": {"list", testkit.Says(400, `{"error":{"code":400,"errors":[{"reason":"badRequest"}]}}`), "badRequest"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := testkit.NewGoogle(t)
			s := studio(t, f)
			s.Client("ana")
			f.Put("m", meeting("Call", 24, "ana@example.com"))
			result(t, s, syncPath)
			f.Put("m", map[string]any{"summary": "Talk"})
			failFiveTimes := func() {
				t.Helper()
				f.Revoke()
				f.Fail(c.kind, manyTimes, c.serve)
				for range 5 {
					answer := s.Do("POST", syncPath, s.Owner, nil)
					if answer.Status != 502 || !strings.Contains(answer.Message(), c.say) {
						t.Errorf("%d %s", answer.Status, answer.Raw)
					}
				}
				f.Heal()
			}
			failFiveTimes()
			state, _, sentence := row(t, s, "calendar")
			if state != "refused" || !strings.Contains(sentence, c.say) || !strings.HasSuffix(sentence, ".") {
				t.Errorf("%s: %s", state, sentence)
			}
			mails := s.Outbox()
			if len(mails) != 1 || !strings.Contains(mails[0], "james@studio.example") || !strings.Contains(mails[0], "Google") {
				t.Fatalf("%d mails: %s", len(mails), mails)
			}
			if lines := warnings(s.Logged()); len(lines) != 1 || !strings.Contains(lines[0], c.say) {
				t.Errorf("the log says %s", lines)
			}
			wants(t, bookings(t, s), "m: ana, Call, on, ")
			noSecrets(t, s, f)

			result(t, s, syncPath)
			if state, cursor, sentence := row(t, s, "calendar"); state+cursor+sentence != "ok" {
				t.Errorf("mended: %s, %q, %q", state, cursor, sentence)
			}
			wants(t, bookings(t, s), "m: ana, Talk, on, ")
			failFiveTimes()
			if mails := s.Outbox(); len(mails) != 2 {
				t.Errorf("%d mails after it failed again", len(mails))
			}
		})
	}
}

// While Google is down, the owner can see it and gets no mail.
func TestGoogleIsDown(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	f.Fail("list", manyTimes, testkit.Says(503, ""))
	for range 3 {
		if answer := s.Do("POST", syncPath, s.Owner, nil); answer.Status != 502 {
			t.Errorf("%d %s", answer.Status, answer.Raw)
		}
	}
	if state, _, sentence := row(t, s, "calendar"); state != "down" || sentence == "" {
		t.Errorf("%s: %s", state, sentence)
	}
	if lines := warnings(s.Logged()); len(lines) != 1 {
		t.Errorf("the log says %s", lines)
	}
	if mails := s.Outbox(); len(mails) != 0 {
		t.Errorf("the owner was told: %s", mails)
	}
	// During the outage it turns out that the access was refused as well.
	f.Heal()
	f.Fail("list", 1, testkit.Says(403, ""))
	s.Do("POST", syncPath, s.Owner, nil)
	f.Fail("list", manyTimes, testkit.Says(503, ""))
	s.Do("POST", syncPath, s.Owner, nil)
	f.Heal()
	f.Fail("list", 1, testkit.Says(403, ""))
	s.Do("POST", syncPath, s.Owner, nil)
	if mails := s.Outbox(); len(mails) != 1 {
		t.Errorf("%d mails", len(mails))
	}
}

// warnings returns the log's lines of warnings and errors, except those about requests.
func warnings(lines []string) (out []string) {
	for _, line := range lines {
		if !strings.HasPrefix(line, "0 ") && !strings.HasPrefix(line, "-4 ") && !strings.Contains(line, `"type":"request"`) {
			out = append(out, line)
		}
	}
	return out
}
