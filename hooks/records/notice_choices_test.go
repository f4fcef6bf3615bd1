package records_test

import (
	"testing"

	"greenroom/hooks/testkit"
)

// TestChoicesAboutMail tries what a client can and cannot choose. Nobody can choose the key of the unsubscribe link.
func TestChoicesAboutMail(t *testing.T) {
	s := testkit.New(t, nil)
	ana, token := s.Client("ana")
	if ana.GetString("notices") != "each" || ana.GetString("digestAt") != "08:00" || ana.GetString("timezone") != "" || len(ana.GetString("unsubscribeKey")) < 40 {
		t.Errorf("a new client has %v", ana)
	}
	for _, tc := range []struct {
		field, value string
		status       int
	}{
		{"notices", "daily", 200}, {"notices", "none", 200}, {"notices", "each", 200}, {"notices", "hourly", 400}, {"notices", "", 400},
		{"digestAt", "00:00", 200}, {"digestAt", "23:00", 200}, {"digestAt", "24:00", 400}, {"digestAt", "8:00", 400}, {"digestAt", "08:30", 400}, {"digestAt", "", 400},
		{"timezone", "America/New_York", 200}, {"timezone", "", 200}, {"timezone", "Mars/Olympus", 400}, {"timezone", "Local", 400}, {"timezone", "../etc/localtime", 400},
	} {
		answer := s.Do("PATCH", testkit.RecordPath(ana), token, map[string]any{tc.field: tc.value})
		if answer.Status != tc.status || tc.status == 400 && answer.Message() == "" {
			t.Errorf("%s %q: %d %s, want %d", tc.field, tc.value, answer.Status, answer.Raw, tc.status)
		}
		if testkit.Leaks(answer, "unsubscribeKey\"") {
			t.Errorf("the key is shown: %s", answer.Raw)
		}
	}
	key := ana.GetString("unsubscribeKey")
	s.Do("PATCH", testkit.RecordPath(ana), token, map[string]any{"unsubscribeKey": "mine"})
	if s.Reload(ana).GetString("unsubscribeKey") != key {
		t.Error("a client chose the key")
	}
}
