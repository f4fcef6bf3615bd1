package live_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/testkit"
)

// lines are connections of Ana, Ben and the owner that subscribe to the topic.
type lines struct {
	r               *room
	ana, ben, owner *testkit.Live
}

func (r *room) listen() lines {
	r.T.Helper()
	l := lines{r, r.Live(r.AnaToken, "portal"), r.Live(r.BenToken, "portal"), r.Live(r.Owner, "portal")}
	r.T.Cleanup(func() {
		for _, line := range []*testkit.Live{l.ana, l.ben, l.owner} {
			line.Close()
		}
	})
	return l
}

// nothingMore checks that no further message was sent to Ana and Ben: it changes their own records, and these messages
// must be the next.
func (l lines) nothingMore() {
	l.r.T.Helper()
	for _, client := range []*core.Record{l.r.Ana, l.r.Ben} {
		client = l.r.Reload(client)
		client.Set("company", client.GetString("company")+"x")
		if err := l.r.App.Save(client); err != nil {
			l.r.T.Fatal(err)
		}
	}
	for who, line := range map[string]*testkit.Live{"Ana": l.ana, "Ben": l.ben} {
		if more := line.Before(ofClients); len(more) > 0 {
			l.r.T.Errorf("%s hears %v", who, more)
		}
	}
	l.owner.Take(2)
}

func ofClients(m testkit.LiveMessage) bool { return m.Collection == "clients" }

// A record of each collection is created, changed and deleted. Its client and the owner receive that in order, and
// another client does not.
func TestLiveCollections(t *testing.T) {
	r := newRoom(t)
	project := r.Project("Album")
	in := fields{"project": project.Id}
	goal := r.With("goals", fields{"title": "Goal"}, in)
	cases := []struct {
		collection     string
		needed, change fields
	}{
		{"projects", fields{"client": r.Ana.Id, "title": "Other", "serviceType": "AUDIO"}, fields{"status": "IN_REVIEW"}},
		{"milestones", fields{"title": "Mix", "project": project.Id}, fields{"status": "DONE"}},
		{"sessions", fields{"title": "Day", "project": project.Id}, fields{"notes": "Notes"}},
		{"goals", fields{"title": "Goal", "project": project.Id}, fields{"description": "More"}},
		{"deliverables", fields{"title": "Mix", "project": project.Id}, fields{"status": "DELIVERED"}},
		{"action_items", fields{"title": "Send", "project": project.Id, "assignedTo": "client"}, fields{"assignedTo": "james"}},
		{"attachments", fields{"file": testkit.TextFile("a.txt"), "project": project.Id}, fields{"filename": "b.txt"}},
		{"comments", fields{"goal": goal.Id, "body": "Words"}, fields{"body": "Other words"}},
		{"bookings", fields{"client": r.Ana.Id, "calendarEventId": "one", "title": "Call", "startTime": testkit.Away(time.Hour), "endTime": testkit.Away(2 * time.Hour)}, fields{"title": "Long call"}},
	}
	l := r.listen()
	for _, c := range cases {
		t.Run(c.collection, func(t *testing.T) {
			record := r.Make(c.collection, c.needed)
			made := r.Record(record)
			changed := r.Record(r.Save(record, c.change))
			if err := r.App.Delete(r.Reload(record)); err != nil {
				t.Fatal(err)
			}
			for who, line := range map[string]*testkit.Live{"Ana": l.ana, "the owner": l.owner} {
				for i, want := range []struct {
					action string
					record fields
				}{{"create", made}, {"update", changed}, {"delete", changed}} {
					m := line.Next()
					if m.Action != want.action || m.Collection != c.collection || m.Id() != record.Id || m.Topic != "portal" {
						t.Errorf("%s hears %v on %s, not of the %s", who, m, m.Topic, want.action)
					}
					for name, value := range want.record {
						if !reflect.DeepEqual(m.Record[name], value) {
							t.Errorf("message %d to %s says %s is %v, not %v", i, who, name, m.Record[name], value)
						}
					}
				}
			}
			l.nothingMore()
		})
	}
	r.Make("integrations", fields{"name": "stripe", "lastError": "something secret"})
	if m := l.owner.Next(); m.Collection != "integrations" || m.Text("lastError") != "something secret" {
		t.Errorf("the owner hears %v", m)
	}
	r.Make("integrations", fields{"name": "files:upload:x", "state": "uploading"}) // a row of a service's own
	l.nothingMore()
	trouble := r.Make("integrations", fields{"name": "mail:x", "state": "failed", "lastError": "Refused"})
	if m := l.owner.Next(); m.Text("name") != "mail:x" {
		t.Errorf("the owner hears %v", m)
	}
	r.Save(trouble, fields{"lastError": ""})
	if m := l.owner.Next(); m.Text("name") != "mail:x" || m.Text("lastError") != "" {
		t.Errorf("the owner hears %v", m)
	}
	l.nothingMore()
}

