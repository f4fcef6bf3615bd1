package clerk_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/testkit"
)

func TestSampleEvents(t *testing.T) {
	s := hooked(t)
	const id = "user_29w83sxmDNGwOuEthce5gg56FcC"
	deliver(t, s, sample(t, "user.created.docs.json"), http.StatusNoContent)
	wantClient(t, s, id, "Example Example", "example@example.org")
	deliver(t, s, sample(t, "user.updated.catalog.json"), http.StatusNoContent)
	wantClient(t, s, id, "Example", "example@example.org")

	before := content(t, s)
	deliver(t, s, sample(t, "user.created.docs.json"), http.StatusNoContent) // this event is late
	if after := withoutTimes(content(t, s)); after != withoutTimes(before) {
		t.Errorf("a late event changed\n%s\nto\n%s", before, after)
	}
	// This event is about a user who never had a client.
	deliver(t, s, sample(t, "user.deleted.catalog.json"), http.StatusNoContent)
	wantClient(t, s, id, "Example", "example@example.org")
	const other = "user_29wBMCtzATuFJut8jO2VNTVekS4"
	deliver(t, s, person{id: other, first: "Late", email: "late@example.org", at: 1 << 50}.event(t, "updated"), http.StatusNoContent)
	if clientOf(t, s, other) != nil {
		t.Error("a deleted user came back")
	}

	if count, err := s.App.CountRecords("clients"); count != 1 || err != nil {
		t.Errorf("%d clients, %v", count, err)
	}
	if spoke := row(t, s, "clerk"); spoke == nil || spoke.GetDateTime("lastSuccessAt").IsZero() {
		t.Errorf("when Clerk last spoke is not noted: %v", spoke)
	}
}

