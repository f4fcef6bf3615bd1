package records_test

import (
	"strings"
	"testing"

	"greenroom/hooks/testkit"
)

func TestTheServerSaysWhoWrote(t *testing.T) {
	s := testkit.New(t, map[string]string{"GREENROOM_OWNER": "Jamie"})
	h := testkit.NewHousehold(t, s, "ana")
	nameless := s.Make("clients", map[string]any{"email": "nameless@example.com"})
	project := s.Make("projects", map[string]any{"client": nameless.Id, "title": "x", "serviceType": "AUDIO"})
	goal := s.Make("goals", map[string]any{"project": project.Id, "title": "x"})
	for name, tc := range map[string]struct {
		token  string
		body   map[string]any
		author string
		james  bool
	}{
		"the client":            {h.Token, map[string]any{"goal": h.Records["goals"].Id, "body": "x"}, "ana-secret name", false},
		"a client without name": {testkit.Token(t, nameless), map[string]any{"goal": goal.Id, "body": "x"}, "nameless@example.com", false},
		"the owner":             {s.Owner, map[string]any{"goal": h.Records["goals"].Id, "body": "x"}, "Jamie", true},
		"the owner, as somebody else": {s.Owner, map[string]any{"goal": h.Records["goals"].Id, "body": "x", "authorName": "Ana", "isJames": false,
			"editedAt": "2020-01-01 00:00:00Z", "deletedAt": "2020-01-01 00:00:00Z", "deletedBody": "x"}, "Jamie", true},
	} {
		answer := s.Do("POST", "/api/collections/comments/records", tc.token, tc.body)
		got := answer.JSON()
		if answer.Status != 200 || got["authorName"] != tc.author || got["isJames"] != tc.james || got["editedAt"] != "" || got["deletedAt"] != "" {
			t.Errorf("%s: %d %s", name, answer.Status, answer.Raw)
		}
	}
	if program := s.Make("comments", map[string]any{"goal": goal.Id, "body": "x"}); !program.GetBool("isJames") || program.GetString("authorName") != "Jamie" {
		t.Errorf("a command's comment is by %q", program.GetString("authorName"))
	}
}

func TestAnEditIsShown(t *testing.T) {
	s := testkit.New(t, nil)
	h := testkit.NewHousehold(t, s, "ana")
	comment := h.Records["comments"]
	unchanged := s.Do("PATCH", testkit.RecordPath(comment), h.Token, map[string]any{"body": comment.GetString("body")})
	if unchanged.Status != 200 || unchanged.JSON()["editedAt"] != "" {
		t.Errorf("saved without a change, and edited: %s", unchanged.Raw)
	}
	if answer := s.Do("PATCH", testkit.RecordPath(comment), h.Token, map[string]any{"body": "changed"}); answer.JSON()["editedAt"] == "" {
		t.Errorf("edited, and not shown: %s", answer.Raw)
	}
}

func TestADeletedCommentLeavesItsTrace(t *testing.T) {
	s := testkit.New(t, nil)
	h := testkit.NewHousehold(t, s, "ana")
	comment := h.Records["comments"]
	words := comment.GetString("body")
	if answer := s.Do("DELETE", testkit.RecordPath(comment), h.Token, nil); answer.Status != 204 || len(answer.Raw) > 0 {
		t.Fatalf("%d %s", answer.Status, answer.Raw)
	}

	kept := s.Reload(comment)
	if kept.GetString("deletedAt") == "" || kept.GetString("body") != "" || kept.GetString("deletedBody") != words || kept.GetString("editedAt") != "" {
		t.Errorf("the row: %v", kept.FieldsData())
	}
	for _, path := range []string{testkit.RecordPath(comment), "/api/collections/comments/records", "/api/portal/projects/" + h.Records["projects"].Id, "/api/portal/overview"} {
		if answer := s.Do("GET", path, h.Token, nil); answer.Status != 200 || testkit.Leaks(answer, words) || testkit.Leaks(answer, "deletedBody") {
			t.Errorf("%s shows the words: %s", path, answer.Raw)
		}
	}
	filter := s.Do("GET", "/api/collections/comments/records?filter="+strings.ReplaceAll("body~'"+words+"'", " ", "%20"), h.Token, nil)
	if filter.JSON()["totalItems"] != 0.0 {
		t.Errorf("a filter finds the words: %s", filter.Raw)
	}
	for name, answer := range map[string]testkit.Answer{
		"edit":         s.Do("PATCH", testkit.RecordPath(comment), h.Token, map[string]any{"body": "back"}),
		"second":       s.Do("DELETE", testkit.RecordPath(comment), h.Token, nil),
		"undelete":     s.Do("PATCH", testkit.RecordPath(comment), h.Token, map[string]any{"deletedAt": ""}),
		"of James's":   s.Do("DELETE", testkit.RecordPath(h.James["comments"]), h.Token, nil),
		"with nothing": s.Do("PATCH", testkit.RecordPath(comment), h.Token, map[string]any{}),
	} {
		if answer.Status != 404 {
			t.Errorf("%s: %d, want 404", name, answer.Status)
		}
	}

	seen := s.Do("GET", testkit.RecordPath(comment), s.Owner, nil).JSON()
	if seen["body"] != words {
		t.Errorf("the owner reads %q, want the words", seen["body"])
	}
	// The dashboard's form sends back all fields that it was given.
	saved := s.Do("PATCH", testkit.RecordPath(comment), s.Owner, seen)
	if kept := s.Reload(comment); saved.Status != 200 || kept.GetString("body") != "" || kept.GetString("deletedBody") != words || kept.GetString("deletedAt") == "" {
		t.Errorf("saved by the owner: %d, body %q, deletedBody %q", saved.Status, kept.GetString("body"), kept.GetString("deletedBody"))
	}
	if list := s.Do("GET", "/api/collections/comments/records?perPage=200", s.Owner, nil); !testkit.Leaks(list, words) {
		t.Errorf("the owner's list lacks the words: %s", list.Raw)
	}
}

func TestALongCommentFits(t *testing.T) {
	s := testkit.New(t, nil)
	h := testkit.NewHousehold(t, s, "ana")
	body := strings.Repeat("語", 10_000)
	answer := s.Do("POST", "/api/collections/comments/records", h.Token, map[string]any{"session": h.Records["sessions"].Id, "body": body})
	if answer.Status != 200 || answer.JSON()["body"] != body {
		t.Errorf("10,000 characters: %d", answer.Status)
	}
	id, _ := answer.JSON()["id"].(string)
	if deleted := s.Do("DELETE", "/api/collections/comments/records/"+id, h.Token, nil); deleted.Status != 204 {
		t.Errorf("its delete: %d %s", deleted.Status, deleted.Raw)
	}
	notes := s.Do("PATCH", testkit.RecordPath(h.Records["sessions"]), s.Owner, map[string]any{"notes": strings.Repeat("é", 100_000)})
	if notes.Status != 200 {
		t.Errorf("100,000 characters of notes: %d %s", notes.Status, notes.Raw)
	}
}
