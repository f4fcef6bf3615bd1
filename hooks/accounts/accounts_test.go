package accounts_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/testkit"
)

const people = "/api/portal/people"

// room is a studio with two clients and helpers to invite people.
type room struct {
	*testkit.Room
	t *testing.T
}

func newRoom(t *testing.T) room { return room{testkit.NewRoom(t), t} }

// invite sends an invitation and returns the answer.
func (r room) invite(token, email, access string, more ...testkit.Fields) testkit.Answer {
	r.t.Helper()
	body := testkit.Fields{"email": email, "name": "Person " + email, "access": access}
	for _, m := range more {
		for name, value := range m {
			body[name] = value
		}
	}
	return r.Do("POST", people, token, body)
}

// person invites somebody for Ana and signs them in.
func (r room) person(email, access string) (record *core.Record, token string) {
	r.t.Helper()
	answer := r.invite(r.AnaToken, email, access)
	if answer.Status != 201 {
		r.t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	record, err := r.App.FindRecordById("clients", fmt.Sprint(answer.JSON()["id"]))
	if err != nil {
		r.t.Fatal(err)
	}
	return record, testkit.Token(r.t, record)
}

func (r room) list(token, query string) (items []any, answer testkit.Answer) {
	r.t.Helper()
	answer = r.Do("GET", people+query, token, nil)
	items, _ = answer.JSON()["items"].([]any)
	return items, answer
}

func TestInviteChangeRemove(t *testing.T) {
	r := newRoom(t)
	project := r.Project("Album")
	answer := r.invite(r.AnaToken, "bea@example.com", "work")
	id := fmt.Sprint(answer.JSON()["id"])
	want := testkit.Fields{"id": id, "name": "Person bea@example.com", "email": "bea@example.com", "access": "work", "joined": false}
	if answer.Status != 201 || fmt.Sprint(answer.JSON()) != fmt.Sprint(want) {
		t.Fatalf("%d %s, want %v", answer.Status, answer.Raw, want)
	}
	mail := r.mail("bea@example.com")
	for _, part := range []string{"Ana invites you", "/sign-in", "Auto-Submitted: auto-generated"} {
		if !strings.Contains(mail, part) {
			t.Errorf("the invitation lacks %q:\n%s", part, mail)
		}
	}
	if items, answer := r.list(r.AnaToken, ""); len(items) != 1 || fmt.Sprint(items[0]) != fmt.Sprint(want) {
		t.Errorf("the client sees %s", answer.Raw)
	}
	if items, answer := r.list(r.Owner, "?as="+r.Ana.Id); len(items) != 1 {
		t.Errorf("the owner sees %s", answer.Raw)
	}
	if items, _ := r.list(r.BenToken, ""); len(items) != 0 {
		t.Errorf("another client sees %v", items)
	}

	bea, err := r.App.FindRecordById("clients", id)
	if err != nil {
		t.Fatal(err)
	}
	token := testkit.Token(t, bea)
	if page := r.Do("GET", "/api/portal/projects/"+project.Id, token, nil); page.Status != 200 {
		t.Errorf("the client's project: %d", page.Status)
	}
	if overview := r.Do("GET", "/api/portal/overview", token, nil); !strings.Contains(string(overview.Raw), `"id":"`+bea.Id) || !strings.Contains(string(overview.Raw), "Album") {
		t.Errorf("the overview: %s", overview.Raw)
	}
	if changed := r.Do("PATCH", people+"/"+id, r.AnaToken, testkit.Fields{"name": "Bea", "access": "all"}); changed.Status != 200 || changed.JSON()["access"] != "all" || changed.JSON()["name"] != "Bea" {
		t.Errorf("changing: %d %s", changed.Status, changed.Raw)
	}

	goal := r.With("goals", testkit.Fields{"project": project.Id, "title": "Release"})
	comment := r.SaveAs(token, "POST", "comments/records", testkit.Fields{"goal": goal.Id, "body": "In May."})
	if removed := r.Do("DELETE", people+"/"+id, r.AnaToken, nil); removed.Status != 204 {
		t.Fatalf("removing: %d %s", removed.Status, removed.Raw)
	}
	if after := r.Do("GET", "/api/portal/overview", token, nil); after.Status != 401 {
		t.Errorf("the sign-in of who was removed: %d", after.Status)
	}
	if left, err := r.App.FindRecordById("comments", fmt.Sprint(comment["id"])); err != nil || left.GetString("authorName") != "Bea" || left.GetString("client") != r.Ana.Id {
		t.Errorf("their words: %v %v", left, err)
	}
	if again := r.invite(r.BenToken, "bea@example.com", "all"); again.Status != 201 {
		t.Errorf("the address is not free: %d %s", again.Status, again.Raw)
	}
}

// mail waits for a mail to the address.
func (r room) mail(to string) (found string) {
	r.t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		for _, mail := range r.Outbox() {
			if strings.Contains(mail, "<"+to+">") {
				return mail
			}
		}
	}
	r.t.Fatalf("no mail to %s", to)
	return ""
}

