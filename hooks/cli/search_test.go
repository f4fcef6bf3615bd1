package cli

import (
	"strings"
	"testing"

	"greenroom/hooks/testkit"
)

func TestSearchCommand(t *testing.T) {
	s := testkit.New(t, nil)
	client, _ := s.Client("Ana")
	project := s.Make("projects", map[string]any{"client": client.Id, "title": "Album", "serviceType": "AUDIO"})
	session := s.Make("sessions", map[string]any{"project": project.Id, "title": "Mix review", "date": "2024-07-02 09:00:00Z", "notes": "The snare & the <brass> are late."})
	s.Make("comments", map[string]any{"session": session.Id, "body": "More brass!"})
	out := must(t, s.App, "search", "SNARE", "brass")
	if want := "1 result for SNARE brass\nAlbum, session Mix review, Tuesday 2 July 2024, 10:00 (London), The snare & the <brass> are late.\n"; out != want {
		t.Errorf("got\n%swant\n%s", out, want)
	}
	if out := must(t, s.App, "search", "zither"); out != "0 results for zither\n" {
		t.Errorf("nothing: %s", out)
	}
	got := decode[map[string][]map[string]any](t, must(t, s.App, "search", "brass", "--json"))
	if len(got["items"]) != 2 || !strings.Contains(got["items"][0]["excerpt"].(string), "<mark>brass</mark>") {
		t.Errorf("JSON: %v", got)
	}
}
