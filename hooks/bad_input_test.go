package hooks_test

import (
	"io"
	"maps"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"greenroom/hooks/testkit"
)

// TestBadInputIsRefusedWithASentence sends each kind of mistake and checks that the answer says what is allowed and
// that nothing was written.
func TestBadInputIsRefusedWithASentence(t *testing.T) {
	e := newEstate(t, testkit.New(t, nil))
	project, milestone, session := e.ana.Records["projects"].Id, e.ana.Records["milestones"].Id, e.ana.Records["sessions"].Id
	records := func(collection string) string { return "/api/collections/" + collection + "/records" }
	for name, tc := range map[string]struct {
		method, path string
		byOwner      bool
		body         map[string]any
		says         string
	}{
		"an unknown service": {"POST", records("projects"), true, map[string]any{"client": e.ana.Client.Id, "title": "x", "serviceType": "PLUMBING"},
			"The serviceType is one of SOFTWARE, ACCESSIBILITY, AUDIO, PRODUCTION, MUSICIAN"},
		"an unknown milestone status": {"PATCH", testkit.RecordPath(e.ana.Records["milestones"]), true, map[string]any{"status": "NEARLY"},
			"The status is one of TODO, ACTIVE, DONE"},
		"an unknown deliverable status": {"PATCH", testkit.RecordPath(e.ana.Records["deliverables"]), false, map[string]any{"status": "LOST"},
			"The status is one of PENDING, IN_PROGRESS, DELIVERED, APPROVED"},
		"an unknown assignee": {"POST", records("action_items"), true, map[string]any{"project": project, "title": "x", "assignedTo": "nobody"},
			"The assignedTo is one of client, james"},
		"two parents": {"POST", records("comments"), false, map[string]any{"milestone": milestone, "session": session, "body": "x"},
			"A comment belongs to exactly one of session, milestone, goal and deliverable"},
		"two parents by the owner": {"POST", records("comments"), true, map[string]any{"milestone": milestone, "session": session, "body": "x"},
			"A comment belongs to exactly one of session, milestone, goal and deliverable"},
		"no parent":              {"POST", records("comments"), false, map[string]any{"body": "x"}, "A comment belongs to exactly one session, milestone, goal or deliverable"},
		"no parent by the owner": {"POST", records("comments"), true, map[string]any{"body": "x"}, "A comment belongs to exactly one of session"},
		"somebody else's parent": {"POST", records("comments"), false, map[string]any{"milestone": e.ben.Records["milestones"].Id, "body": "x"},
			"A comment belongs to exactly one session, milestone, goal or deliverable of your own projects"},
		"one's own and somebody else's parent": {"POST", records("comments"), false,
			map[string]any{"milestone": milestone, "goal": e.ben.Records["goals"].Id, "body": "x"}, "A comment belongs to exactly one of"},
		"a missing parent": {"POST", records("comments"), false, map[string]any{"milestone": "nosuchrecord123", "body": "x"},
			"A comment belongs to exactly one session, milestone, goal or deliverable of your own projects"},
		"an id of another collection": {"POST", records("comments"), false, map[string]any{"milestone": session, "body": "x"},
			"A comment belongs to exactly one session, milestone, goal or deliverable of your own projects"},
		"10,001 characters": {"POST", records("comments"), false, map[string]any{"milestone": milestone, "body": strings.Repeat("é", 10_001)},
			"A comment has 1 to 10,000 characters"},
		"nothing but space":  {"POST", records("comments"), false, map[string]any{"milestone": milestone, "body": " \n\t"}, "A comment has 1 to 10,000 characters"},
		"an edit to nothing": {"PATCH", testkit.RecordPath(e.ana.Records["comments"]), false, map[string]any{"body": ""}, "A comment has 1 to 10,000 characters"},
		"a comment that moves": {"PATCH", testkit.RecordPath(e.ana.Records["comments"]), false, map[string]any{"milestone": "", "goal": e.ana.Records["goals"].Id},
			"A comment stays where it was written"},
		"markup in a name":       {"PATCH", testkit.RecordPath(e.ana.Client), false, map[string]any{"name": "<b>Ana</b>"}, "The name is plain text"},
		"a control character":    {"PATCH", testkit.RecordPath(e.ana.Client), false, map[string]any{"name": "Ana\r\nBcc: all"}, "The name is one line of text"},
		"a mark of direction":    {"PATCH", testkit.RecordPath(e.ana.Client), false, map[string]any{"name": "Ana\u202eevil"}, "The name is one line of text"},
		"a title of two lines":   {"POST", records("goals"), true, map[string]any{"project": project, "title": "one\ntwo"}, "The title is one line of text"},
		"an email by case":       {"POST", records("clients"), true, map[string]any{"email": "ANA-Secret@Example.com"}, "Another client has this email address"},
		"a created of one's own": {"POST", records("comments"), false, map[string]any{"milestone": milestone, "body": "x", "created": "2020-01-01 00:00:00Z"}, "You cannot set created"},
		"approving what is not delivered": {"PATCH", testkit.RecordPath(e.ben.Records["deliverables"]), false, map[string]any{"status": "APPROVED"},
			"You can approve a deliverable or ask for changes while it is DELIVERED. This one is PENDING."},
		"going back to pending": {"PATCH", testkit.RecordPath(e.ana.Records["deliverables"]), false, map[string]any{"status": "PENDING"}, "You can set status to APPROVED, or to IN_PROGRESS"},
		"changes without a word": {"PATCH", testkit.RecordPath(e.ana.Records["deliverables"]), false, map[string]any{"status": "IN_PROGRESS", "feedback": " "},
			"Say in feedback what should change"},
		"feedback alone":        {"PATCH", testkit.RecordPath(e.ana.Records["deliverables"]), false, map[string]any{"feedback": "hm"}, "You can set status to APPROVED"},
		"an end before a start": {"PATCH", testkit.RecordPath(e.ana.Records["bookings"]), true, map[string]any{"endTime": "2020-01-01 00:00:00Z"}, "A booking ends after it starts"},
		"a file of another project": {"PATCH", testkit.RecordPath(e.ana.Records["deliverables"]), true, map[string]any{"attachment": e.ben.Records["attachments"].Id},
			"The attachment has to be one of the same project"},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "approving what is not delivered" {
				e.Do("PATCH", testkit.RecordPath(e.ben.Records["deliverables"]), e.Owner, map[string]any{"status": "PENDING"})
			}
			token := e.ana.Token
			if tc.byOwner {
				token = e.Owner
			} else if strings.Contains(tc.path, e.ben.Records["deliverables"].Id) {
				token = e.ben.Token
			}
			before := e.everything(t)
			answer := e.Do(tc.method, tc.path, token, tc.body)
			if answer.Status != http.StatusBadRequest || !strings.HasPrefix(answer.Message(), tc.says) {
				t.Errorf("%d %s, want 400 %s…", answer.Status, answer.Raw, tc.says)
			}
			if !maps.Equal(before, e.everything(t)) {
				t.Error("something was written")
			}
		})
	}
}

