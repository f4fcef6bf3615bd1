package booking_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/dbx"

	"greenroom/hooks/testkit"
)

// TestBookingScansNothing: however many clients and meetings there are, those of a day are found by an index.
func TestBookingScansNothing(t *testing.T) {
	f := testkit.NewGoogle(t)
	recorder := new(testkit.Recorder)
	s := testkit.Connect(t, testkit.Dir(t), environment(f), recorder.Connect)
	client, ana := s.Client("ana")
	syncNow(t, s, false)
	for i := range 40 {
		other, _ := s.Client(fmt.Sprintf("client%d", i))
		s.Make("bookings", map[string]any{"client": other.Id, "calendarEventId": fmt.Sprint("event", i), "title": "Call",
			"startTime": time.Now().AddDate(0, 0, -i), "endTime": time.Now().AddDate(0, 0, -i).Add(time.Hour)})
	}
	person := s.Make("clients", map[string]any{"account": client.Id, "access": "all", "email": "kim@example.com", "name": "Kim"})
	recorder.During(func() {
		for _, token := range []string{ana, testkit.Token(t, person)} {
			made := mustBook(t, s, token, in(72), 30)
			offers(t, s, token, in(72), 30, "moving", made["id"].(string))
			wants(t, "move", s.Do("PATCH", one(made), token, map[string]any{"start": wire(in(73)), "duration": 30}), 200)
			wants(t, "cancel", s.Do("DELETE", one(made), token, nil), 204)
		}
	})
	if len(recorder.Statements()) < 10 {
		t.Fatalf("only %d statements were seen", len(recorder.Statements()))
	}
	db := s.App.ConcurrentDB().(*dbx.DB).DB()
	for _, analyzed := range []bool{false, true} {
		if analyzed {
			if _, err := s.App.NonconcurrentDB().NewQuery("ANALYZE").Execute(); err != nil {
				t.Fatal(err)
			}
		}
		for _, statement := range recorder.Statements() {
			steps, err := recorder.Plan(db, statement)
			if err != nil {
				continue // BEGIN and the like have no plan
			}
			for _, step := range steps {
				if strings.HasPrefix(step, "SCAN") && !strings.HasPrefix(step, "SCAN CONSTANT ROW") && !strings.Contains(step, "json_each") && !strings.HasPrefix(step, "SCAN j VIRTUAL TABLE") {
					t.Errorf("analyzed %t: %s\n\tin %s", analyzed, step, statement)
				}
			}
		}
	}
}
