package importer

import (
	"encoding/csv"
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
