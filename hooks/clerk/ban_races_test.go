package clerk_test

import (
	"net/http"
	"sync"
	"testing"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/testkit"
)

// A ban, or its end, can arrive while the owner or the client saves the client's record. The ban is kept, and so are
// the fields that they changed.
func TestABanWithinASaveIsKept(t *testing.T) {
	for name, c := range map[string]struct {
		byOwner, banned bool // who saves the record, and which event arrives meanwhile
		change          map[string]any
	}{
		"a ban, the owner saves":   {true, true, map[string]any{"company": "Slow Thaw"}},
		"its end, the owner saves": {true, false, map[string]any{"company": "Slow Thaw"}},
		"a ban, the client saves":  {false, true, map[string]any{"timezone": "Europe/Berlin"}},
	} {
		t.Run(name, func(t *testing.T) {
			i := newIssuer(t)
			s := linkedStudio(t, i)
			p := person{id: "user_ann", first: "Ann", email: "ann@example.com", at: 2}
			deliver(t, s, p.event(t, "updated", set("banned", !c.banned)), http.StatusNoContent)
			client := clientOf(t, s, "user_ann")
			token := s.Owner
			if !c.byOwner {
				var err error
				if token, err = client.NewAuthToken(); err != nil {
					t.Fatal(err)
				}
			}
			var once sync.Once
			s.App.OnRecordUpdateRequest("clients").BindFunc(func(e *core.RecordRequestEvent) error {
				once.Do(func() {
					p.at = 3
					deliver(t, s, p.event(t, "updated", set("banned", c.banned)), http.StatusNoContent)
				})
				return e.Next()
			})
			answer := s.Do("PATCH", testkit.RecordPath(client), token, c.change)
			client = s.Reload(client)
			if client.GetBool("clerkBanned") != c.banned || client.GetInt("clerkBanAt") != 3 {
				t.Errorf("banned %v at %d after a save that got %d %s", client.GetBool("clerkBanned"), client.GetInt("clerkBanAt"), answer.Status, answer.Raw)
			}
			for field, value := range c.change {
				if answer.Status != http.StatusOK || client.Get(field) != value {
					t.Errorf("the save got %d, and %s is %v", answer.Status, field, client.Get(field))
				}
			}
			if status := signIn(s, i.session("user_ann")).Status; (status == http.StatusOK) == c.banned {
				t.Errorf("banned %v, and signing in gets %d", c.banned, status)
			}
		})
	}
}
