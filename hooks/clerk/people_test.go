package clerk_test

import (
	"net/http"
	"testing"

	"greenroom/hooks/testkit"
)

// TestClerkLinksPeopleAsItLinksClients: a user with the address of one of a client's people is linked to that person
// and does not become a client. The person can sign in, and deleting the user does not affect the client.
func TestClerkLinksPeopleAsItLinksClients(t *testing.T) {
	i := newIssuer(t)
	environment := i.environment()
	environment["CLERK_WEBHOOK_SECRET"] = secret
	s := testkit.New(t, environment)
	ana, anas := s.Client("ana")
	bea := s.Make("clients", map[string]any{"account": ana.Id, "access": "work", "name": "Bea", "email": "bea@example.com"})
	project := s.Make("projects", map[string]any{"client": ana.Id, "title": "Album", "serviceType": "AUDIO"})

	p := person{id: "user_bea", first: "Beatrice", email: "BEA@example.com", at: 1}
	deliver(t, s, p.event(t, "created"), http.StatusNoContent)
	linked := clientOf(t, s, p.id)
	if linked == nil || linked.Id != bea.Id || linked.GetString("account") != ana.Id || linked.GetString("access") != "work" {
		t.Fatalf("linked %v", linked)
	}
	if count, err := s.App.CountRecords("clients"); count != 2 || err != nil {
		t.Errorf("%d clients, %v", count, err)
	}

	answer := signIn(s, i.session(p.id))
	wantSignedIn(t, s, answer, p.id)
	token, _ := answer.JSON()["token"].(string)
	if page := s.Do("GET", "/api/portal/projects/"+project.Id, token, nil); page.Status != 200 {
		t.Errorf("the client's project: %d %s", page.Status, page.Raw)
	}
	if money := s.Do("GET", "/api/portal/invoices", token, nil); money.Status != 403 {
		t.Errorf("the invoices: %d %s", money.Status, money.Raw)
	}

	deliver(t, s, person{id: p.id, at: 2}.event(t, "deleted"), http.StatusNoContent)
	if page := s.Do("GET", "/api/portal/overview", token, nil); page.Status != 401 {
		t.Errorf("the sign-in of a deleted user: %d", page.Status)
	}
	if page := s.Do("GET", "/api/portal/overview", anas, nil); page.Status != 200 {
		t.Errorf("their client: %d", page.Status)
	}
}
