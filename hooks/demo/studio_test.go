package demo

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"

	"greenroom/pb_migrations"
)

// studioFacts are what the demo has to show. For each, at least so many rows meet the condition.
var studioFacts = []struct {
	what         string
	table, where string
	atLeast      int
}{
	{"a dozen clients", "clients", "account = ''", 12},
	{"one of a client's people who sees no money, and has been here", "clients", "account != '' AND access = 'work' AND verified", 1},
	{"an invitation that waits", "clients", "account != '' AND NOT verified AND invitedAt != '' AND invitedAt <= {:now}", 1},
	{"the words of one of a client's people", "comments", "author IN (SELECT id FROM clients WHERE account != '' AND name = authorName)", 1},
	{"an archived client", "clients", "archivedAt != ''", 1},
	{"a client without a name", "clients", "name = ''", 1},
	{"a client with nothing yet", "clients", "id NOT IN (SELECT client FROM projects UNION SELECT client FROM bookings)", 1},
	{"clients who can have invoices", "clients", "stripeCustomerId != ''", 5},
	{"a title of some three hundred characters", "projects", "length(title) BETWEEN 280 AND 340", 1},
	{"a project without a due date", "projects", "dueDate = ''", 1},

	{"long notes in several paragraphs", "sessions", "length(notes) > 1000 AND notes LIKE '%\n\n%\n\n%'", 2},
	{"notes with a list", "sessions", "notes LIKE '%\n- %\n- %'", 1},
	{"a session from a booking", "sessions", "calendarEventId IN (SELECT calendarEventId FROM bookings WHERE endTime < {:now})", 2},
	{"sessions that took place and were written down", "sessions", "date < {:now} AND created <= {:now}", 25},

	{"a goal reached", "goals", "completedAt != ''", 3},
	{"a goal not reached", "goals", "completedAt = ''", 5},

	{"a deliverable sent back with feedback", "deliverables", "status = 'IN_PROGRESS' AND feedback != '' AND deliveredAt != ''", 2},
	{"a deliverable with a file to approve", "deliverables", "status = 'DELIVERED' AND attachment != ''", 2},
	{"an approval after its delivery", "deliverables", "status = 'APPROVED' AND approvedAt > deliveredAt", 5},

	{"overdue with the client", "action_items", "assignedTo = 'client' AND completedAt = '' AND dueDate != '' AND dueDate < {:today}", 3},
	{"overdue with James", "action_items", "assignedTo = 'james' AND completedAt = '' AND dueDate != '' AND dueDate < {:today}", 2},
	{"due this week by the client", "action_items", "assignedTo = 'client' AND completedAt = '' AND dueDate BETWEEN {:today} AND {:sunday}", 3},
	{"due this week by James", "action_items", "assignedTo = 'james' AND completedAt = '' AND dueDate BETWEEN {:today} AND {:sunday}", 2},
	{"done by the client", "action_items", "assignedTo = 'client' AND completedAt != ''", 2},
	{"done by James", "action_items", "assignedTo = 'james' AND completedAt != ''", 1},
	{"without a due date", "action_items", "dueDate = ''", 1},

	{"due tomorrow by the client", "action_items", "assignedTo = 'client' AND completedAt = '' AND dueDate = {:tomorrow}", 1},
	{"notes in Markdown that take more than a screenful", "sessions", "length(notes) > 1500 AND notes LIKE '## %' AND notes LIKE '%\n1. %' AND notes LIKE '%**%' AND notes LIKE '%](https://%'", 1},

	{"a master that waits for its payment, with a preview", "deliverables", "locked AND preview != '' AND attachment != ''", 1},
	{"a master that was paid", "deliverables", "invoice != '' AND invoicePaid = invoice AND NOT locked", 1},
	{"a deliverable in its third version that waits for a verdict", "deliverables", "status = 'DELIVERED' AND attachment IN (SELECT id FROM attachments WHERE version = 3)", 1},
	{"a mark on a moment", "comments", "timed AND untilMs = 0", 3},
	{"a mark on a stretch", "comments", "timed AND untilMs > atMs", 3},
	{"a mark that was answered", "comments", "timed AND NOT isJames AND EXISTS (SELECT 1 FROM comments a WHERE a.isJames AND a.timed AND a.attachment = comments.attachment AND a.atMs = comments.atMs)", 2},
	{"a mark on the current version that was not", "comments", "timed AND NOT isJames AND attachment IN (SELECT attachment FROM deliverables) AND NOT EXISTS (SELECT 1 FROM comments a WHERE a.isJames AND a.attachment = comments.attachment AND a.atMs = comments.atMs)", 1},
	{"a meeting that a client booked in the portal", "bookings", "madeInPortal AND note != '' AND startTime > {:now} AND startTime < {:week}", 1},
	{"a deliverable in its second version", "attachments", "deliverable != '' AND version = 2", 1},
	{"a client's request for changes, about the version that it was made of", "comments", "kind = 'changes' AND attachment IN (SELECT id FROM attachments WHERE version = 1)", 1},
	{"a thread on a session", "comments", "session != ''", 5},
	{"a thread on a milestone", "comments", "milestone != ''", 5},
	{"a thread on a goal", "comments", "goal != ''", 2},
	{"James's words", "comments", "isJames AND authorName = 'James'", 5},
	{"a client's words", "comments", "NOT isJames AND authorName = 'Mara Lindqvist'", 5},
	{"the words of a client without a name", "comments", "NOT isJames AND authorName = 'bookings@crookedhouse.example'", 1},
	{"an edited comment", "comments", "editedAt > created AND body != ''", 1},
	{"a deleted comment that leaves its trace", "comments", "deletedAt > created AND body = '' AND deletedBody != ''", 1},

	{"a file of a session", "attachments", "session != ''", 5},
	{"a file that a client uploaded", "attachments", "uploadedBy = 'client' AND session = ''", 2},
	{"a report to read", "attachments", "filename LIKE '%.md' AND mimeType LIKE 'text/%' AND size > 1000", 1},
	{"a table to open", "attachments", "filename LIKE '%.csv' AND mimeType LIKE 'text/csv%'", 2},

	{"a booking that was cancelled", "bookings", "cancelledAt != '' AND endTime < {:now}", 1},
	{"a cancelled booking to come", "bookings", "cancelledAt != '' AND cancelledAt < {:now} AND startTime > {:now}", 1},
	{"a call to join", "bookings", "meetUrl != '' AND startTime > {:now} AND cancelledAt = ''", 3},
	{"a meeting without a call", "bookings", "meetUrl = '' AND startTime > {:now}", 3},
	{"a call today", "bookings", "startTime > {:now} AND startTime < {:soon} AND meetUrl != ''", 1},
	{"past bookings to page through", "bookings", "endTime < {:now} AND client = (SELECT id FROM clients WHERE email = 'mara@example.com')", 25},
}