// everything returns, for each collection, the number of records and the time of the latest change.
func (e *estate) everything(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, collection := range collections() {
		var state string
		err := e.App.DB().NewQuery("SELECT count(*) || ' ' || coalesce(max(updated), '') FROM " + collection).Row(&state)
		if err != nil {
			t.Fatal(err)
		}
		out[collection] = state
	}
	return out
}

func TestAGigabyteIsRefused(t *testing.T) {
	e := newEstate(t, testkit.New(t, nil))
	before := e.everything(t)
	for _, path := range []string{"/api/collections/comments/records", "/api/collections/attachments/records", "/api/batch",
		"/api/collections/clients/request-otp", "/api/collections/clients/auth-with-otp"} {
		// The body has no Content-Length, so its size is known only by reading it; the server must stop reading before its
		// end.
		body := &counter{Reader: io.LimitReader(endless{}, 1<<30)}
		request, err := http.NewRequest("POST", e.URL+path, io.MultiReader(strings.NewReader(`{"body":"`), body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Authorization", e.ana.Token)
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			response.Body.Close()
			if response.StatusCode < 400 || response.StatusCode >= 500 {
				t.Errorf("%s: %s", path, response.Status)
			}
		}
		if taken := body.n.Load(); taken > 64<<20 {
			t.Errorf("%s: %d MB were taken", path, taken>>20)
		}
	}
	announced, err := http.NewRequest("POST", e.URL+"/api/collections/attachments/records", io.LimitReader(endless{}, 1<<30))
	if err != nil {
		t.Fatal(err)
	}
	announced.ContentLength = 1 << 30
	announced.Header.Set("Content-Type", "application/json")
	announced.Header.Set("Authorization", e.ana.Token)
	if response, err := http.DefaultClient.Do(announced); err == nil {
		said, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if response.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(string(said), "larger than the 4 MB") {
			t.Errorf("%s: %s", response.Status, said)
		}
	}
	if !maps.Equal(before, e.everything(t)) {
		t.Error("something was written")
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}

type counter struct {
	io.Reader
	n atomic.Int64 // atomic because the connection may still be sending
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n.Add(int64(n))
	return n, err
}
