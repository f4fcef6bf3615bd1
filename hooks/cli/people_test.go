package cli

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"greenroom/hooks/testkit"
)

func TestPeople(t *testing.T) {
	s := testkit.New(t, nil)
	s.Make("clients", map[string]any{"email": "nora@example.com", "name": "Nora Quinn"})
	s.Make("clients", map[string]any{"email": "ben@example.com", "name": "Ben"})
	for _, step := range []struct{ args, want string }{
		{"nora@example.com list", "No people to list.\n"},
		{"nora@example.com add bea@example.com --name Bea --access work", "Invited Bea, bea@example.com.\n"},
		{"nora@example.com list", "Bea, bea@example.com, without money, invited\n"},
		{"nora@example.com add BEA@example.com", "This address has been invited already"},
		{"nora@example.com add nora@example.com", "This is the client's own address"},
		{"nora@example.com add ben@example.com", "This is the address of Ben already"},
		{"nora@example.com add x@example.com --access none", "The access of a person is all or work"},
		{"bea@example.com list", "Bea, bea@example.com is one of a client's people"},
		{"nora@example.com add", "the person's email is missing"},
		{"nora@example.com dance", `"dance" is not add, remove or list`},
		{"nobody@example.com list", "no client has the email"},
		{"nora@example.com remove ben@example.com", "Nora Quinn, nora@example.com has no person"},
		{"nora@example.com remove bea@example.com", "Removed Bea, bea@example.com. Their sign-ins have ended.\n"},
		{"nora@example.com list", "No people to list.\n"},
	} {
		out, err := execute(t, s.App, append([]string{"people"}, strings.Fields(step.args)...)...)
		if err != nil {
			out += err.Error()
		}
		if !strings.HasPrefix(out, step.want) {
			t.Errorf("%s: got %q, want %q…", step.args, out, step.want)
		}
	}
}

// TestPeopleReachTheRunningServer: a person who is added can sign in at once, and the sign-ins and connections of one
// who is removed end at once.
func TestPeopleReachTheRunningServer(t *testing.T) {
	dir := testkit.Dir(t)
	s := serve(t, dir)
	save(t, s, "clients", map[string]any{"email": "nora@example.com", "name": "Nora"})
	if out := must(t, open(t, dir), "people", "nora@example.com", "add", "bea@example.com", "--access", "work"); !strings.HasPrefix(out, "Invited bea@example.com") {
		t.Error(out)
	}
	bea, err := s.App.FindAuthRecordByEmail("clients", "bea@example.com")
	if err != nil {
		t.Fatal(err)
	}
	token, err := bea.NewAuthToken()
	if err != nil {
		t.Fatal(err)
	}
	if status := get(t, s.url+"/api/portal/overview", token); status != http.StatusOK {
		t.Fatalf("who was added: %d", status)
	}
	ended := subscribe(t, s.url, token)
	must(t, open(t, dir), "people", "nora@example.com", "remove", "bea@example.com")
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Error("the live connection is still open")
	}
	if status := get(t, s.url+"/api/portal/overview", token); status != http.StatusUnauthorized {
		t.Errorf("the token still gets %d", status)
	}
}

// TestAnInvitationThatDoesNotLeave: the error tells by which command it can be sent again.
func TestAnInvitationThatDoesNotLeave(t *testing.T) {
	s := testkit.New(t, map[string]string{"SMTP_URL": "smtp://" + testkit.FreeAddress(t) + "?from=studio@example.com"})
	s.Make("clients", map[string]any{"email": "nora@example.com", "name": "Nora Quinn"})
	_, err := execute(t, s.App, "people", "nora@example.com", "add", "bea@example.com")
	if err == nil || !strings.HasPrefix(err.Error(), "bea@example.com was added, but the invitation did not leave") || !strings.HasSuffix(err.Error(), "greenroom client invite bea@example.com") {
		t.Errorf("it says %v", err)
	}
}
