package portal_test

import (
	"bytes"
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"greenroom/hooks/testkit"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/logger"
	"github.com/pocketbase/pocketbase/tools/types"
)

// pages are the routes that a client reads.
func pages(project string) []string {
	return []string{"overview", "projects/" + project, "bookings", "export"}
}

func TestReadGuard(t *testing.T) {
	r := newRoom(t)
	project := r.Project("Album").Id
	staff := core.NewAuthCollection("staff")
	if err := r.App.Save(staff); err != nil {
		t.Fatal(err)
	}
	member := r.Make("staff", fields{"email": "staff@example.com", "password": "a password of tests"})
	staffToken, err := member.NewAuthToken()
	if err != nil {
		t.Fatal(err)
	}
	const (
		signIn  = "Sign in to see this page."
		notYou  = "Only the owner may look at a page as a client."
		noStaff = "Only clients and the owner may see this page."
		sayWho  = "Say whose page you want to see: add ?as=<client id>."
		notHere = "This page does not exist or you do not have access."
	)
	cases := []struct {
		name, token, query string
		status             int
		message            string
	}{
		{"a guest", "", "", 401, signIn},
		{"a guest as a client", "", "?as=" + r.Ana.Id, 401, signIn},
		{"a broken token", "nonsense", "", 401, signIn},
		{"the client", r.AnaToken, "", 200, ""},
		{"the client as another", r.AnaToken, "?as=" + r.Ben.Id, 403, notYou},
		{"the client as themselves", r.AnaToken, "?as=" + r.Ana.Id, 403, notYou},
		{"the client as nobody", r.AnaToken, "?as=", 403, notYou},
		{"the client as themselves, among other things", r.AnaToken, "?x=1&as=" + r.Ana.Id, 403, notYou},
		{"somebody of the owner's own collections", staffToken, "", 403, noStaff},
		{"somebody of the owner's own collections as a client", staffToken, "?as=" + r.Ana.Id, 403, noStaff},
		{"the owner", r.Owner, "", 400, sayWho},
		{"the owner as nobody", r.Owner, "?as=", 400, sayWho},
		{"the owner as the client", r.Owner, "?as=" + r.Ana.Id, 200, ""},
		{"the owner as who does not exist", r.Owner, "?as=aaaaaaaaaaaaaaa", 404, notHere},
		{"the owner as the owner", r.Owner, "?as=" + idOf(t, r, core.CollectionNameSuperusers), 404, notHere},
	}
	for _, c := range cases {
		for _, page := range pages(project) {
			t.Run(c.name+"/"+page[:4], func(t *testing.T) {
				answer := r.Do("GET", "/api/portal/"+page+c.query, c.token, nil)
				if answer.Status != c.status || c.message != "" && answer.Message() != c.message {
					t.Errorf("%d %s", answer.Status, answer.Raw)
				}
				if c.status == 200 && (answer.Header.Get("Content-Type") != "application/json" || answer.Header.Get("Cache-Control") != "private, no-cache") {
					t.Errorf("it comes as %v", answer.Header)
				}
				if c.status != 200 {
					testkit.MustNotContain(t, "the refusal", answer.Raw, r.Ana.Id, r.Ben.Id, "Album")
				}
			})
		}
	}
}

func idOf(t *testing.T, r *room, collection string) string {
	t.Helper()
	record, err := r.App.FindFirstRecordByFilter(collection, "id != ''")
	if err != nil {
		t.Fatal(err)
	}
	return record.Id
}

