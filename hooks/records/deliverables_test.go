package records_test

import (
	"testing"

	"greenroom/hooks/testkit"
)

func TestOwnerSetsAnyStatusAndTheTimesFollow(t *testing.T) {
	s := testkit.New(t, nil)
	deliverable := testkit.NewHousehold(t, s, "ana").Records["deliverables"]
	for _, step := range []struct {
		status              string
		delivered, approved bool
	}{
		{"PENDING", true, false}, {"APPROVED", true, true}, {"DELIVERED", true, false}, {"IN_PROGRESS", true, false}, {"APPROVED", true, true}, {"PENDING", true, false},
	} {
		answer := s.Do("PATCH", testkit.RecordPath(deliverable), s.Owner, map[string]any{"status": step.status, "approvedAt": "2020-01-01 00:00:00Z", "deliveredAt": ""})
		now := s.Reload(deliverable)
		if answer.Status != 200 || now.GetString("status") != step.status || (now.GetString("deliveredAt") != "") != step.delivered ||
			(now.GetString("approvedAt") != "") != step.approved || now.GetDateTime("approvedAt").Time().Year() == 2020 {
			t.Errorf("to %s: %d %s", step.status, answer.Status, answer.Raw)
		}
	}
}

func TestDeliveringAgainGivesANewTime(t *testing.T) {
	s := testkit.New(t, nil)
	h := testkit.NewHousehold(t, s, "ana")
	deliverable := h.Records["deliverables"]
	deliverable.Set("deliveredAt", "2020-01-01 00:00:00Z") // a program may set an earlier date
	if err := s.App.Save(deliverable); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		token string
		body  map[string]any
	}{
		{h.Token, map[string]any{"status": "IN_PROGRESS", "feedback": "louder"}},
		{s.Owner, map[string]any{"status": "DELIVERED"}},
		// In a second round the same words are a new request.
		{h.Token, map[string]any{"status": "IN_PROGRESS", "feedback": "louder"}},
		{s.Owner, map[string]any{"status": "DELIVERED"}},
		{h.Token, map[string]any{"status": "APPROVED"}},
	} {
		if answer := s.Do("PATCH", testkit.RecordPath(deliverable), step.token, step.body); answer.Status != 200 {
			t.Fatalf("%v: %d %s", step.body, answer.Status, answer.Raw)
		}
	}
	now := s.Reload(deliverable)
	if now.GetDateTime("deliveredAt").Time().Year() == 2020 || now.GetString("approvedAt") == "" || now.GetString("feedback") != "louder" {
		t.Errorf("delivered %s, approved %s, feedback %q", now.GetString("deliveredAt"), now.GetString("approvedAt"), now.GetString("feedback"))
	}
	// A second press of the same button succeeds and changes nothing.
	again := s.Do("PATCH", testkit.RecordPath(deliverable), h.Token, map[string]any{"status": "APPROVED"})
	if answered := again.JSON()["approvedAt"]; again.Status != 200 || answered != now.GetString("approvedAt") {
		t.Errorf("approved twice: %d %s", again.Status, again.Raw)
	}
}

func TestAFileBelongsToOneDeliverable(t *testing.T) {
	s := testkit.New(t, nil)
	h := testkit.NewHousehold(t, s, "ana")
	body := map[string]any{"project": h.Records["projects"].Id, "title": "second", "attachment": h.James["attachments"].Id}
	if answer := s.Do("POST", "/api/collections/deliverables/records", s.Owner, body); answer.Status != 400 {
		t.Errorf("two deliverables with one file: %d %s", answer.Status, answer.Raw)
	}
	if answer := s.Do("DELETE", testkit.RecordPath(h.James["attachments"]), s.Owner, nil); answer.Status != 204 {
		t.Fatal(answer.Status)
	}
	if left := s.Reload(h.Records["deliverables"]).GetString("attachment"); left != "" {
		t.Errorf("the deliverable still points to the deleted file %s", left)
	}
}

func TestTicksGetTheServersTime(t *testing.T) {
	s := testkit.New(t, nil)
	h := testkit.NewHousehold(t, s, "ana")
	for _, collection := range []string{"goals", "action_items"} {
		path := testkit.RecordPath(h.Records[collection])
		tick := func(token, at string) string {
			answer := s.Do("PATCH", path, token, map[string]any{"completedAt": at})
			if answer.Status != 200 {
				t.Fatalf("%s: %d %s", collection, answer.Status, answer.Raw)
			}
			return s.Reload(h.Records[collection]).GetString("completedAt")
		}
		first := tick(h.Token, "2020-01-01 00:00:00Z")
		if first == "" || first[:4] == "2020" {
			t.Errorf("%s: a tick took the client's time %s", collection, first)
		}
		if second := tick(h.Token, "2021-01-01 00:00:00Z"); second != first {
			t.Errorf("%s: a second tick moved the first one's time to %s", collection, second)
		}
		if cleared := tick(h.Token, ""); cleared != "" {
			t.Errorf("%s: unticked, and still done at %s", collection, cleared)
		}
		if owners := tick(s.Owner, "2020-01-01 00:00:00Z"); owners != "2020-01-01 00:00:00.000Z" {
			t.Errorf("%s: the owner's time became %s", collection, owners)
		}
	}
}