func TestStudioShowsWhatItIsThereFor(t *testing.T) {
	app := loaded(t)
	stored := func(days int) string {
		midnight, _ := types.ParseDateTime(dueIn(days)(loadedAt))
		return midnight.String()
	}
	now, _ := types.ParseDateTime(loadedAt)
	params := dbx.Params{"now": now.String(), "soon": now.AddDate(0, 0, 1).String(), "today": stored(0), "tomorrow": stored(1), "week": stored(7), "sunday": stored(6)}
	for _, fact := range studioFacts {
		t.Run(fact.what, func(t *testing.T) {
			if got := app.count(t, fact.table, fact.where, params); got < fact.atLeast {
				t.Errorf("%d rows of %s, want at least %d", got, fact.table, fact.atLeast)
			}
		})
	}
}

func TestEveryValueOfEveryEnumerationOccurs(t *testing.T) {
	app := loaded(t)
	for _, collection := range pb_migrations.Schema() {
		for _, field := range collection.Fields {
			options, ok := field.(*core.SelectField)
			if !ok || collection.Name == "outbox" { // nobody gets notices of the demo's records
				continue
			}
			for _, value := range options.Values {
				if app.count(t, collection.Name, options.Name+" = {:value}", dbx.Params{"value": value}) == 0 {
					t.Errorf("no record of %s has the %s %s", collection.Name, options.Name, value)
				}
			}
		}
	}
}

func TestRecordsHaveTheDatesOfWhatTheyTellOf(t *testing.T) {
	app := loaded(t)
	now, _ := types.ParseDateTime(loadedAt)
	params := dbx.Params{"now": now.String(), "lastYear": now.AddDate(0, 0, -300).String()}
	for _, collection := range pb_migrations.Schema() {
		if n := app.count(t, collection.Name, "created > {:now} OR updated > {:now} OR updated < created", params); n > 0 {
			t.Errorf("%d %s were made or changed in the future, or changed before they were made", n, collection.Name)
		}
	}
	for what, where := range map[string]string{
		"clients who came long ago":                 "clients WHERE created < {:lastYear}",
		"comments dated when they were edited":      "comments WHERE editedAt != '' AND updated = editedAt",
		"deliverables dated by their approval":      "deliverables WHERE approvedAt != '' AND updated = approvedAt",
		"comments on a session after the session":   "comments JOIN sessions s ON s.id = comments.session WHERE comments.created > s.date",
		"files of a session uploaded on the day":    "attachments JOIN sessions s ON s.id = attachments.session WHERE date(attachments.created) = date(s.date)",
		"sessions written down when they were over": "sessions WHERE created > date",
	} {
		var n int
		if err := app.DB().NewQuery("SELECT count(*) FROM " + where).Bind(params).Row(&n); err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			t.Errorf("there are no %s", what)
		}
	}
}

