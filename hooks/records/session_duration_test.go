package records_test

import (
	"testing"
	"time"

	"greenroom/hooks/testkit"
)

// TestASessionTakesItsDurationFromItsBooking: the duration of a session without one comes from its own client's
// booking.
func TestASessionTakesItsDurationFromItsBooking(t *testing.T) {
	s := testkit.New(t, nil)
	ana, _ := s.Client("ana")
	ben, _ := s.Client("ben")
	project := s.Make("projects", map[string]any{"client": ana.Id, "title": "Album", "serviceType": "AUDIO"})
	start := time.Now().Add(-3 * time.Hour)
	book := func(client, event string, length time.Duration) {
		s.Make("bookings", map[string]any{"client": client, "calendarEventId": event, "title": "Call", "startTime": start, "endTime": start.Add(length)})
	}
	book(ana.Id, "hers", 50*time.Minute)
	book(ben.Id, "shared", 20*time.Minute)
	book(ana.Id, "shared~"+ana.Id, 20*time.Minute)
	book(ben.Id, "his", 30*time.Minute)
	book(ana.Id, "moment", 0)
	book(ana.Id, "odd", 44*time.Minute+40*time.Second)

	for name, c := range map[string]struct {
		fields map[string]any
		want   int
	}{
		"from the booking":             {map[string]any{"calendarEventId": "hers"}, 50},
		"given":                        {map[string]any{"calendarEventId": "hers", "durationMin": 75}, 75},
		"given as nothing":             {map[string]any{"calendarEventId": "hers", "durationMin": 0}, 50},
		"the event of several clients": {map[string]any{"calendarEventId": "shared"}, 20},
		"her own id of such an event":  {map[string]any{"calendarEventId": "shared~" + ana.Id}, 20},
		"another client's":             {map[string]any{"calendarEventId": "his"}, 0},
		"another client's id":          {map[string]any{"calendarEventId": "shared~" + ben.Id}, 0},
		"an event without booking":     {map[string]any{"calendarEventId": "nowhere"}, 0},
		"a moment":                     {map[string]any{"calendarEventId": "moment"}, 0},
		"with seconds":                 {map[string]any{"calendarEventId": "odd"}, 45},
		"no event":                     {nil, 0},
	} {
		body := map[string]any{"project": project.Id, "title": name}
		for field, value := range c.fields {
			body[field] = value
		}
		answer := s.Do("POST", "/api/collections/sessions/records", s.Owner, body)
		if got := answer.JSON()["durationMin"]; answer.Status != 200 || got != float64(c.want) {
			t.Errorf("%s: %d, %v minutes, want %d", name, answer.Status, got, c.want)
		}
	}

	// A booking that is named later fills in a missing duration, and never replaces one that the owner has given.
	session := s.Make("sessions", map[string]any{"project": project.Id, "title": "Call"})
	path := "/api/collections/sessions/records/" + session.Id
	for _, step := range []struct {
		body map[string]any
		want float64
	}{
		{map[string]any{"calendarEventId": "hers"}, 50},
		{map[string]any{"durationMin": 10}, 10},
		{map[string]any{"calendarEventId": "odd"}, 10},
		{map[string]any{"durationMin": 0}, 0},
	} {
		if answer := s.Do("PATCH", path, s.Owner, step.body); answer.JSON()["durationMin"] != step.want {
			t.Errorf("%v: %d %s", step.body, answer.Status, answer.Raw)
		}
	}
}