// The owner gets byte for byte what a client gets, also for a client who was archived since.
func TestOwnerSeesWhatTheClientSees(t *testing.T) {
	r := newRoom(t)
	project := r.full()
	for i := range 12 {
		r.booking("past", -duration(float64(i+2)))
	}
	next := r.Page("bookings")["nextCursor"].(string)
	seen := map[string][]byte{}
	for _, page := range append(pages(project.Id), "bookings?cursor="+next) {
		seen[page] = r.Raw(page)
		as := "?as="
		if strings.Contains(page, "?") {
			as = "&as="
		}
		for range 10 { // the order of the members is always the same, too
			answer := r.Do("GET", "/api/portal/"+page+as+r.Ana.Id, r.Owner, nil)
			if answer.Status != 200 || !bytes.Equal(answer.Raw, seen[page]) {
				t.Fatalf("the owner sees %d %s\nand Ana %s", answer.Status, answer.Raw, seen[page])
			}
		}
		if as := r.Do("GET", "/api/portal/"+page+as+r.Ben.Id, r.Owner, nil); bytes.Equal(as.Raw, seen[page]) {
			t.Errorf("Ben would see %s", as.Raw)
		}
	}
	r.Ana.Set("archivedAt", types.NowDateTime())
	if err := r.App.Save(r.Ana); err != nil {
		t.Fatal(err)
	}
	if answer := r.Do("GET", "/api/portal/overview", r.AnaToken, nil); answer.Status != 401 {
		t.Errorf("an archived client gets %d %s", answer.Status, answer.Raw)
	}
	if answer := r.Do("GET", "/api/portal/projects/"+project.Id+"?as="+r.Ana.Id, r.Owner, nil); !bytes.Equal(answer.Raw, seen["projects/"+project.Id]) {
		t.Errorf("the owner sees %d %s of an archived client", answer.Status, answer.Raw)
	}
}

// full is a project of Ana's with records of every kind.
func (r *room) full() *core.Record {
	r.T.Helper()
	project := r.Project("Album")
	in := fields{"project": project.Id}
	session := r.With("sessions", fields{"title": "Day one", "notes": "Notes"}, in)
	file := r.With("attachments", fields{"file": testkit.TextFile("a.txt"), "session": session.Id}, in)
	milestone := r.With("milestones", fields{"title": "Mix", "status": "DONE"}, in)
	goal := r.With("goals", fields{"title": "Goal"}, in)
	r.With("deliverables", fields{"title": "Master", "status": "DELIVERED", "attachment": file.Id}, in)
	r.With("action_items", fields{"title": "Send", "assignedTo": "client"}, in)
	r.With("comments", fields{"session": session.Id, "body": "one"})
	r.With("comments", fields{"milestone": milestone.Id, "body": "two"})
	r.With("comments", fields{"goal": goal.Id, "body": "three"})
	r.booking("Call", 2*time.Hour)
	return project
}

func TestProjectsThatAreNotTheirs(t *testing.T) {
	r := newRoom(t)
	r.Project("Ana's")
	theirs := r.Project("secret", fields{"client": r.Ben.Id}).Id
	paths := []string{theirs, "aaaaaaaaaaaaaaa", "x", "%20", "'", "*", strings.Repeat("a", 300), theirs + "%00", r.Ben.Id}
	for who, read := range map[string]struct{ token, query string }{"the client": {r.AnaToken, ""}, "the owner as the client": {r.Owner, "?as=" + r.Ana.Id}} {
		first := r.Do("GET", "/api/portal/projects/"+theirs+read.query, read.token, nil)
		if first.Status != 404 || first.Message() != "This page does not exist or you do not have access." {
			t.Errorf("%s gets %d %s", who, first.Status, first.Raw)
		}
		for _, path := range paths {
			answer := r.Do("GET", "/api/portal/projects/"+path+read.query, read.token, nil)
			answer.Header.Del("Date")
			first.Header.Del("Date")
			if answer.Status != first.Status || !bytes.Equal(answer.Raw, first.Raw) || !reflect.DeepEqual(answer.Header, first.Header) {
				t.Errorf("%s gets for %s %d %s %v and for another's project %d %s %v", who, path, answer.Status, answer.Raw, answer.Header, first.Status, first.Raw, first.Header)
			}
		}
	}
	if answer := r.Do("GET", "/api/portal/projects/"+theirs, r.BenToken, nil); answer.Status != 200 {
		t.Errorf("Ben gets %d %s", answer.Status, answer.Raw)
	}
}