func TestLiveClients(t *testing.T) {
	r := newRoom(t)
	l := r.listen()
	r.Save(r.Ana, fields{"name": "Ana Maria", "stripeCustomerId": "cus_secret"})
	own, owners := l.ana.Next(), l.owner.Next()
	if own.String() != "update clients "+r.Ana.Id || own.Text("name") != "Ana Maria" || own.Text("email") != "Ana@example.com" {
		t.Errorf("Ana hears %s", own.Raw)
	}
	testkit.MustNotContain(t, "the message to Ana", own.Raw, "stripeCustomerId", "cus_secret", "tokenKey", "password", r.Reload(r.Ana).TokenKey())
	if owners.Text("stripeCustomerId") != "cus_secret" {
		t.Errorf("the owner hears %s", owners.Raw)
	}
	testkit.MustNotContain(t, "the message to the owner", owners.Raw, "tokenKey", "password", r.Reload(r.Ana).TokenKey())

	new, _ := r.Client("Cy")
	if m := l.owner.Next(); m.String() != "create clients "+new.Id {
		t.Errorf("the owner hears %v", m)
	}
	l.nothingMore()
}

func TestLiveDeletedComment(t *testing.T) {
	r := newRoom(t)
	goal := r.With("goals", fields{"title": "Goal", "project": r.Project("Album").Id})
	l := r.listen()
	comment := r.SaveAs(r.AnaToken, "POST", "comments/records", fields{"goal": goal.Id, "body": "words taken back"})["id"].(string)
	r.SaveAs(r.AnaToken, "DELETE", "comments/records/"+comment, nil)
	for who, body := range map[string]string{"Ana": "", "the owner": "words taken back"} {
		line := l.ana
		if who == "the owner" {
			line = l.owner
		}
		if m := line.Next(); m.String() != "create comments "+comment || m.Text("body") != "words taken back" {
			t.Errorf("%s hears %s", who, m.Raw)
		}
		m := line.Next()
		if m.String() != "update comments "+comment || m.Text("body") != body || m.Text("deletedAt") == "" {
			t.Errorf("%s hears %s", who, m.Raw)
		}
		if who == "Ana" {
			testkit.MustNotContain(t, "the message to Ana", m.Raw, "taken back", "deletedBody")
		}
	}
	l.nothingMore()
}

func TestLiveMove(t *testing.T) {
	r := newRoom(t)
	project := r.Project("Album")
	l := r.listen()
	r.Save(project, fields{"client": r.Ben.Id, "title": "Moved"})
	if m := l.ana.Next(); m.String() != "delete projects "+project.Id || m.Text("title") != "Album" {
		t.Errorf("Ana, who had it, hears %s", m.Raw)
	} else {
		testkit.MustNotContain(t, "the message to Ana", m.Raw, r.Ben.Id, "Moved")
	}
	for who, line := range map[string]*testkit.Live{"Ben, who has it now,": l.ben, "the owner": l.owner} {
		if m := line.Next(); m.String() != "update projects "+project.Id || m.Text("client") != r.Ben.Id || m.Text("title") != "Moved" {
			t.Errorf("%s hears %s", who, m.Raw)
		}
	}
	l.nothingMore()
	r.Save(project, fields{"title": "Again"})
	if m := l.ben.Next(); m.Text("title") != "Again" {
		t.Errorf("Ben hears %v", m)
	}
	l.owner.Next()
	l.nothingMore()
}

func TestLiveRolledBack(t *testing.T) {
	r := newRoom(t)
	project := r.Project("Album")
	l := r.listen()
	r.App.RunInTransaction(func(tx core.App) error {
		project.Set("title", "never")
		if err := tx.Save(project); err != nil {
			t.Error(err)
		}
		return fmt.Errorf("no")
	})
	l.nothingMore()
}

