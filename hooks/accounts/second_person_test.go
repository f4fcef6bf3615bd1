package accounts_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"greenroom/hooks/testkit"
)

// TestPersonHearsTheirClientsChanges: live connections of a client's people get the messages of the client's records,
// those of others do not, and the connection of a removed person is closed.
func TestPersonHearsTheirClientsChanges(t *testing.T) {
	r := newRoom(t)
	bea, beaToken := r.person("bea@example.com", "all")
	_, guyToken := r.person("guy@example.com", "work")
	project := r.Project("Album")
	lines := map[string]*testkit.Live{"Ana": r.Live(r.AnaToken, "portal"), "Bea": r.Live(beaToken, "portal"), "Guy": r.Live(guyToken, "portal")}
	bens := r.Live(r.BenToken, "portal")
	goal := r.With("goals", testkit.Fields{"project": project.Id, "title": "Release"})
	for who, line := range lines {
		if heard := line.Next(); heard.Id() != goal.Id {
			t.Errorf("%s hears %v", who, heard)
		}
	}
	if answer := r.Do("DELETE", people+"/"+bea.Id, r.AnaToken, nil); answer.Status != 204 {
		t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	lines["Bea"].Ended()
	goal.Set("title", "Release in May")
	if err := r.App.Save(goal); err != nil {
		t.Fatal(err)
	}
	for _, who := range []string{"Ana", "Guy"} {
		isOfTheGoal := func(m testkit.LiveMessage) bool { return m.Text("title") == "Release in May" }
		lines[who].Before(isOfTheGoal)
	}
	bens.Close()
	for _, m := range bens.Ended() {
		t.Errorf("another client hears %v", m)
	}
}

// TestFilesOfASecondPerson: a file that a person sends belongs to the client, names the person, and can be opened by
// the client and all their people.
func TestFilesOfASecondPerson(t *testing.T) {
	r := newRoom(t)
	_, beaToken := r.person("bea@example.com", "work")
	_, guyToken := r.person("guy@example.com", "all")
	project := r.Project("Album")
	contentType, body := testkit.Upload(t, "a take", map[string]string{"project": project.Id, "filename": "take.txt"})
	sent := r.Send("POST", "/api/collections/attachments/records", beaToken, contentType, body)
	if sent.Status != 200 {
		t.Fatalf("%d %s", sent.Status, sent.Raw)
	}
	made := sent.JSON()
	if made["client"] != r.Ana.Id || made["uploadedBy"] != "client" || made["authorName"] != "Person bea@example.com" {
		t.Errorf("made %v", made)
	}
	link := "/api/portal/attachments/" + fmt.Sprint(made["id"]) + "/link"
	for who, want := range map[string]int{r.AnaToken: 200, beaToken: 200, guyToken: 200, r.Owner: 200, r.BenToken: 404} {
		answer := r.Do("GET", link, who, nil)
		if answer.Status != want {
			t.Errorf("the link: %d, not %d: %s", answer.Status, want, answer.Raw)
			continue
		}
		if want != 200 {
			continue
		}
		address, err := url.Parse(fmt.Sprint(answer.JSON()["url"]))
		if err != nil {
			t.Fatal(err)
		}
		if file := r.Do("GET", address.RequestURI(), "", nil); file.Status != 200 || string(file.Raw) != "a take" {
			t.Errorf("the file: %d %.60s", file.Status, file.Raw)
		}
	}
}

// TestPersonSearchesAndExports: search and export contain the client's records and no others, and no invoices if the
// person's access excludes them.
func TestPersonSearchesAndExports(t *testing.T) {
	r := newRoom(t)
	_, beaToken := r.person("bea@example.com", "all")
	_, guyToken := r.person("guy@example.com", "work")
	project := r.Project("Snare album")
	r.With("deliverables", testkit.Fields{"project": project.Id, "title": "Snare mix", "status": "DELIVERED"})
	r.Exec("UPDATE deliverables SET invoice = 'in_secret'", nil)
	r.Exec("UPDATE clients SET stripeCustomerId = 'cus_secret' WHERE id = {:id}", map[string]any{"id": r.Ana.Id})
	r.With("projects", testkit.Fields{"client": r.Ben.Id, "title": "Snare of Ben's", "serviceType": "AUDIO"})
	for who, token := range map[string]string{"all": beaToken, "work": guyToken} {
		found := r.Do("GET", "/api/portal/search?q=snare", token, nil)
		if items := found.JSON()["items"].([]any); len(items) != 2 || strings.Contains(string(found.Raw), "Ben") {
			t.Errorf("%s finds %s", who, found.Raw)
		}
		kept := r.Do("GET", "/api/portal/export", token, nil)
		if kept.Status != 200 || !strings.Contains(string(kept.Raw), "Snare mix") || strings.Contains(string(kept.Raw), "Snare of Ben") {
			t.Errorf("%s keeps %d %s", who, kept.Status, kept.Raw)
		}
		for _, secret := range []string{"in_secret", "cus_secret"} { // no answer to a client contains ids of Stripe's
			if strings.Contains(string(kept.Raw), secret) {
				t.Errorf("%s keeps %s: %s", who, secret, kept.Raw)
			}
		}
	}
}
