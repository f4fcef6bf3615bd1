package records_test

import (
	"strings"
	"testing"

	"greenroom/hooks/testkit"
)

// TestLinkNamesAreVisible writes characters that Unicode defines as invisible into every field that names a link.
func TestLinkNamesAreVisible(t *testing.T) {
	s := testkit.New(t, nil)
	h := testkit.NewHousehold(t, s, "ana")
	nothing := map[string]string{"a Hangul filler": "\u3164", "a halfwidth filler": "\uffa0", "braille of no dots": "\u2800", "zero width": "\u200b\u200d\ufeff",
		"a mark alone": "\u0301", "no-break spaces": "\u00a0\u2003", "a soft hyphen": "\u00ad", "a variation": "\ufe0f"}
	for _, collection := range []string{"projects", "milestones", "sessions", "goals", "deliverables", "action_items"} {
		for name, text := range nothing {
			path := "/api/collections/" + collection + "/records/" + h.Records[collection].Id
			answer := s.Do("PATCH", path, s.Owner, map[string]any{"title": text})
			if answer.Status != 400 || answer.Message() == "" {
				t.Errorf("%s with %s: %d %s", collection, name, answer.Status, answer.Raw)
			}
		}
		for _, text := range []string{"é", "e\u0301", "\u2801", "🎵", "?", "1"} {
			if answer := s.Do("PATCH", "/api/collections/"+collection+"/records/"+h.Records[collection].Id, s.Owner, map[string]any{"title": text}); answer.Status != 200 {
				t.Errorf("%s called %q: %d %s", collection, text, answer.Status, answer.Raw)
			}
		}
	}
	for name, text := range nothing {
		if answer := s.Do("POST", "/api/collections/comments/records", h.Token, map[string]any{"session": h.Records["sessions"].Id, "body": text}); answer.Status != 400 {
			t.Errorf("a comment of %s: %d %s", name, answer.Status, answer.Raw)
		}
		if answer := s.Do("PATCH", "/api/collections/clients/records/"+h.Client.Id, h.Token, map[string]any{"name": text}); answer.Status != 400 && name != "no-break spaces" {
			t.Errorf("a name of %s: %d %s", name, answer.Status, answer.Raw)
		}
		contentType, body := testkit.Upload(t, "hello", map[string]string{"project": h.Records["projects"].Id, "filename": text})
		if answer := s.Send("POST", "/api/collections/attachments/records", h.Token, contentType, body); answer.Status != 400 && !strings.Contains(string(answer.Raw), "take.txt") {
			t.Errorf("a file called %s: %d %s", name, answer.Status, answer.Raw)
		}
	}
	long := strings.Repeat("ö", 300) + ".wav"
	contentType, body := testkit.Upload(t, "hello", map[string]string{"project": h.Records["projects"].Id, "filename": long})
	answer := s.Send("POST", "/api/collections/attachments/records", h.Token, contentType, body)
	if want := strings.Repeat("ö", 251) + ".wav"; answer.JSON()["filename"] != want {
		t.Errorf("a long name: %d %s", answer.Status, answer.Raw)
	}
}
