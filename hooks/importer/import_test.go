package importer

import (
	"context"
	"crypto/sha256"
	"encoding/csv"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/database"
	"greenroom/hooks/people"
	"greenroom/hooks/testkit"
)

// fill returns SQL for a studio with so many clients, five projects each and forty comments in each project.
func fill(clients int) []string {
	n := fmt.Sprint(clients)
	return []string{
		`INSERT INTO "Client" SELECT 'client'||i, CASE WHEN i % 3 > 0 THEN 'user_'||i END, 'Client'||i||'@example.com', 'Client '||i, CASE WHEN i % 2 = 0 THEN 'cus_'||i END,
			CASE WHEN i % 50 = 0 THEN timestamp '2025-03-01' END, timestamp '2024-01-01' + i * interval '1 hour 0.123 second', timestamp '2024-02-01' FROM generate_series(1, ` + n + `) i`,
		`INSERT INTO "Project" SELECT c.id||'project'||i, c.id, 'Project '||i, (enum_range(NULL::"ServiceType"))[1 + i % 5], (enum_range(NULL::"ProjectStatus"))[1 + i % 4],
			c."createdAt" + i * interval '1 day', c."createdAt" + i * interval '2 days' FROM "Client" c, generate_series(1, 5) i`,
		`INSERT INTO "Milestone" SELECT p.id||'milestone'||i, p.id, 'Milestone '||i, i, (enum_range(NULL::"MilestoneStatus"))[1 + i % 3], CASE WHEN i = 2 THEN timestamp '2026-05-01' END,
			p."createdAt" FROM "Project" p, generate_series(1, 4) i`,
		`INSERT INTO "Session" SELECT p.id||'session'||i, p.id, 'Session '||i, p."createdAt" + i * interval '1 week', 45 + i, CASE WHEN i > 1 THEN 'We listened to “Slow Thaw”.' END,
			CASE WHEN i = 1 THEN 'event '||p.id END, p."createdAt" FROM "Project" p, generate_series(1, 3) i`,
		`INSERT INTO "Goal" SELECT p.id||'goal'||i, p.id, 'Goal '||i, NULL, i = 1, p."createdAt" FROM "Project" p, generate_series(1, 2) i`,
		`INSERT INTO "Attachment" SELECT p.id||'file'||i, p.id, 'mix '||i||'.wav', 'https://files.example/old/'||p.id||'/mix%20'||i||'.wav', 1000 + i, 'audio/wav', CASE WHEN i = 1 THEN 'james' ELSE 'client' END,
			p."createdAt" FROM "Project" p, generate_series(1, 2) i`,
		`INSERT INTO "Deliverable" SELECT p.id||'deliverable'||i, p.id, 'Deliverable '||i, (enum_range(NULL::"DeliverableStatus"))[1 + i], CASE WHEN i = 1 THEN p.id||'file1' END,
			p."createdAt" FROM "Project" p, generate_series(1, 3) i`,
		`INSERT INTO "ActionItem" SELECT p.id||'item'||i, p.id, 'Item '||i, i = 1, CASE WHEN i = 2 THEN timestamp '2026-06-01' END, p."createdAt" FROM "Project" p, generate_series(1, 2) i`,
		`INSERT INTO "Comment" SELECT p.id||'comment'||i, CASE WHEN i % 3 = 0 THEN p.id||'session1' END, CASE WHEN i % 3 = 1 THEN p.id||'milestone1' END, CASE WHEN i % 3 = 2 THEN p.id||'goal1' END,
			'Words '||i, CASE WHEN i % 2 = 0 THEN 'James' ELSE 'Mara' END, i % 2 = 0, p."createdAt" + (41 - i) * interval '1 hour', CASE WHEN i = 5 THEN p."createdAt" END,
			CASE WHEN i = 1 THEN p."createdAt" END FROM "Project" p, generate_series(1, 40) i`,
		`INSERT INTO "Booking" SELECT c.id||'booking', c.id, 'event of '||c.id, 'Call', timestamp '2026-01-01 10:00', timestamp '2026-01-01 11:00', CASE WHEN c.id = 'client2' THEN 'cancelled' ELSE 'confirmed' END,
			c."createdAt" FROM "Client" c`,
	}
}

