package records_test

import (
	"fmt"
	"testing"

	"greenroom/hooks/testkit"
)

// TestTicksAndFilesNameWhoDidIt has a client, one of their people and the owner tick items and send files.
func TestTicksAndFilesNameWhoDidIt(t *testing.T) {
	r := testkit.NewRoom(t)
	project := r.Project("Album")
	drums := testkit.Token(t, r.With("clients", testkit.Fields{"email": "drums@example.com", "name": "Drums", "account": r.Ana.Id, "access": "work"}))
	goal := r.With("goals", testkit.Fields{"project": project.Id, "title": "Release"})
	item := r.With("action_items", testkit.Fields{"project": project.Id, "title": "Stems", "assignedTo": "client"})
	for _, step := range []struct{ token, completedAt, want string }{
		// A second tick leaves the first one's name.
		{drums, "2026-01-01 10:00:00Z", "Drums"}, {r.AnaToken, "2026-01-02 10:00:00Z", "Drums"},
		{r.AnaToken, "", ""}, {r.AnaToken, "2026-01-01 10:00:00Z", "Ana"}, {r.Owner, "", ""}, {r.Owner, "2026-01-01 10:00:00Z", ""},
	} {
		for _, record := range []string{"goals/records/" + goal.Id, "action_items/records/" + item.Id} {
			saved := r.SaveAs(step.token, "PATCH", record, testkit.Fields{"completedAt": step.completedAt})
			if saved["authorName"] != step.want {
				t.Errorf("%s, completed at %q: by %v, want %q", record, step.completedAt, saved["authorName"], step.want)
			}
		}
	}
	for token, want := range map[string]string{drums: "client Drums", r.AnaToken: "client Ana", r.Owner: "james "} {
		contentType, body := testkit.Upload(t, "a take", map[string]string{"project": project.Id})
		file := r.Send("POST", "/api/collections/attachments/records", token, contentType, body).JSON()
		if got := fmt.Sprint(file["uploadedBy"], " ", file["authorName"]); got != want {
			t.Errorf("a file is from %q, want %q", got, want)
		}
	}
}
