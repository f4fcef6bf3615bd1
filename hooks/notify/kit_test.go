package notify_test

import (
	"maps"
	"net"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/filesystem"

	"greenroom/hooks/notify"
	"greenroom/hooks/testkit"
)

// noon is outside the quiet hours, and in winter, when London's time is UTC.
var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// gathered is how long after a change its mail is due.
const gathered = 5 * time.Minute

// room is a studio with a mail server and a client, Ana, who has joined and has a project.
type room struct {
	*testkit.Studio
	t        testing.TB
	server   *mailServer
	outbox   notify.Outbox
	ana      *core.Record
	anaToken string
	project  *core.Record
	now      time.Time
}

type fields map[string]any

func newRoom(t testing.TB, configure ...func(s *mailServer)) *room {
	t.Helper()
	return newRoomAt(t, newMailServer(t, configure...), nil)
}

func newRoomAt(t testing.TB, server *mailServer, environment map[string]string) *room {
	t.Helper()
	all := map[string]string{"SMTP_URL": "smtp://" + server.address + "?from=studio@example.com", "GREENROOM_URL": "https://portal.example.com",
		"GREENROOM_STUDIO": "Quiet Room", "GREENROOM_OWNER": "James Ó Dubhthaigh", "GREENROOM_OWNER_EMAIL": "james@example.com"}
	maps.Copy(all, environment)
	maps.DeleteFunc(all, func(_, value string) bool { return value == "" })
	r := &room{Studio: testkit.New(t, all), t: t, server: server, now: noon}
	if answer := r.Do("GET", "/api/health", "", nil); answer.Status != 200 { // after an answer the outbox is running
		t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	r.outbox = notify.TakeOver(r.App, noon)
	r.ana = r.Make("clients", fields{"name": "Ana Söder", "email": "ana@example.com", "verified": true})
	token, err := r.ana.NewAuthToken()
	if err != nil {
		t.Fatal(err)
	}
	r.anaToken = token
	r.project = r.make("projects", fields{"id": "project00000001", "client": r.ana.Id, "title": "Northern Lights EP", "serviceType": "AUDIO"})
	return r
}

// make creates a record as the owner does in the dashboard.
func (r *room) make(collection string, body fields) *core.Record {
	r.t.Helper()
	return r.record(collection, r.must("POST", collection, "", r.Owner, body))
}

// in creates a record of the project.
func (r *room) in(collection string, body fields) *core.Record {
	r.t.Helper()
	body["project"] = r.project.Id
	return r.make(collection, body)
}

// change changes a record over HTTP, with the owner's or a client's token.
func (r *room) change(record *core.Record, token string, body fields) {
	r.t.Helper()
	r.must("PATCH", record.Collection().Name, "/"+record.Id, token, body)
}

func (r *room) must(method, collection, path, token string, body fields) (id string) {
	r.t.Helper()
	answer := r.Do(method, "/api/collections/"+collection+"/records"+path, token, body)
	if answer.Status != 200 && answer.Status != 204 {
		r.t.Fatalf("%s %s: %d %s", method, collection, answer.Status, answer.Raw)
	}
	id, _ = answer.JSON()["id"].(string)
	return id
}

func (r *room) record(collection, id string) *core.Record {
	r.t.Helper()
	record, err := r.App.FindRecordById(collection, id)
	if err != nil {
		r.t.Fatal(err)
	}
	return record
}

// set changes a record as a program would.
func (r *room) set(record *core.Record, values fields) {
	r.t.Helper()
	record = r.Reload(record)
	record.Load(values)
	if err := r.App.Save(record); err != nil {
		r.t.Fatal(err)
	}
}

// later advances the clock, runs a round of the outbox, and returns all mails so far.
func (r *room) later(d time.Duration) []letter {
	r.t.Helper()
	r.now = r.now.Add(d)
	r.outbox.At(r.now)
	if err := r.outbox.Round(); err != nil {
		r.t.Fatal(err)
	}
	return r.server.letters()
}

// states returns the number of rows by state, and the rows.
func (r *room) states() (counts map[string]int, rows []*core.Record) {
	r.t.Helper()
	rows, err := r.outbox.Rows()
	if err != nil {
		r.t.Fatal(err)
	}
	counts = map[string]int{}
	for _, row := range rows {
		counts[row.GetString("state")]++
	}
	return counts, rows
}

func (r *room) wantStates(want map[string]int) {
	r.t.Helper()
	if got, _ := r.states(); !maps.Equal(got, want) {
		r.t.Errorf("the outbox has %v, want %v", got, want)
	}
}

// one returns the only mail, and fails if there is another number of mails.
func (r *room) one(letters []letter) letter {
	r.t.Helper()
	if len(letters) != 1 {
		r.t.Fatalf("%d mails, want one: %v", len(letters), letters)
	}
	return letters[0]
}

// topicOf is the live topic that a project's page subscribes to.
func topicOf(project *core.Record) string {
	return testkit.Topic("portal", map[string]string{"project": project.Id})
}

// attach creates a file of the project.
func (r *room) attach() (id string) {
	r.t.Helper()
	file, err := filesystem.NewFileFromBytes([]byte("sound"), "mix.txt")
	if err != nil {
		r.t.Fatal(err)
	}
	return r.Make("attachments", fields{"project": r.project.Id, "file": file}).Id
}

var greet = notify.Greet

func helloName(portal, localIP string) string {
	return notify.HelloName(portal, &net.TCPAddr{IP: net.ParseIP(localIP)})
}