// withoutTimes removes the row that stores when Clerk last sent something.
func withoutTimes(content string) string {
	var kept []string
	for line := range strings.Lines(content) {
		if !strings.HasPrefix(line, "integrations") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

func wantClient(t testing.TB, s *testkit.Studio, userId, name, email string) *core.Record {
	t.Helper()
	client := clientOf(t, s, userId)
	if client == nil {
		t.Fatalf("no client of %s", userId)
	}
	if client.GetString("name") != name || client.Email() != email {
		t.Errorf("%s is %q %q, want %q %q", userId, client.GetString("name"), client.Email(), name, email)
	}
	return client
}

func TestTheClientJamesMadeBeforeIsLinked(t *testing.T) {
	s := hooked(t)
	client := s.Make("clients", map[string]any{"name": "", "email": "Mara.Cole@Example.COM"})
	project := s.Make("projects", map[string]any{"client": client.Id, "title": "Album", "serviceType": "MUSICIAN", "status": "ACTIVE"})
	p := person{id: "user_mara", first: "Mara", last: "Cole", email: "mARA.cole@example.com", at: 1}
	deliver(t, s, p.event(t, "created"), http.StatusNoContent)
	if linked := wantClient(t, s, p.id, "Mara Cole", "mara.cole@example.com"); linked.Id != client.Id {
		t.Error("another client was made")
	}
	p.first, p.email, p.at = "Marianne", "marianne@example.net", 2
	deliver(t, s, p.event(t, "updated"), http.StatusNoContent)
	wantClient(t, s, p.id, "Marianne Cole", "marianne@example.net")

	token, err := s.Reload(client).NewAuthToken()
	if err != nil {
		t.Fatal(err)
	}
	live := s.Live(token, "projects/*")
	deliver(t, s, p.event(t, "deleted"), http.StatusNoContent)
	live.Ended()
	if answer := s.Do("GET", "/api/portal/overview", token, nil); answer.Status != http.StatusUnauthorized {
		t.Errorf("the token still works: %d", answer.Status)
	}
	if left := s.Reload(client); left.GetString("clerkId") != "" || left.Email() != "marianne@example.net" {
		t.Errorf("%q %q", left.GetString("clerkId"), left.Email())
	}
	if owner := s.Reload(project).GetString("client"); owner != client.Id {
		t.Errorf("the project is %q's", owner)
	}
	p.at = 3
	deliver(t, s, p.event(t, "updated"), http.StatusNoContent)
	if clientOf(t, s, p.id) != nil {
		t.Error("a deleted user came back")
	}
	// The same person signs up again and is a new user at Clerk.
	p.id, p.at = "user_again", 4
	deliver(t, s, p.event(t, "created"), http.StatusNoContent)
	if linked := wantClient(t, s, p.id, "Marianne Cole", "marianne@example.net"); linked.Id != client.Id {
		t.Error("the work was left behind")
	}
}

func TestAUserWithoutANameStaysNameless(t *testing.T) {
	s := hooked(t)
	p := person{id: "user_nameless", email: "nameless@example.com", at: 1}
	deliver(t, s, p.event(t, "created"), http.StatusNoContent)
	wantClient(t, s, p.id, "", p.email)

	named := s.Make("clients", map[string]any{"name": "As James wrote it", "email": "named@example.com"})
	deliver(t, s, person{id: "user_named", email: named.Email(), at: 1}.event(t, "created"), http.StatusNoContent)
	wantClient(t, s, "user_named", "As James wrote it", named.Email())
}

func TestNamesAreMadePlain(t *testing.T) {
	s := hooked(t)
	p := person{id: "user_odd", first: "  <b>Ann\r\n\u202eeve</b>\x00 ", last: strings.Repeat("ö", 500), email: "odd@example.com", at: 1}
	deliver(t, s, p.event(t, "created"), http.StatusNoContent)
	client := clientOf(t, s, p.id)
	if client == nil {
		t.Fatal("no client")
	}
	if name := client.GetString("name"); len([]rune(name)) != 200 || strings.ContainsAny(name, "<>\r\n\x00\u202e") {
		t.Errorf("%q", name)
	}
}

func TestOnlyAVerifiedPrimaryEmailMakesAClient(t *testing.T) {
	s := hooked(t)
	p := person{id: "user_1", first: "Ann", email: "ann@example.com", at: 1}
	james := s.Make("clients", map[string]any{"name": "Ann", "email": p.email})
	// The address is verified at Clerk and not the primary one.
	second := s.Make("clients", map[string]any{"name": "Ann", "email": "second." + p.email})
	for name, edit := range map[string]func(map[string]any){
		"unverified":              status(map[string]any{"status": "unverified"}),
		"expired":                 status(map[string]any{"status": "expired"}),
		"status null":             status(map[string]any{"status": nil}),
		"verification null":       status(nil),
		"primary null":            set("primary_email_address_id", nil),
		"primary empty":           set("primary_email_address_id", ""),
		"primary not in the list": set("primary_email_address_id", "idn_2"),
		"no addresses":            set("email_addresses", []any{}),
		"addresses null":          set("email_addresses", nil),
		"an address null":         set("email_addresses", []any{nil}),
		"an empty address":        set("email_addresses", []any{map[string]any{"id": "idn_1", "email_address": " ", "verification": map[string]any{"status": "verified"}}}),
	} {
		before := withoutTimes(content(t, s))
		deliver(t, s, p.event(t, "created", edit), http.StatusNoContent)
		if after := withoutTimes(content(t, s)); after != before {
			t.Errorf("%s:\n%s\n%s", name, before, after)
		}
	}
	p.at = 2
	deliver(t, s, p.event(t, "updated"), http.StatusNoContent) // the address has been verified
	if linked := wantClient(t, s, p.id, "Ann", p.email); linked.Id != james.Id {
		t.Error("another client was made")
	}
	// A linked client keeps its address when the user's new one is not verified.
	p.at, p.email = 3, "new@example.com"
	deliver(t, s, p.event(t, "updated", status(map[string]any{"status": "unverified"})), http.StatusNoContent)
	wantClient(t, s, p.id, "Ann", "ann@example.com")
	if s.Reload(second).GetString("clerkId") != "" {
		t.Error("an address that is not the primary one was linked")
	}
}

func TestAnArchivedClientIsLinkedAndStaysLockedOut(t *testing.T) {
	s := hooked(t)
	client, token := s.Client("ann")
	if answer := s.Do("PATCH", "/api/collections/clients/records/"+client.Id, s.Owner, map[string]any{"archivedAt": "2026-01-01 00:00:00.000Z"}); answer.Status != http.StatusOK {
		t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	deliver(t, s, person{id: "user_1", first: "Ann", email: client.Email(), at: 1}.event(t, "created"), http.StatusNoContent)
	if linked := wantClient(t, s, "user_1", "Ann", client.Email()); linked.Id != client.Id || linked.GetString("archivedAt") == "" {
		t.Errorf("%v", linked)
	}
	if answer := s.Do("GET", "/api/portal/overview", token, nil); answer.Status != http.StatusUnauthorized {
		t.Errorf("let in: %d %s", answer.Status, answer.Raw)
	}
}

func TestAnEmailOfAnotherLinkedClientIsAConflict(t *testing.T) {
	s := hooked(t)
	ann := person{id: "user_ann", first: "Ann", email: "ann@example.com", at: 1}
	bob := person{id: "user_bob", first: "Bob", email: "Ann@example.com", at: 2}
	cat := person{id: "user_cat", first: "Cat", email: "cat@example.com", at: 3}
	deliver(t, s, ann.event(t, "created"), http.StatusNoContent)
	deliver(t, s, cat.event(t, "created"), http.StatusNoContent)
	deliver(t, s, bob.event(t, "created"), http.StatusNoContent) // this user has no client yet
	cat.email, cat.at = ann.email, 4
	deliver(t, s, cat.event(t, "updated"), http.StatusNoContent) // this user has one
	for _, id := range []string{"clerk:user_bob", "clerk:user_cat"} {
		conflict := row(t, s, id)
		if conflict == nil || conflict.GetString("state") != "conflict" || !strings.Contains(conflict.GetString("lastError"), ".") {
			t.Fatalf("%s: %v", id, conflict)
		}
		for _, private := range []string{"example.com", "Ann", "Bob"} {
			if strings.Contains(conflict.GetString("lastError"), private) {
				t.Errorf("%q is in %q", private, conflict.GetString("lastError"))
			}
		}
	}
	wantClient(t, s, ann.id, "Ann", "ann@example.com")
	wantClient(t, s, cat.id, "Cat", "cat@example.com")
	if clientOf(t, s, bob.id) != nil {
		t.Error("somebody else's client was given away")
	}
	for _, line := range s.Logged() {
		if strings.Contains(line, "example.com") && !strings.Contains(line, "owner@") {
			t.Errorf("the log tells %s", line)
		}
	}

	ann.email, ann.at = "ann@example.net", 5
	deliver(t, s, ann.event(t, "updated"), http.StatusNoContent)
	cat.email, cat.at = "cat@example.net", 6
	deliver(t, s, cat.event(t, "updated"), http.StatusNoContent)
	bob.at = 7
	deliver(t, s, bob.event(t, "updated"), http.StatusNoContent)
	wantClient(t, s, ann.id, "Ann", "ann@example.net")
	wantClient(t, s, cat.id, "Cat", "cat@example.net")
	wantClient(t, s, bob.id, "Bob", "ann@example.com")
	if rows, err := s.App.FindAllRecords("integrations", dbx.HashExp{"state": "conflict"}); len(rows) > 0 || err != nil {
		t.Errorf("%v, %v", rows, err)
	}
}

// An event whose data is refused leaves a row for the owner, and Clerk is not asked to send it again.
func TestAnAddressThatIsNoneIsRefused(t *testing.T) {
	s := hooked(t)
	p := person{id: "user_1", first: "Ann", email: "no address", at: 1}
	deliver(t, s, p.event(t, "created"), http.StatusNoContent)
	if conflict := row(t, s, "clerk:user_1"); conflict == nil || conflict.GetString("state") != "refused" {
		t.Fatalf("%v", conflict)
	}
	p.email, p.at = "ann@example.com", 2
	deliver(t, s, p.event(t, "updated"), http.StatusNoContent)
	wantClient(t, s, p.id, "Ann", p.email)
	if conflict := row(t, s, "clerk:user_1"); conflict != nil {
		t.Errorf("%v", conflict)
	}
}