// stamp formats a PostgreSQL timestamp as the studio stores it.
func stamp(column string) string {
	return `coalesce(to_char("` + column + `", 'YYYY-MM-DD HH24:MI:SS.MS"Z"'), '')`
}

// sides are queries that select the same rows from the old and the new database; old ids are translated.
var sides = []struct{ collection, there, here string }{
	{"clients", `SELECT '#'||id, email, name, coalesce("clerkId", ''), coalesce("stripeCustomerId", ''), ` + stamp("archivedAt") + `, ` + stamp("createdAt") + `, ` + stamp("updatedAt") + ` FROM "Client"`,
		"SELECT id, email, name, clerkId, stripeCustomerId, archivedAt, created, updated FROM clients"},
	{"projects", `SELECT '#'||id, '#'||"clientId", title, "serviceType"::text, status::text, ` + stamp("createdAt") + `, ` + stamp("updatedAt") + ` FROM "Project"`,
		"SELECT id, client, title, serviceType, status, created, updated FROM projects"},
	{"milestones", `SELECT '#'||m.id, '#'||"projectId", '#'||"clientId", m.title, "sortOrder"::text, m.status::text, ` + stamp("dueDate") + ` FROM "Milestone" m JOIN "Project" p ON p.id = m."projectId"`,
		"SELECT id, project, client, title, cast(sortOrder AS text), status, dueDate FROM milestones"},
	{"sessions", `SELECT '#'||s.id, '#'||"projectId", '#'||"clientId", s.title, ` + stamp("date") + `, "durationMin"::text, coalesce(notes, ''), coalesce("calendarEventId", '') FROM "Session" s JOIN "Project" p ON p.id = s."projectId"`,
		"SELECT id, project, client, title, date, cast(durationMin AS text), notes, calendarEventId FROM sessions"},
	{"goals", `SELECT '#'||g.id, '#'||"projectId", g.title, done::text FROM "Goal" g`, "SELECT id, project, title, CASE WHEN completedAt != '' THEN 'true' ELSE 'false' END FROM goals"},
	{"attachments", `SELECT '#'||id, '#'||"projectId", filename, size::text, "mimeType", "uploadedBy" FROM "Attachment"`,
		"SELECT id, project, filename, cast(size AS text), mimeType, uploadedBy FROM attachments"},
	{"deliverables", `SELECT '#'||id, '#'||"projectId", title, status::text, coalesce('#'||"attachmentId", '') FROM "Deliverable"`,
		"SELECT id, project, title, status, attachment FROM deliverables"},
	{"action_items", `SELECT '#'||id, '#'||"projectId", title, done::text, ` + stamp("dueDate") + ` FROM "ActionItem"`,
		"SELECT id, project, title, CASE WHEN completedAt != '' THEN 'true' ELSE 'false' END, dueDate FROM action_items"},
	{"comments", `SELECT '#'||id, coalesce('#'||"sessionId", ''), coalesce('#'||"milestoneId", ''), coalesce('#'||"goalId", ''), body, "authorName", "isJames"::text, ` + stamp("createdAt") + `, ` +
		stamp("editedAt") + `, ` + stamp("deletedAt") + ` FROM "Comment"`,
		"SELECT id, session, milestone, goal, body || deletedBody, authorName, CASE WHEN isJames THEN 'true' ELSE 'false' END, created, editedAt, deletedAt FROM comments"},
	{"bookings", `SELECT '#'||id, '#'||"clientId", "calendarEventId", title, ` + stamp("startTime") + `, ` + stamp("endTime") + `, (status = 'cancelled')::text FROM "Booking"`,
		"SELECT id, client, calendarEventId, title, startTime, endTime, CASE WHEN cancelledAt != '' THEN 'true' ELSE 'false' END FROM bookings"},
}

