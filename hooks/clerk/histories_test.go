package clerk_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"greenroom/hooks/testkit"
)

// A person who deletes their account at Clerk and signs up again is a new user with the same address.
func TestASecondAccountOfTheSamePersonByOIDC(t *testing.T) {
	p := newProvider(t)
	s := testkit.New(t, p.environment())
	wantSignedIn(t, s, p.come(s, "", "user_first", "ann@example.com", true), "user_first")
	client := clientOf(t, s, "user_first")
	deliver(t, s, person{id: "user_first"}.event(t, "deleted"), http.StatusNoContent)
	wantSignedIn(t, s, p.come(s, "", "user_second", "ann@example.com", true), "user_second")
	if clientOf(t, s, "user_second").Id != client.Id {
		t.Error("the work was left behind")
	}
}

// An old event can be sent again (Clerk's dashboard has a button for it) although its user has given the address up. A
// client whom James has made with it since is somebody else and must not be linked.
func TestAnOldEventSentAgainTakesNobodysClient(t *testing.T) {
	s := hooked(t)
	old := person{id: "user_ann", first: "Ann", email: "desk@example.com", at: 1}
	deliver(t, s, old.event(t, "created"), http.StatusNoContent)
	now := person{id: "user_ann", first: "Ann", email: "ann@example.com", at: 2}
	deliver(t, s, now.event(t, "updated"), http.StatusNoContent)
	other := s.Make("clients", map[string]any{"name": "Somebody else", "email": "desk@example.com"})
	deliver(t, s, old.event(t, "created"), http.StatusNoContent)
	if other = s.Reload(other); other.GetString("clerkId") != "" || other.Email() != "desk@example.com" {
		t.Errorf("%q has become %q with %q", other.GetString("name"), other.GetString("clerkId"), other.Email())
	}
	wantClient(t, s, "user_ann", "Ann", "ann@example.com")
}

// An older event does not restore a client whom an event made and the owner has archived since.
func TestALateEventRestoresNobody(t *testing.T) {
	s := hooked(t)
	s.Make("clients", map[string]any{"name": "Ann", "email": "ann@example.com"})
	deliver(t, s, person{id: "user_ann", first: "Ann", email: "ann@example.net", at: 2}.event(t, "updated"), http.StatusNoContent)
	made := clientOf(t, s, "user_ann")
	if answer := s.Do("PATCH", "/api/collections/clients/records/"+made.Id, s.Owner, map[string]any{"archivedAt": "2026-01-01 00:00:00.000Z",
		"stripeCustomerId": "cus_1"}); answer.Status != http.StatusOK {
		t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	deliver(t, s, person{id: "user_ann", first: "Ann", email: "ann@example.com", at: 1}.event(t, "created"), http.StatusNoContent)
	if now := clientOf(t, s, "user_ann"); now.GetString("archivedAt") == "" || now.GetString("stripeCustomerId") != "cus_1" {
		t.Errorf("archived %q, Stripe %q", now.GetString("archivedAt"), now.GetString("stripeCustomerId"))
	}
}

// After James changes the conflicting address and presses "resend" at Clerk, the conflict is gone.
func TestAResolvedConflictClearsWhenTheEventIsSentAgain(t *testing.T) {
	s := hooked(t)
	deliver(t, s, person{id: "user_bob", first: "Bob", email: "bob@example.com", at: 1}.event(t, "created"), http.StatusNoContent)
	deliver(t, s, person{id: "user_ann", first: "Ann", email: "ann@example.com", at: 1}.event(t, "created"), http.StatusNoContent)
	p := person{id: "user_ann", first: "Ann", email: "bob@example.com", at: 2}
	deliver(t, s, p.event(t, "updated"), http.StatusNoContent)
	deliver(t, s, person{id: "user_bob", first: "Bob", email: "bob@example.net", at: 3}.event(t, "updated"), http.StatusNoContent)
	deliver(t, s, p.event(t, "updated"), http.StatusNoContent)
	wantClient(t, s, p.id, "Ann", p.email)
	if conflict := row(t, s, "clerk:user_ann"); conflict != nil {
		t.Errorf("%v", conflict.GetString("lastError"))
	}
}

// Signing in with Clerk does not end sign-ins by other ways.
func TestContinueWithClerkEndsNoOtherSignIn(t *testing.T) {
	p := newProvider(t)
	i := newIssuer(t)
	i.URL = p.URL
	env := p.environment()
	env["CLERK_JWT_KEY"] = publicPEM(t, keys()[0].Public())
	s := testkit.New(t, env)
	deliver(t, s, person{id: "user_ann", first: "Ann", email: "ann@example.com", at: 1}.event(t, "created"), http.StatusNoContent)
	token, _ := signIn(s, i.session("user_ann")).JSON()["token"].(string)
	wantSignedIn(t, s, p.come(s, "", "user_ann", "ann@example.com", true), "user_ann")
	if answer := s.Do("GET", "/api/portal/overview", token, nil); answer.Status != http.StatusOK {
		t.Errorf("%d", answer.Status)
	}
}

// The shortest histories in which arrival is easily mistaken for what happened, in every order.
func TestShortHistoriesInEveryOrder(t *testing.T) {
	s := hooked(t)
	created := func(user, name, email string) step { return step{user, "created", name, email} }
	updated := func(user, name, email string) step { return step{user, "updated", name, email} }
	for n, h := range []history{
		{"", []step{created("A", "Ann", "x"), {user: "A", kind: "deleted"}, created("B", "Bob", "x")}},
		{"x", []step{created("A", "Ann", "x"), {user: "A", kind: "deleted"}, created("B", "Bob", "x")}},
		{"", []step{created("A", "Ann", "x"), updated("A", "Ann", "y"), created("B", "Bob", "x")}},
		{"", []step{created("A", "Ann", "x"), created("B", "Bob", "y"), updated("A", "Ann", "z"), updated("B", "Bob", "x")}},
		{"y", []step{created("A", "Ann", "x"), updated("A", "Ann", "y")}},
		{"x", []step{created("A", "Ann", "x"), updated("A", "Ann", "y"), updated("A", "Ann", "x")}},
		{"", []step{created("A", "Ann", "x"), updated("A", "Ann", "y"), updated("A", "Ann", "")}},
		{"", []step{created("A", "Ann", "x"), updated("A", "Bob", "x"), updated("A", "", "x")}},
		{"x", []step{created("A", "Ann", "x"), updated("A", "", "x")}},
	} {
		want := h.inOrder(t, s, fmt.Sprintf("w%d", n))
		for i, order := range orders(len(h.events)) {
			if got := h.inAnyOrder(t, s, fmt.Sprintf("o%dn%d", n, i), order); got != want {
				t.Errorf("%s\nin the order %v ends as\n%s\nand in order as\n%s", h, order, got, want)
			}
		}
	}
}

// orders returns all permutations of the numbers below count.
func orders(count int) (all [][]int) {
	if count == 0 {
		return [][]int{nil}
	}
	for _, shorter := range orders(count - 1) {
		for at := range count {
			all = append(all, slices.Insert(slices.Clone(shorter), at, count-1))
		}
	}
	return all
}