func TestMaraHasAProjectWithEverything(t *testing.T) {
	app := loaded(t)
	mara, err := app.FindAuthRecordByEmail("clients", clientEmail)
	if err != nil {
		t.Fatal(err)
	}
	project, err := app.FindFirstRecordByFilter("projects", "client = {:client} && title ~ 'Slow Thaw'", dbx.Params{"client": mara.Id})
	if err != nil {
		t.Fatal(err)
	}
	for table, relation := range map[string]string{
		"milestones": "project", "sessions": "project", "goals": "project", "deliverables": "project", "action_items": "project",
		"attachments": "project", "comments": "session.project", "comments on milestones": "milestone.project", "comments on goals": "goal.project",
	} {
		collection, _, _ := strings.Cut(table, " ")
		records, err := app.FindRecordsByFilter(collection, relation+" = {:project}", "", 0, 0, dbx.Params{"project": project.Id})
		if err != nil {
			t.Fatal(err)
		}
		if len(records) < 3 {
			t.Errorf("%d %s, want at least 3", len(records), table)
		}
		for _, record := range records {
			if record.GetString("client") != mara.Id {
				t.Errorf("%s %s has the client column %q, want Mara's", table, record.Id, record.GetString("client"))
			}
		}
	}
	statuses, err := app.FindRecordsByFilter("projects", "client = {:client}", "", 0, 0, dbx.Params{"client": mara.Id})
	if err != nil {
		t.Fatal(err)
	}
	for _, status := range pb_migrations.ProjectStatuses {
		if !slices.ContainsFunc(statuses, func(p *core.Record) bool { return p.GetString("status") == status }) {
			t.Errorf("Mara has no project that is %s", status)
		}
	}
}

func TestPeopleAreMadeUpAndWriteInManyScripts(t *testing.T) {
	app := loaded(t)
	clients, err := app.FindAllRecords("clients")
	if err != nil {
		t.Fatal(err)
	}
	// Domains that RFC 2606 reserves, so that no mail reaches anybody.
	nowhere := regexp.MustCompile(`@(.+\.)?example(\.com)?$`)
	var names string
	for _, client := range clients {
		names += client.GetString("name")
		if !nowhere.MatchString(client.Email()) {
			t.Errorf("%s could be somebody's address", client.Email())
		}
	}
	for name, script := range map[string]*unicode.RangeTable{
		"Greek": unicode.Greek, "Cyrillic": unicode.Cyrillic, "Arabic": unicode.Arabic, "Devanagari": unicode.Devanagari,
		"Han": unicode.Han, "Hangul": unicode.Hangul, "Latin": unicode.Latin,
	} {
		if !strings.ContainsFunc(names, func(r rune) bool { return unicode.Is(script, r) }) {
			t.Errorf("no name is written in %s", name)
		}
	}
}

func TestThreadsAreInTheOrderOfTheTables(t *testing.T) {
	app := loaded(t)
	inOrder := func(thread []comment) {
		for i, c := range thread {
			if c.at(loadedAt).After(loadedAt) {
				t.Errorf("%q is written in the future", c.body)
			}
			if i > 0 && !c.at(loadedAt).After(thread[i-1].at(loadedAt)) {
				t.Errorf("%q answers what was written later", c.body)
			}
		}
	}
	for _, c := range studio() {
		for _, p := range c.projects {
			for _, m := range p.milestones {
				inOrder(m.thread)
			}
			for _, s := range p.sessions {
				inOrder(s.thread)
			}
			for _, g := range p.goals {
				inOrder(g.thread)
			}
			for _, d := range p.deliverables {
				inOrder(d.thread)
			}
		}
	}
	album := albumMilestones()
	var titles []string
	err := app.DB().NewQuery("SELECT title FROM milestones WHERE project = (SELECT id FROM projects WHERE title LIKE '%Slow Thaw%') ORDER BY sortOrder, created").Column(&titles)
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range album {
		if i >= len(titles) || titles[i] != m.title {
			t.Fatalf("the milestones are %q, want the order of the table", titles)
		}
	}
}