func TestInviteGuard(t *testing.T) {
	r := newRoom(t)
	bea, beaToken := r.person("bea@example.com", "all")
	_, guyToken := r.person("guy@example.com", "work")
	for who, tc := range map[string]struct {
		token  string
		status int
	}{"a guest": {"", 401}, "a person": {beaToken, 403}, "a person without money": {guyToken, 403}} {
		if answer := r.invite(tc.token, "new@example.com", "all"); answer.Status != tc.status {
			t.Errorf("%s invites: %d", who, answer.Status)
		}
		if _, answer := r.list(tc.token, ""); answer.Status != tc.status {
			t.Errorf("%s looks: %d", who, answer.Status)
		}
		if answer := r.Do("PATCH", people+"/"+bea.Id, tc.token, testkit.Fields{"access": "all"}); answer.Status != tc.status {
			t.Errorf("%s changes: %d", who, answer.Status)
		}
		if answer := r.Do("DELETE", people+"/"+bea.Id, tc.token, nil); answer.Status != tc.status {
			t.Errorf("%s removes: %d", who, answer.Status)
		}
	}
	for method, body := range map[string]any{"PATCH": testkit.Fields{"access": "work"}, "DELETE": nil} {
		for _, id := range []string{bea.Id, r.Ana.Id, r.Ben.Id, "nosuchperson123"} {
			if answer := r.Do(method, people+"/"+id, r.BenToken, body); answer.Status != 404 {
				t.Errorf("%s of %s by another client: %d", method, id, answer.Status)
			}
		}
		if answer := r.Do(method, people+"/"+r.Ana.Id, r.Owner, body); answer.Status != 404 {
			t.Errorf("%s of a client as a person: %d", method, answer.Status)
		}
		if answer := r.Do(method, people+"/"+bea.Id+"?as="+r.Ana.Id, r.Owner, body); answer.Status != 403 {
			t.Errorf("%s while looking as a client: %d", method, answer.Status)
		}
	}
	if answer := r.invite(r.Owner, "dan@example.com", "all", testkit.Fields{"client": r.Ana.Id}); answer.Status != 201 {
		t.Errorf("the owner: %d %s", answer.Status, answer.Raw)
	}
	if answer := r.Do("PATCH", people+"/"+bea.Id, r.Owner, testkit.Fields{"access": "work"}); answer.Status != 200 {
		t.Errorf("the owner changes: %d %s", answer.Status, answer.Raw)
	}
	if answer := r.Do("DELETE", people+"/"+bea.Id, r.Owner, nil); answer.Status != 204 {
		t.Errorf("the owner removes: %d %s", answer.Status, answer.Raw)
	}
}

func TestBadInvitations(t *testing.T) {
	r := newRoom(t)
	bea, _ := r.person("bea@example.com", "all")
	r.Make("clients", testkit.Fields{"email": "gone@example.com", "archivedAt": "2026-01-01 00:00:00Z"})
	for name, tc := range map[string]struct {
		token  string
		body   testkit.Fields
		status int
	}{
		"no email":               {r.AnaToken, testkit.Fields{"access": "all"}, 400},
		"no address":             {r.AnaToken, testkit.Fields{"email": "nobody", "access": "all"}, 400},
		"another access":         {r.AnaToken, testkit.Fields{"email": "x@example.com", "access": "owner"}, 400},
		"markup":                 {r.AnaToken, testkit.Fields{"email": "x@example.com", "name": "<b>x", "access": "all"}, 400},
		"the client's own":       {r.AnaToken, testkit.Fields{"email": "ANA@example.com", "access": "all"}, 400},
		"invited already":        {r.AnaToken, testkit.Fields{"email": "Bea@Example.com", "access": "all"}, 400},
		"for another client":     {r.AnaToken, testkit.Fields{"email": "x@example.com", "access": "all", "client": r.Ben.Id}, 403},
		"owner, no client":       {r.Owner, testkit.Fields{"email": "x@example.com", "access": "all"}, 400},
		"owner, no such client":  {r.Owner, testkit.Fields{"email": "x@example.com", "access": "all", "client": "nosuchclient123"}, 400},
		"owner, a person of one": {r.Owner, testkit.Fields{"email": "x@example.com", "access": "all", "client": bea.Id}, 400},
		"owner, another's":       {r.Owner, testkit.Fields{"email": "ben@example.com", "access": "all", "client": r.Ana.Id}, 400},
		"owner, an archived one": {r.Owner, testkit.Fields{"email": "gone@example.com", "access": "all", "client": r.Ana.Id}, 400},
	} {
		before, _ := r.App.CountRecords("clients")
		answer := r.Do("POST", people, tc.token, tc.body)
		if after, _ := r.App.CountRecords("clients"); answer.Status != tc.status || after != before || answer.Message() == "" {
			t.Errorf("%s: %d %s", name, answer.Status, answer.Raw)
		}
	}
	for _, body := range []testkit.Fields{{"email": "new@example.com"}, {"client": r.Ben.Id}, {"account": r.Ben.Id}, {"access": ""}, {"access": "none"}, {"name": "a<b"}} {
		if answer := r.Do("PATCH", people+"/"+bea.Id, r.AnaToken, body); answer.Status != 400 {
			t.Errorf("%v: %d %s", body, answer.Status, answer.Raw)
		}
	}
	for i := range 49 {
		if answer := r.invite(r.AnaToken, fmt.Sprintf("p%d@example.com", i), "all"); answer.Status != 201 {
			t.Fatalf("person %d: %d %s", i, answer.Status, answer.Raw)
		}
	}
	// The first is free, the second is another client's.
	for _, email := range []string{"p51@example.com", "ben@example.com"} {
		if answer := r.invite(r.AnaToken, email, "all"); answer.Status != 400 || !strings.Contains(answer.Message(), "50 people") {
			t.Errorf("the 51st, %s: %d %s", email, answer.Status, answer.Raw)
		}
	}
}

