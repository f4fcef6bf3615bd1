package records_test

import (
	"testing"

	"greenroom/hooks/testkit"
)

func TestAProjectMovesWithAllUnderIt(t *testing.T) {
	s := testkit.New(t, nil)
	ana, ben := testkit.NewHousehold(t, s, "ana"), testkit.NewHousehold(t, s, "ben")
	if answer := s.Do("PATCH", testkit.RecordPath(ana.Records["projects"]), s.Owner, map[string]any{"client": ben.Client.Id}); answer.Status != 200 {
		t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	for collection, record := range ana.Records {
		if collection == "clients" || collection == "bookings" {
			continue
		}
		if got := s.Reload(record).GetString("client"); got != ben.Client.Id {
			t.Errorf("%s is still %s's", collection, got)
		}
		if answer := s.Do("GET", testkit.RecordPath(record), ana.Token, nil); answer.Status != 404 {
			t.Errorf("%s can still be read by Ana: %d", collection, answer.Status)
		}
		if answer := s.Do("GET", testkit.RecordPath(record), ben.Token, nil); answer.Status != 200 {
			t.Errorf("%s cannot be read by Ben: %d", collection, answer.Status)
		}
	}
	for collection, record := range ana.James {
		if got := s.Reload(record).GetString("client"); got != ben.Client.Id {
			t.Errorf("James's %s is still %s's", collection, got)
		}
	}
	if got := s.Reload(ana.Records["bookings"]).GetString("client"); got != ana.Client.Id {
		t.Error("the meeting went along")
	}
}

func TestARecordMovesToAnotherProject(t *testing.T) {
	s := testkit.New(t, nil)
	ana, ben := testkit.NewHousehold(t, s, "ana"), testkit.NewHousehold(t, s, "ben")
	move := func(record string) testkit.Answer {
		return s.Do("PATCH", testkit.RecordPath(ana.Records[record]), s.Owner, map[string]any{"project": ben.Records["projects"].Id})
	}
	for _, collection := range []string{"milestones", "goals", "action_items", "attachments"} {
		if answer := move(collection); answer.Status != 200 || s.Reload(ana.Records[collection]).GetString("client") != ben.Client.Id {
			t.Errorf("%s: %d %s", collection, answer.Status, answer.Raw)
		}
	}
	if comment := s.Reload(ana.Records["comments"]); comment.GetString("client") != ben.Client.Id {
		t.Error("a milestone's comment stayed behind")
	}

	// The deliverable holds a file of the session, so neither can move to another project alone.
	for _, collection := range []string{"sessions", "deliverables"} {
		if answer := move(collection); answer.Status != 400 || s.Reload(ana.Records[collection]).GetString("client") != ana.Client.Id {
			t.Errorf("%s: %d %s, want 400 and no move", collection, answer.Status, answer.Raw)
		}
	}
	if answer := s.Do("PATCH", testkit.RecordPath(ana.Records["deliverables"]), s.Owner, map[string]any{"attachment": ""}); answer.Status != 200 {
		t.Fatal(answer.Status)
	}
	if answer := move("sessions"); answer.Status != 200 {
		t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	file := s.Reload(ana.James["attachments"])
	if file.GetString("project") != ben.Records["projects"].Id || file.GetString("client") != ben.Client.Id {
		t.Errorf("the session's file stayed in project %s of %s", file.GetString("project"), file.GetString("client"))
	}
	if comment := s.Reload(ana.James["comments"]); comment.GetString("client") != ben.Client.Id {
		t.Error("a session's comment stayed behind")
	}
}

func TestTheClientColumnIsNeverInput(t *testing.T) {
	s := testkit.New(t, nil)
	ana, ben := testkit.NewHousehold(t, s, "ana"), testkit.NewHousehold(t, s, "ben")
	for _, collection := range []string{"milestones", "sessions", "goals", "deliverables", "action_items", "attachments", "comments"} {
		record := s.Reload(ana.Records[collection])
		record.Set("client", ben.Client.Id)
		if err := s.App.Save(record); err != nil {
			t.Fatal(err)
		}
		if got := s.Reload(record).GetString("client"); got != ana.Client.Id {
			t.Errorf("%s: a program gave it to %s", collection, got)
		}
	}
}
