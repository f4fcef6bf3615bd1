package integrations_test

import (
	"testing"

	"greenroom/hooks/testkit"
)

func TestHealthIsForTheOwner(t *testing.T) {
	const path = "/api/portal/health"
	for name, tc := range map[string]struct {
		environment map[string]string
		rows        []map[string]any
		want        map[string]any
	}{
		"off": {nil, []map[string]any{{"name": "clerk", "state": "ok"}},
			map[string]any{"name": "clerk", "configured": false, "state": "off", "lastSuccessAt": "", "lastError": "", "troubles": 0.0}},
		"not heard of yet": {map[string]string{"CLERK_WEBHOOK_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, nil,
			map[string]any{"name": "clerk", "configured": true, "state": "waiting", "lastSuccessAt": "", "lastError": "", "troubles": 0.0}},
		"well, with a trouble": {map[string]string{"CLERK_WEBHOOK_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
			[]map[string]any{{"name": "clerk", "state": "ok", "lastSuccessAt": "2026-01-01 10:00:00.000Z"}, {"name": "clerk:user_1", "state": "conflict", "lastError": "x"},
				{"name": "clerk:user_2", "state": "deleted"}, {"name": "demo", "state": "loaded"}},
			map[string]any{"name": "clerk", "configured": true, "state": "ok", "lastSuccessAt": "2026-01-01T10:00:00.000Z", "lastError": "", "troubles": 1.0}},
	} {
		t.Run(name, func(t *testing.T) {
			s := testkit.New(t, tc.environment)
			for _, row := range tc.rows {
				s.Make("integrations", row)
			}
			_, client := s.Client("ana")
			for token, status := range map[string]int{"": 401, client: 403} {
				if answer := s.Do("GET", path, token, nil); answer.Status != status {
					t.Errorf("%d %s, want %d", answer.Status, answer.Raw, status)
				}
			}
			answer := s.Do("GET", path, s.Owner, nil)
			all, _ := answer.JSON()["integrations"].([]any)
			if answer.Status != 200 || len(all) == 0 {
				t.Fatalf("%d %s", answer.Status, answer.Raw)
			}
			got, _ := all[0].(map[string]any)
			for key, want := range tc.want {
				if got[key] != want {
					t.Errorf("%s is %v, want %v", key, got[key], want)
				}
			}
		})
	}
}