// TestNobodyIsToldOfAnothersAddress compares everything that a client sees when inviting a stranger, another client,
// one of another client's people, and an archived client.
func TestNobodyIsToldOfAnothersAddress(t *testing.T) {
	r := newRoom(t)
	if answer := r.invite(r.BenToken, "of-ben@example.com", "all"); answer.Status != 201 {
		t.Fatal(answer)
	}
	r.Make("clients", testkit.Fields{"email": "gone@example.com", "archivedAt": "2026-01-01 00:00:00Z"})
	transcript := func(email string) string {
		var out []string
		note := func(answer testkit.Answer, id string) {
			said := strings.ReplaceAll(strings.ReplaceAll(string(answer.Raw), email, "EMAIL"), id, "ID")
			out = append(out, fmt.Sprint(answer.Status, said, len(answer.Header)))
		}
		invited := r.invite(r.AnaToken, email, "work")
		id := fmt.Sprint(invited.JSON()["id"])
		if len(id) != 15 {
			t.Errorf("%s: %d %s", email, invited.Status, invited.Raw)
		}
		note(invited, id)
		note(r.invite(r.AnaToken, strings.ToUpper(email), "all"), id)
		note(r.invite(r.AnaToken, email, "all", testkit.Fields{"name": "<b>"}), id)
		_, listed := r.list(r.AnaToken, "")
		note(listed, id)
		for _, body := range []testkit.Fields{{"name": "Other", "access": "all"}, {"name": "a<b"}, {"access": "x"}, {"email": "x@example.com"}} {
			note(r.Do("PATCH", people+"/"+id, r.AnaToken, body), id)
		}
		note(r.Do("DELETE", people+"/"+id, r.BenToken, nil), id)
		note(r.Do("DELETE", people+"/"+id, r.AnaToken, nil), id)
		note(r.Do("DELETE", people+"/"+id, r.AnaToken, nil), id)
		_, listed = r.list(r.AnaToken, "")
		note(listed, id)
		return strings.Join(out, "\n")
	}
	want := transcript("stranger@example.com")
	for _, email := range []string{"ben@example.com", "of-ben@example.com", "gone@example.com"} {
		if got := transcript(email); got != want {
			t.Errorf("%s answers\n%s\na stranger\n%s", email, got, want)
		}
	}
	r.invite(r.AnaToken, "ben@example.com", "all")
	row, err := r.App.FindFirstRecordByFilter("integrations", "name ~ 'people:%'")
	if err != nil || !strings.Contains(row.GetString("lastError"), "Ana invited ben@example.com") {
		t.Errorf("the owner is told %v %v", row, err)
	}
	if r.Reload(r.Ben).GetString("account") != "" {
		t.Error("a client became another one's person")
	}
	r.SaveAs(r.Owner, "DELETE", "clients/records/"+r.Ana.Id, nil)
	if _, err := r.App.FindFirstRecordByFilter("integrations", "name ~ 'people:%'"); err == nil {
		t.Error("the invitations of an erased client are left")
	}
	r.mail("stranger@example.com")
	for _, mail := range r.Outbox() {
		if strings.Contains(mail, "<ben@example.com>") || strings.Contains(mail, "<gone@example.com>") {
			t.Errorf("somebody else was told:\n%s", mail)
		}
	}
}