// No page can be written to with any method by anybody, except that clients book meetings.
func TestNothingWrites(t *testing.T) {
	r := newRoom(t)
	project := r.Project("Album").Id
	before := r.Raw("projects/" + project)
	for _, page := range pages(project) {
		for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
			if method == "POST" && page == "bookings" {
				continue // clients book meetings here (hooks/booking)
			}
			for who, read := range map[string]struct{ token, query string }{
				"a guest": {"", ""}, "the client": {r.AnaToken, ""}, "the client as themselves": {r.AnaToken, "?as=" + r.Ana.Id},
				"the owner": {r.Owner, ""}, "the owner as the client": {r.Owner, "?as=" + r.Ana.Id},
			} {
				answer := r.Do(method, "/api/portal/"+page+read.query, read.token, fields{"title": "changed", "status": "COMPLETED"})
				if answer.Status != 404 && answer.Status != 405 {
					t.Errorf("%s %s by %s: %d %s", method, page, who, answer.Status, answer.Raw)
				}
			}
		}
	}
	if after := r.Raw("projects/" + project); !bytes.Equal(before, after) {
		t.Errorf("the page changed to %s", after)
	}
}

// A look of the owner's as a client is logged; a client's own is not.
func TestOwnersLookIsLogged(t *testing.T) {
	r := newRoom(t)
	r.Page("overview")
	r.Do("GET", "/api/portal/overview?as="+r.Ana.Id, r.Owner, nil)

	written := context.WithValue(context.Background(), logger.BlockKey, true)
	if err := r.App.Logger().Handler().(*logger.BatchHandler).WriteAll(written); err != nil {
		t.Fatal(err)
	}
	var looks []string
	if err := r.App.LogQuery().Select("data").AndWhere(dbx.NewExp("message LIKE '%as a client%'")).Column(&looks); err != nil {
		t.Fatal(err)
	}
	if len(looks) != 1 || !strings.Contains(looks[0], r.Ana.Id) || !strings.Contains(looks[0], "/api/portal/overview") {
		t.Errorf("the log says %v", looks)
	}
}

// The names and values of hidden fields occur in no page.
func TestHiddenFieldsStayHidden(t *testing.T) {
	r := newRoom(t)
	project := r.full()
	r.Ana.Set("stripeCustomerId", "cus_secret1")
	r.Ben.Set("stripeCustomerId", "cus_secret2")
	for _, client := range []*core.Record{r.Ana, r.Ben} {
		if err := r.App.Save(client); err != nil {
			t.Fatal(err)
		}
	}
	words := r.SaveAs(r.AnaToken, "POST", "comments/records", fields{"goal": idOf(t, r, "goals"), "body": "words taken back"})
	r.SaveAs(r.AnaToken, "DELETE", "comments/records/"+words["id"].(string), nil)
	goals, err := r.App.FindCollectionByNameOrId("goals")
	if err != nil {
		t.Fatal(err)
	}
	goals.Fields.Add(&core.TextField{Name: "ownersNote", Hidden: true})
	if err := r.App.Save(goals); err != nil {
		t.Fatal(err)
	}
	goal := r.With("goals", fields{"title": "Other goal", "project": project.Id, "ownersNote": "never show this"})

	secrets := []string{"stripeCustomerId", "cus_secret", "tokenKey", r.Ana.TokenKey(), r.Ben.TokenKey(), "password", "$2a$", "deletedBody", "taken back",
		"ownersNote", "never show", r.Ben.Id, "ben@example.com"}
	for _, page := range pages(project.Id) {
		testkit.MustNotContain(t, page, r.Raw(page), secrets...)
		testkit.MustNotContain(t, page+" as the owner sees it", r.Do("GET", "/api/portal/"+page+"?as="+r.Ana.Id, r.Owner, nil).Raw, secrets...)
	}
	if raw := r.Raw("projects/" + project.Id); !bytes.Contains(raw, []byte(goal.Id)) {
		t.Errorf("the goal is not there: %s", raw)
	}
}
