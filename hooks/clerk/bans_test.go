package clerk_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/testkit"
)

// enterOldCode creates a sign-in code, runs meanwhile, and then enters the code.
func enterOldCode(t *testing.T, s *testkit.Studio, client *core.Record, meanwhile func()) testkit.Answer {
	t.Helper()
	code := core.NewOTP(s.App)
	code.SetCollectionRef(client.Collection().Id)
	code.SetRecordRef(client.Id)
	code.SetPassword("12345678")
	if err := s.App.Save(code); err != nil {
		t.Fatal(err)
	}
	meanwhile()
	return s.Do("POST", "/api/collections/clients/auth-with-otp", "", map[string]any{"otpId": code.Id, "password": "12345678"})
}

func TestABanEndsSignInsUntilItEnds(t *testing.T) {
	i := newIssuer(t)
	s := linkedStudio(t, i)
	client := clientOf(t, s, "user_ann")
	token, _ := signIn(s, i.session("user_ann")).JSON()["token"].(string)
	live := s.Live(token, "projects/*")
	p := person{id: "user_ann", first: "Ann", email: "ann@example.com", at: 2}
	entered := enterOldCode(t, s, client, func() { deliver(t, s, p.event(t, "updated", set("banned", true)), http.StatusNoContent) })
	live.Ended()
	if entered.Status < 400 || entered.JSON()["token"] != nil {
		t.Errorf("a code from before the ban: %d %s", entered.Status, entered.Raw)
	}
	if answer := s.Do("GET", "/api/portal/overview", token, nil); answer.Status != http.StatusUnauthorized {
		t.Errorf("the token still works: %d", answer.Status)
	}
	wantRefused(t, "a Clerk token", signIn(s, i.session("user_ann")), http.StatusUnauthorized)
	wantClient(t, s, "user_ann", "Ann", "ann@example.com")

	// Asking for a code is answered as always, and no code is created for the client.
	asked := s.Do("POST", "/api/collections/clients/request-otp", "", map[string]any{"email": "ann@example.com"})
	codes, err := s.App.FindAllOTPsByRecord(client)
	if made, _ := asked.JSON()["otpId"].(string); asked.Status != http.StatusOK || made == "" || err != nil {
		t.Errorf("%d %s, %v", asked.Status, asked.Raw, err)
	} else {
		for _, code := range codes {
			if code.Id == made {
				t.Error("a code was made for a banned client")
			}
		}
	}

	p.at = 3
	deliver(t, s, p.event(t, "updated", set("banned", true)), http.StatusNoContent)
	p.at = 4
	deliver(t, s, p.event(t, "updated", set("banned", false)), http.StatusNoContent)
	wantSignedIn(t, s, signIn(s, i.session("user_ann")), "user_ann")
	wantSignedIn(t, s, enterOldCode(t, s, client, func() {}), "user_ann")
}

// Clerk keeps the sessions of a locked user, and sends no event when a lock expires.
func TestALockEndsNoSignIn(t *testing.T) {
	i := newIssuer(t)
	s := linkedStudio(t, i)
	token, _ := signIn(s, i.session("user_ann")).JSON()["token"].(string)
	p := person{id: "user_ann", first: "Ann", email: "ann@example.com", at: 2}
	deliver(t, s, p.event(t, "updated", set("locked", true), set("banned", false)), http.StatusNoContent)
	if answer := s.Do("GET", "/api/portal/overview", token, nil); answer.Status != http.StatusOK {
		t.Errorf("%d %s", answer.Status, answer.Raw)
	}
}

// The latest event decides whether somebody is banned, in whatever order the events arrive.
func TestBansInEveryOrder(t *testing.T) {
	s := hooked(t)
	yes, no := true, false
	for n, h := range []struct {
		banned []*bool // of each event, the first of which is user.created; nil if the event does not say
		email  []string
		want   bool
	}{
		{[]*bool{&no, &yes, &no}, []string{"x", "x", "x"}, false},
		{[]*bool{&no, &no, &yes}, []string{"x", "x", "x"}, true},
		{[]*bool{&no, &yes, nil}, []string{"x", "x", "x"}, true}, // an event without the field changes nothing
		{[]*bool{&yes, &no, &yes}, []string{"x", "y", "x"}, true},
		{[]*bool{&yes, &yes, &no}, []string{"", "x", "y"}, false}, // there is no client before the address is verified
		{[]*bool{&no, &yes, &yes}, []string{"x", "", ""}, true},
		// The first address is that of a client whom James had made before.
		{[]*bool{&yes, &no, &yes}, []string{"james", "y", "y"}, true},
	} {
		for k, order := range orders(len(h.banned)) {
			tag := fmt.Sprintf("b%do%d", n, k)
			id := "user_" + tag
			s.Make("clients", map[string]any{"name": "As James wrote it", "email": address("james", tag)})
			for _, at := range order {
				p := person{id: id, first: "Ann", email: address(h.email[at], tag), at: int64(at + 1)}
				kind, edits := "updated", []func(map[string]any){}
				if at == 0 {
					kind = "created"
				}
				if h.email[at] == "" {
					edits = append(edits, status(nil))
				}
				if h.banned[at] != nil {
					edits = append(edits, set("banned", *h.banned[at]))
				}
				deliver(t, s, p.event(t, kind, edits...), http.StatusNoContent)
			}
			if client := clientOf(t, s, id); client == nil || client.GetBool("clerkBanned") != h.want {
				t.Errorf("history %d in the order %v: %v, want banned %v", n, order, client, h.want)
			}
		}
	}
}

// A ban ends when its user is deleted: James has the client as before, and a new user with the address is not banned.
func TestADeletionEndsABan(t *testing.T) {
	s := hooked(t)
	for n, kinds := range [][]string{{"updated", "deleted"}, {"deleted", "updated"}} {
		id, email := fmt.Sprintf("user_%d", n), fmt.Sprintf("ann%d@example.com", n)
		deliver(t, s, person{id: id, first: "Ann", email: email, at: 1}.event(t, "created"), http.StatusNoContent)
		client := clientOf(t, s, id)
		for _, kind := range kinds {
			p := person{id: id, first: "Ann", email: email, at: 2}
			if kind == "deleted" {
				deliver(t, s, p.event(t, kind), http.StatusNoContent)
				continue
			}
			deliver(t, s, p.event(t, kind, set("banned", true)), http.StatusNoContent)
		}
		if left := s.Reload(client); left.GetBool("clerkBanned") || left.GetString("clerkId") != "" {
			t.Errorf("%v: banned %v, linked to %q", kinds, left.GetBool("clerkBanned"), left.GetString("clerkId"))
		}
	}
}