// TestPeopleGoAndComeWithTheirClient archives, restores and deletes a client who has people.
func TestPeopleGoAndComeWithTheirClient(t *testing.T) {
	r := newRoom(t)
	bea, beaToken := r.person("bea@example.com", "all")
	guy, _ := r.person("guy@example.com", "work")
	r.Save(guy, testkit.Fields{"archivedAt": "2026-01-01 00:00:00.000Z"}) // this person was archived before the client
	r.Save(r.Ana, testkit.Fields{"archivedAt": "2026-02-02 00:00:00.000Z"})
	if r.Reload(bea).GetString("archivedAt") == "" || r.Do("GET", "/api/portal/overview", beaToken, nil).Status != 401 {
		t.Error("a person stays when their client is archived")
	}
	if answer := r.Do("PATCH", testkit.RecordPath(bea), r.Owner, testkit.Fields{"archivedAt": ""}); answer.Status != 400 {
		t.Errorf("a person of an archived client is restored: %d", answer.Status)
	}
	r.Save(r.Ana, testkit.Fields{"archivedAt": ""})
	if r.Reload(bea).GetString("archivedAt") != "" || r.Reload(guy).GetString("archivedAt") == "" {
		t.Error("restored are not those who went with the client, and they alone")
	}
	r.SaveAs(r.Owner, "DELETE", "clients/records/"+r.Ana.Id, nil)
	for _, person := range []*core.Record{bea, guy} {
		if testkit.Exists(r.Studio, person) {
			t.Errorf("%s outlives the client", person.Email())
		}
	}
}

// TestAPersonIsNobodysClient writes fields that only a client may have, as the owner would in the dashboard.
func TestAPersonIsNobodysClient(t *testing.T) {
	r := newRoom(t)
	bea, _ := r.person("bea@example.com", "all")
	for name, tc := range map[string]struct {
		method, path string
		body         testkit.Fields
	}{
		"a project":          {"POST", "projects/records", testkit.Fields{"client": bea.Id, "title": "x", "serviceType": "AUDIO"}},
		"a booking":          {"POST", "bookings/records", testkit.Fields{"client": bea.Id, "title": "x", "calendarEventId": "x", "startTime": "2027-01-01 10:00:00Z", "endTime": "2027-01-01 11:00:00Z"}},
		"a Stripe id":        {"PATCH", "clients/records/" + bea.Id, testkit.Fields{"stripeCustomerId": "cus_1"}},
		"a person":           {"POST", "clients/records", testkit.Fields{"account": bea.Id, "email": "x@example.com", "access": "all"}},
		"another client":     {"PATCH", "clients/records/" + bea.Id, testkit.Fields{"account": r.Ben.Id}},
		"no client":          {"PATCH", "clients/records/" + bea.Id, testkit.Fields{"account": ""}},
		"a client as person": {"PATCH", "clients/records/" + r.Ben.Id, testkit.Fields{"account": r.Ana.Id, "access": "all"}},
		"a client's access":  {"PATCH", "clients/records/" + r.Ben.Id, testkit.Fields{"access": "work"}},
	} {
		if answer := r.Do(tc.method, "/api/collections/"+tc.path, r.Owner, tc.body); answer.Status != 400 {
			t.Errorf("%s: %d %s", name, answer.Status, answer.Raw)
		}
	}
}

// TestPagesNeverMixTwoPeople reads the same pages by turns, so that a cached page of the other person would be found.
func TestPagesNeverMixTwoPeople(t *testing.T) {
	r := newRoom(t)
	r.Project("Album")
	bea, beaToken := r.person("bea@example.com", "all")
	guy, guyToken := r.person("guy@example.com", "work")
	for range 3 {
		for id, token := range map[string]string{r.Ana.Id: r.AnaToken, bea.Id: beaToken, guy.Id: guyToken} {
			page := r.Do("GET", "/api/portal/overview", token, nil)
			client, _ := page.JSON()["client"].(map[string]any)
			if client["id"] != id || !strings.Contains(string(page.Raw), "Album") {
				t.Errorf("%s reads the page of %v", id, client["id"])
			}
			seen := r.Do("GET", "/api/portal/overview?as="+id, r.Owner, nil)
			if string(seen.Raw) != string(page.Raw) {
				t.Errorf("the owner looks as %s and sees\n%s, not\n%s", id, seen.Raw, page.Raw)
			}
			want := 200
			if id == guy.Id {
				want = 403
			}
			if money := r.Do("GET", "/api/portal/invoices", token, nil); money.Status != want {
				t.Errorf("%s asks for invoices: %d", id, money.Status)
			}
		}
	}
	if session := r.Do("POST", "/api/portal/billing/session", guyToken, nil); session.Status != 403 {
		t.Errorf("a billing session without money: %d", session.Status)
	}
}