func TestLiveSubscriptions(t *testing.T) {
	r := newRoom(t)
	project := r.Project("Album")
	rename := func(title string) { r.Save(project, fields{"title": title}) }

	t.Run("a guest is refused", func(t *testing.T) {
		for _, topic := range []string{"portal", testkit.Topic("portal", map[string]string{"project": project.Id})} {
			line := testkit.Dial(t, r.URL)
			if answer := line.Subscribe("", topic); answer.Status != 401 || answer.Message() != "Sign in before you subscribe." {
				t.Errorf("%d %s", answer.Status, answer.Raw)
			}
			line.Close()
		}
	})
	t.Run("answers come under the whole name", func(t *testing.T) {
		looking := testkit.Topic("portal", map[string]string{"project": project.Id})
		line := r.Live(r.AnaToken, looking, "portal", "portals", "portal/x")
		defer line.Close()
		rename("One")
		heard := []string{line.Next().Topic, line.Next().Topic}
		slices.Sort(heard)
		if want := []string{"portal", looking}; !slices.Equal(heard, want) {
			t.Errorf("it comes under %q", heard)
		}
		if more := line.Before(sentinel(r)); len(more) > 1 { // the sentinel's message under the other name
			t.Errorf("more comes: %v", more)
		}
	})
	t.Run("a new list replaces the old one", func(t *testing.T) {
		line := r.Live(r.AnaToken, "portal")
		defer line.Close()
		if answer := line.Subscribe(r.AnaToken, "clients/"+r.Ana.Id); answer.Status != 204 {
			t.Fatal(answer.Status)
		}
		rename("Two")
		if more := line.Before(sentinel(r)); len(more) > 0 {
			t.Errorf("it hears %v", more)
		}
		if answer := line.Subscribe(r.AnaToken, "portal"); answer.Status != 204 {
			t.Fatal(answer.Status)
		}
		rename("Three")
		if m := line.Next(); m.Text("title") != "Three" || m.Topic != "portal" {
			t.Errorf("it hears %v", m)
		}
	})
	t.Run("two lines of one client", func(t *testing.T) {
		one, two := r.Live(r.AnaToken, "portal"), r.Live(r.AnaToken, "portal")
		defer two.Close()
		rename("Four")
		if a, b := one.Next(), two.Next(); a.Text("title") != "Four" || string(a.Raw) != string(b.Raw) {
			t.Errorf("they hear %s and %s", a.Raw, b.Raw)
		}
		one.Close()
		rename("Five")
		if m := two.Next(); m.Text("title") != "Five" {
			t.Errorf("the other hears %v", m)
		}
	})
	t.Run("an archived client is hung up on", func(t *testing.T) {
		line := r.Live(r.AnaToken, "portal")
		r.Save(r.Ana, fields{"archivedAt": testkit.Away(0)})
		rename("Six")
		for _, m := range line.Ended() {
			if m.Text("title") == "Six" {
				t.Errorf("it hears %v", m)
			}
		}
		if answer := testkit.Dial(t, r.URL).Subscribe(r.AnaToken, "portal"); answer.Status != 401 {
			t.Errorf("a new line gets %d", answer.Status)
		}
	})
}

// sentinel changes Ana's own record, and returns a function that recognises the message about it.
func sentinel(r *room) func(m testkit.LiveMessage) bool {
	company := fmt.Sprint(time.Now().UnixNano())
	r.Save(r.Ana, fields{"company": company})
	return func(m testkit.LiveMessage) bool { return m.Text("company") == company }
}

// Many quick changes arrive singly, in their order.
func TestLiveOrder(t *testing.T) {
	r := newRoom(t)
	milestone := r.With("milestones", fields{"title": "Mix", "project": r.Project("Album").Id})
	l := r.listen()
	for i := range 200 {
		r.Save(milestone, fields{"sortOrder": i})
	}
	for who, line := range map[string]*testkit.Live{"Ana": l.ana, "the owner": l.owner} {
		for i, m := range line.Take(200) {
			if m.Record["sortOrder"] != float64(i) {
				t.Fatalf("%s hears of change %v as the %dth", who, m.Record["sortOrder"], i)
			}
		}
	}
	l.nothingMore()
}
