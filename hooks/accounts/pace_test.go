package accounts_test

import (
	"fmt"
	"strings"
	"testing"

	"greenroom/hooks/testkit"
)

// TestInvitationsAreBounded invites one address and removes it again and again, and then invites many addresses. The
// owner has no limit.
func TestInvitationsAreBounded(t *testing.T) {
	r := newRoom(t)
	settings := r.App.Settings()
	settings.RateLimits.Enabled = true
	if err := r.App.Save(settings); err != nil {
		t.Fatal(err)
	}
	invited := 0
	for invited < 10 {
		answer := r.invite(r.AnaToken, "eve@example.com", "all")
		if answer.Status == 429 {
			if !strings.Contains(answer.Message(), "several times") || answer.Header.Get("Retry-After") == "" {
				t.Errorf("%s, retry after %q", answer.Message(), answer.Header.Get("Retry-After"))
			}
			break
		}
		invited++
		if gone := r.Do("DELETE", people+"/"+fmt.Sprint(answer.JSON()["id"]), r.AnaToken, nil); gone.Status != 204 {
			t.Fatalf("%d %s", gone.Status, gone.Raw)
		}
	}
	if invited != 2 {
		t.Errorf("one address was invited %d times within a minute", invited)
	}
	if answer := r.invite(r.BenToken, "eve@example.com", "all"); answer.Status != 201 {
		t.Errorf("another client: %d %s", answer.Status, answer.Raw)
	}
	refused := 0
	for i := range 25 {
		answer := r.invite(r.AnaToken, fmt.Sprintf("singer%d@example.com", i), "work")
		if answer.Status == 429 && strings.Contains(answer.Message(), "many people") {
			refused++
		}
	}
	if refused != 25-17 { // three addresses were invited above
		t.Errorf("%d of 25 were refused", refused)
	}
	if answer := r.invite(r.Owner, "manager@example.com", "all", testkit.Fields{"client": r.Ana.Id}); answer.Status != 201 {
		t.Errorf("the owner: %d %s", answer.Status, answer.Raw)
	}
}
