package portal_test

import (
	"testing"

	"greenroom/hooks/testkit"
)

func TestSessionsSayHowManyCommentsTheyHave(t *testing.T) {
	r := newRoom(t)
	in := fields{"project": r.Project("Album").Id}
	talked := r.With("sessions", fields{"title": "Talked about", "date": "2026-11-02 10:00:00Z"}, in)
	r.With("sessions", fields{"title": "Silent", "date": "2026-11-01 10:00:00Z"}, in)
	r.With("comments", fields{"session": talked.Id, "body": "one"})
	gone := r.SaveAs(r.AnaToken, "POST", "comments/records", fields{"session": talked.Id, "body": "two"})
	r.SaveAs(r.AnaToken, "POST", "comments/records", fields{"session": talked.Id, "body": "three"})
	r.SaveAs(r.AnaToken, "DELETE", "comments/records/"+gone["id"].(string), nil)
	for _, token := range []string{r.AnaToken, r.Owner} {
		list := r.Do("GET", "/api/collections/sessions/records?sort=-date", token, nil).JSON()
		sessions := testkit.List(t, list, "items")
		if len(sessions) != 2 || sessions[0]["commentCount"] != 2.0 || sessions[1]["commentCount"] != 0.0 {
			t.Errorf("%v", sessions)
		}
	}
	if list := r.Do("GET", "/api/collections/sessions/records", r.BenToken, nil).JSON(); len(testkit.List(t, list, "items")) != 0 {
		t.Errorf("Ben gets %v", list)
	}
}