type scanner interface {
	Next() bool
	Scan(into ...any) error
	Err() error
}

// content returns the number of rows and a hash of them that does not depend on their order.
func content(t *testing.T, rows scanner, columns int, translate bool) string {
	t.Helper()
	var lines []string
	for rows.Next() {
		values, into := make([]string, columns), make([]any, columns)
		for i := range into {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		for i, v := range values {
			if id, isId := strings.CutPrefix(v, "#"); translate && isId {
				values[i] = NewId(id)
			}
		}
		lines = append(lines, strings.Join(values, "|"))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(lines)
	return fmt.Sprintf("%d rows, %x", len(lines), sha256.Sum256([]byte(strings.Join(lines, "\n"))))
}

func compare(t *testing.T, address string, app core.App) {
	t.Helper()
	conn := connect(t, address)
	for _, side := range sides {
		rows, err := conn.Query(context.Background(), side.there)
		if err != nil {
			t.Fatal(side.collection, err)
		}
		there := content(t, rows, len(rows.FieldDescriptions()), true)
		rows.Close()
		found, err := app.DB().NewQuery(side.here).Rows()
		if err != nil {
			t.Fatal(side.collection, err)
		}
		columns, err := found.Columns()
		if err != nil {
			t.Fatal(side.collection, err)
		}
		here := content(t, found, len(columns), false)
		found.Close()
		if there != here {
			t.Errorf("%s: %s there, %s here", side.collection, there, here)
		}
	}
}

func at() time.Time { return time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC) }

func importInto(t *testing.T, app core.App, o options) (*report, error) {
	t.Helper()
	if o.files == "" {
		o.files = "skip"
	}
	return run(context.Background(), app, o, at)
}

func TestEverythingIsHereAndAsItWas(t *testing.T) {
	address := oldStudio(t, fill(20)...)
	s := testkit.New(t, nil)
	r, err := importInto(t, s.App, options{address: address})
	if err != nil || r.verdict() != nil {
		t.Fatal(err, r)
	}
	compare(t, address, s.App)

	count := func(query string) (n int) {
		t.Helper()
		if err := s.App.DB().NewQuery(query).Row(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	// A project has three threads. The newest comment that is not deleted ends a thread: in the milestone's it is the one
	// before the deleted ninth.
	if n := count("SELECT count(*) FROM comments WHERE lastWord"); n != 300 {
		t.Errorf("%d threads have a last word", n)
	}
	if n := count("SELECT count(*) FROM comments WHERE lastWord AND body NOT IN ('Words 3', 'Words 4', 'Words 2')"); n != 0 {
		t.Errorf("%d last words are not the newest", n)
	}
	if n := count("SELECT count(*) FROM comments WHERE deletedAt != '' AND (body != '' OR deletedBody = '')"); n != 0 {
		t.Errorf("%d deleted comments show their words", n)
	}
	if n := count("SELECT count(*) FROM outbox"); n != 0 {
		t.Errorf("%d notices would be mailed", n)
	}
	linked, err := s.App.FindFirstRecordByData("clients", "clerkId", "user_1")
	if err != nil || !people.Joined(linked) || linked.GetString("unsubscribeKey") == "" || linked.TokenKey() == "" {
		t.Error("a client of Clerk's has not joined", err)
	}
	// A sign-in at Clerk from before the import and the studio's hooks work on the imported rows.
	answer := s.Do("PATCH", "/api/collections/milestones/records/"+NewId("client1project1milestone1"), s.Owner, map[string]any{"status": "DONE"})
	if answer.Status != 200 {
		t.Errorf("an imported milestone cannot be changed: %d %s", answer.Status, answer.Raw)
	}

	file, err := os.Open(r.Map)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines, err := csv.NewReader(file).ReadAll()
	if err != nil || !slices.ContainsFunc(lines, func(l []string) bool { return slices.Equal(l, []string{"clients", "client1", NewId("client1")}) }) {
		t.Errorf("the map does not lead to client1: %v", err)
	}
}

func TestARehearsalKeepsNothingAndSaysTheSame(t *testing.T) {
	address := oldStudio(t, fill(3)...)
	s := testkit.New(t, nil)
	rehearsal, err := importInto(t, s.App, options{address: address, dryRun: true})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := s.App.CountRecords("clients"); n != 0 || err != nil {
		t.Errorf("%d clients after a rehearsal, %v", n, err)
	}
	real, err := importInto(t, s.App, options{address: address})
	if err != nil || !slices.Equal(rehearsal.Tables, real.Tables) {
		t.Errorf("%v; the rehearsal said %v, the import %v", err, rehearsal.Tables, real.Tables)
	}
	if _, err := os.Stat(filepath.Join(s.App.DataDir(), "import-map.csv")); err != nil {
		t.Error(err)
	}
}

func TestASecondImport(t *testing.T) {
	address := oldStudio(t, fill(2)...)
	s := testkit.New(t, nil)
	for i, step := range []struct {
		again   bool
		refused string
	}{{false, ""}, {false, "--again replaces it"}, {true, ""}, {true, ""}} {
		_, err := importInto(t, s.App, options{address: address, again: step.again})
		if step.refused == "" && err != nil || step.refused != "" && (err == nil || !strings.Contains(err.Error(), step.refused)) {
			t.Errorf("import %d: %v", i+1, err)
		}
	}
	compare(t, address, s.App)
	if answer := s.Do("PATCH", "/api/collections/goals/records/"+NewId("client1project1goal1"), s.Owner, map[string]any{"title": "Another"}); answer.Status != 200 {
		t.Fatal(answer.Status)
	}
	if _, err := importInto(t, s.App, options{address: address, again: true}); err == nil || !strings.Contains(err.Error(), "has been changed since") {
		t.Errorf("a changed studio: %v", err)
	}
	other := testkit.New(t, nil)
	other.Client("Ana")
	if _, err := importInto(t, other.App, options{address: address}); err == nil || !strings.Contains(err.Error(), "holds 1 client already") {
		t.Errorf("a studio with work in it: %v", err)
	}
}

// TestCrookedRowsAreNamed puts one wrong row of each kind into a correct studio: all are reported, and nothing is
// written.
func TestCrookedRowsAreNamed(t *testing.T) {
	address := oldStudio(t, append(fill(2),
		`ALTER TABLE "Project" ALTER COLUMN "serviceType" TYPE text`, `ALTER TABLE "Milestone" ALTER COLUMN status TYPE text`,
		`ALTER TABLE "Comment" DROP CONSTRAINT "Comment_goalId_fkey"`, `ALTER TABLE "Milestone" DROP CONSTRAINT "Milestone_projectId_fkey"`,
		`DROP INDEX "Deliverable_attachmentId_key"`, `ALTER TABLE "Client" ADD phone text`, `CREATE TABLE "Invoice" (id text)`, `CREATE TABLE "Empty" (id text)`,
		`CREATE TABLE _prisma_migrations (id text)`, `INSERT INTO _prisma_migrations VALUES ('one')`,
		`INSERT INTO "Client" (id, email, name, "updatedAt", phone) VALUES ('same', 'CLIENT1@example.com', 'Same', now(), '+44')`,
		`INSERT INTO "Client" (id, email, name, "updatedAt") VALUES ('nomail', 'nobody', 'No mail', now())`,
		`INSERT INTO "Project" (id, "clientId", title, "serviceType", "updatedAt") VALUES ('plumbing', 'client1', 'Sink', 'PLUMBING', now())`,
		`INSERT INTO "Milestone" (id, "projectId", title, status) VALUES ('nearly', 'client1project1', 'Mix', 'NEARLY')`,
		`INSERT INTO "Milestone" (id, "projectId", title, status) VALUES ('lost', 'gone', 'Mix', 'TODO')`,
		`INSERT INTO "Comment" (id, body, "authorName") VALUES ('loose', 'words', 'Mara')`,
		`INSERT INTO "Comment" (id, body, "authorName", "sessionId", "goalId") VALUES ('twice', 'words', 'Mara', 'client1project1session1', 'client1project1goal1')`,
		`INSERT INTO "Comment" (id, body, "authorName", "goalId") VALUES ('dangling', 'words', 'Mara', 'gone')`,
		`INSERT INTO "Comment" (id, body, "authorName", "goalId") VALUES ('long', repeat('x', 10001), 'Mara', 'client1project1goal1')`,
		`INSERT INTO "Deliverable" (id, "projectId", title, "attachmentId") VALUES ('second', 'client1project1', 'Mix', 'client1project1file1')`,
		`INSERT INTO "Booking" (id, "clientId", "calendarEventId", title, "startTime", "endTime", status) VALUES ('maybe', 'client1', 'e', 'Call', now(), now(), 'waitlisted')`,
		`INSERT INTO "Invoice" VALUES ('one')`)...)
	s := testkit.New(t, nil)
	r, err := importInto(t, s.App, options{address: address})
	if err != nil {
		t.Fatal(err)
	}
	said := strings.Join(r.Problems, "\n")
	for _, want := range []string{"Client same: its email", "Client nomail", "Project plumbing: serviceType", "Milestone nearly: status", "Milestone lost: its project is gone", "Comment loose: it hangs off 0",
		"Comment twice: it hangs off 2", "Comment dangling: its goal is gone", "Comment long: its body has 10001 characters", "Deliverable second: its file client1project1file1 is that of Deliverable client1project1deliverable1",
		"Booking maybe: status", "Client.phone is not understood, and 1 value would be lost", "Invoice is not understood, and 1 row would be lost"} {
		if !strings.Contains(said, want) {
			t.Errorf("not said: %s", want)
		}
	}
	if len(r.Problems) != 13 {
		t.Errorf("%d problems:\n%s", len(r.Problems), said)
	}
	if r.verdict() == nil {
		t.Error("the command would succeed")
	}
	if n, err := s.App.CountRecords("clients"); n != 0 || err != nil {
		t.Errorf("%d clients were written, %v", n, err)
	}
	r, err = importInto(t, s.App, options{address: address, without: []string{"client.phone", "Invoice"}})
	if err != nil || len(r.Problems) != 11 {
		t.Errorf("what may be left out still stops: %v %v", err, r.Problems)
	}
}

// TestAnotherSchema reads a database with some other column names than those that are expected.
func TestAnotherSchema(t *testing.T) {
	address := oldStudio(t, append(fill(1),
		`ALTER TABLE "Goal" DROP COLUMN done, ADD "completedAt" timestamptz`, `UPDATE "Goal" SET "completedAt" = '2025-01-02 03:04:05+01' WHERE id = 'client1project1goal1'`,
		`ALTER TABLE "Session" DROP COLUMN notes`, `ALTER TABLE "Session" ALTER COLUMN "durationMin" DROP NOT NULL`, `UPDATE "Session" SET "durationMin" = NULL`,
		`ALTER TABLE "Client" ADD company text`, `UPDATE "Client" SET company = 'Blue Band'`, `ALTER TABLE "Comment" DROP COLUMN "editedAt"`, `ALTER TABLE "Booking" RENAME COLUMN "startTime" TO start_time`,
		`ALTER TABLE "ActionItem" RENAME TO action_items`, `UPDATE "Milestone" SET title = ' ' WHERE id = 'client1project1milestone1'`)...)
	s := testkit.New(t, nil)
	r, err := importInto(t, s.App, options{address: address})
	if err != nil || len(r.Problems) > 0 || r.verdict() != nil {
		t.Fatal(err, r)
	}
	one := func(collection, id string) *core.Record {
		t.Helper()
		record, err := s.App.FindRecordById(collection, NewId(id))
		if err != nil {
			t.Fatal(err)
		}
		return record
	}
	if got := one("goals", "client1project1goal1").GetString("completedAt"); got != "2025-01-02 02:04:05.000Z" {
		t.Errorf("done at %s", got)
	}
	if got := one("clients", "client1").GetString("company"); got != "Blue Band" {
		t.Errorf("company %s", got)
	}
	if got := one("milestones", "client1project1milestone1").GetString("title"); got != "Untitled milestone" {
		t.Errorf("title %s", got)
	}
	if n, err := s.App.CountRecords("action_items"); n != 10 || err != nil {
		t.Errorf("%d action items, %v", n, err)
	}
}

func TestThePasswordIsNeverSaid(t *testing.T) {
	address := oldStudio(t)
	t.Setenv("PGPASSWORD", "")
	for _, wrong := range []string{strings.Replace(address, "portal@", "portal:wrong-Secret1@", 1), "postgres://portal:wrong-Secret1@127.0.0.1:1/x?connect_timeout=2", "postgres://portal:wrong-Secret1@[::bad/x"} {
		_, err := importInto(t, testkit.New(t, nil).App, options{address: wrong})
		if err == nil || strings.Contains(err.Error(), "wrong-Secret1") {
			t.Errorf("%v", err)
		}
	}
}

// TestALargeMoveThatIsKilled kills the process in the middle of a large import: nothing has been written, and a second
// attempt succeeds. GREENROOM_SOAK makes the studio larger.
func TestALargeMoveThatIsKilled(t *testing.T) {
	clients := 60
	if os.Getenv("GREENROOM_SOAK") != "" {
		clients = 200
	}
	binary := testkit.Binary(t)
	address := oldStudio(t, fill(clients)...)
	dir := filepath.Join(t.TempDir(), "pb_data")
	begin := func() *exec.Cmd {
		command := exec.Command(binary, "import", address, "--files", "skip", "--dir", dir)
		command.Env = append(os.Environ(), "PGPASSWORD="+password)
		return command
	}
	killed := begin()
	if err := killed.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- killed.Wait() }()
	for onDisk := false; !onDisk; { // waits until rows of the transaction have reached the disk
		select {
		case err := <-ended:
			t.Fatal("it was over before it could be killed: ", err)
		case <-time.After(5 * time.Millisecond):
			info, err := os.Stat(filepath.Join(dir, "data.db-wal"))
			onDisk = err == nil && info.Size() > 4<<20
		}
	}
	if err := killed.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-ended
	db, err := database.Connect(filepath.Join(dir, "data.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var n int
	if err := db.NewQuery("SELECT count(*) FROM clients").Row(&n); err != nil || n != 0 {
		t.Fatalf("%d clients of half an import, %v", n, err)
	}
	began := time.Now()
	if said, err := begin().CombinedOutput(); err != nil {
		t.Fatalf("the second try: %v\n%s", err, said)
	} else {
		t.Logf("%d clients with five projects each in %.1f s\n%s", clients, time.Since(began).Seconds(), said)
	}
	app := core.NewBaseApp(core.BaseAppConfig{DataDir: dir})
	if err := app.Bootstrap(); err != nil {
		t.Fatal(err)
	}
	defer app.ClearBootstrap()
	compare(t, address, app)
}

// A server that is only starting, or stands by, has locked the data directory and answers nothing yet.
func TestNoImportBesideAServerThatStarts(t *testing.T) {
	s := testkit.New(t, nil)
	directory, err := os.Open(s.App.DataDir())
	if err != nil {
		t.Fatal(err)
	}
	defer directory.Close()
	if err := ready(s.App); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(directory.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	if err := ready(s.App); err == nil || !strings.HasPrefix(err.Error(), "a server runs on ") {
		t.Errorf("it says %v", err)
	}
}
