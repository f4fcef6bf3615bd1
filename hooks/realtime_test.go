package hooks_test

import (
	"testing"

	"greenroom/hooks/testkit"
)

// TestRealtimeKeepsTheRules subscribes to every topic while the owner changes each of Ana's records. Ana and the owner
// get each change. Another client gets nothing until the owner makes one that they may see.
func TestRealtimeKeepsTheRules(t *testing.T) {
	e := newEstate(t, testkit.New(t, nil))
	topics := []string{"portal"}
	for _, collection := range collections() {
		topics = append(topics, collection, collection+"/*", collection+"/"+e.ofAna(collection).Id)
	}
	for who, token := range map[string]string{"guest": "", "archived client": e.cy.Token} {
		if answer := testkit.Dial(t, e.URL).Subscribe(token, topics...); answer.Status != 401 {
			t.Errorf("%s may subscribe: %d %s", who, answer.Status, answer.Raw)
		}
	}
	ana, ben, owner := e.Live(e.ana.Token, topics...), e.Live(e.ben.Token, topics...), e.Live(e.Owner, topics...)
	changes := map[string]map[string]any{
		"clients": {"company": "x"}, "projects": {"description": "x"}, "milestones": {"description": "x"}, "sessions": {"notes": "x"},
		"goals": {"description": "x"}, "action_items": {"dueDate": "2027-01-01 00:00:00Z"}, "deliverables": {"description": "x"},
		"attachments": {"filename": "x"}, "comments": {"body": "x"}, "bookings": {"meetUrl": "https://meet.example.com/x"}, "integrations": {"state": "x"},
		"outbox": {"lastError": "x"},
	}
	for _, collection := range collections() {
		record := e.ofAna(collection)
		if answer := e.Do("PATCH", testkit.RecordPath(record), e.Owner, changes[collection]); answer.Status != 200 {
			t.Fatalf("%s: %d %s", collection, answer.Status, answer.Raw)
		}
		isIt := func(m testkit.LiveMessage) bool { return m.Topic == "portal" && m.Id() == record.Id }
		if collection == "outbox" { // no page shows the outbox
			isIt = func(m testkit.LiveMessage) bool { return m.Id() == record.Id }
		}
		owner.Before(isIt)
		if promised[collection].read {
			ana.Before(isIt)
		}
	}
	fence := e.ben.Records["goals"]
	if answer := e.Do("PATCH", testkit.RecordPath(fence), e.Owner, map[string]any{"title": "fence"}); answer.Status != 200 {
		t.Fatal(answer.Status)
	}
	isFence := func(m testkit.LiveMessage) bool { return m.Topic == "portal" && m.Id() == fence.Id }
	for _, heard := range ben.Before(isFence) {
		if heard.Id() != fence.Id { // PocketBase's own topics send the record itself
			t.Errorf("another client heard %s on %s", heard, heard.Topic)
		}
	}
}

func TestArchivingClosesLiveConnections(t *testing.T) {
	s := testkit.New(t, nil)
	ana, anaToken := s.Client("ana")
	_, benToken := s.Client("ben")
	lines := []*testkit.Live{s.Live(anaToken, "portal"), s.Live(anaToken, "comments/*")}
	other := s.Live(benToken, "portal")
	if answer := s.Do("PATCH", testkit.RecordPath(ana), s.Owner, map[string]any{"archivedAt": "2026-01-01 00:00:00Z"}); answer.Status != 200 {
		t.Fatal(answer.Status)
	}
	for _, line := range lines {
		line.Ended()
	}
	ben, err := s.App.FindAuthRecordByEmail("clients", "ben@example.com")
	if err != nil {
		t.Fatal(err)
	}
	if answer := s.Do("PATCH", testkit.RecordPath(ben), s.Owner, map[string]any{"company": "x"}); answer.Status != 200 {
		t.Fatal(answer.Status)
	}
	if m := other.Next(); m.Id() != ben.Id {
		t.Errorf("the other client heard %s first", m)
	}
}

func TestErasingAClientClosesLiveConnections(t *testing.T) {
	s := testkit.New(t, nil)
	ana, token := s.Client("ana")
	line := s.Live(token, "portal")
	if answer := s.Do("DELETE", testkit.RecordPath(ana), s.Owner, nil); answer.Status != 204 {
		t.Fatal(answer.Status)
	}
	line.Ended()
}
