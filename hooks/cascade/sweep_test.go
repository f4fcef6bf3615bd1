package cascade_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/cascade"
	"greenroom/hooks/database"
	"greenroom/hooks/integrations"
	"greenroom/hooks/testkit"
	"greenroom/pb_migrations"
)

// largeTree is a project of Ana's with more records than one transaction deletes, and one of Ben's.
type largeTree struct {
	*testkit.Room
	project, others *core.Record
}

const largeEnough = 3000

func newLargeTree(t *testing.T) *largeTree {
	t.Helper()
	return growLargeTree(t, testkit.New(t, nil))
}

func growLargeTree(t *testing.T, s *testkit.Studio) *largeTree {
	t.Helper()
	r := testkit.Furnish(t, s)
	l := &largeTree{r, r.Project("Large"), r.Project("Ben's", testkit.Fields{"client": r.Ben.Id})}
	session := r.Make("sessions", testkit.Fields{"project": l.project.Id, "title": "Day"})
	milestone := r.Make("milestones", testkit.Fields{"project": l.project.Id, "title": "Mix"})
	r.Make("attachments", testkit.Fields{"project": l.project.Id, "session": session.Id, "file": testkit.TextFile("a.txt")})
	_, err := r.App.DB().NewQuery("INSERT INTO comments (id, session, milestone, client, body, created, updated) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {:many})" +
		" SELECT printf('x%014d', i), CASE WHEN i % 2 THEN {:session} ELSE '' END, CASE WHEN i % 2 THEN '' ELSE {:milestone} END, {:client}, 'snare words', '2026-01-01 10:00:00.000Z', '2026-01-01 10:00:00.000Z' FROM n").
		Bind(dbx.Params{"many": largeEnough, "session": session.Id, "milestone": milestone.Id, "client": r.Ana.Id}).Execute()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// left counts the rows of the tree directly in the database.
func left(t *testing.T, s *testkit.Studio) (total int) {
	t.Helper()
	for _, table := range []string{"projects", "sessions", "milestones", "attachments", "comments"} {
		n := 0
		if err := s.App.DB().NewQuery("SELECT count(*) FROM " + table + " WHERE client = (SELECT id FROM clients WHERE name = 'Ana')").Row(&n); err != nil {
			t.Fatal(err)
		}
		total += n
	}
	return total
}

const whole = largeEnough + 4

// TestNobodySeesHalfATree requests the tree in the middle of its deletion: those who could see it wait until it is
// gone, and all others read and write meanwhile. The request for the deletion is answered before.
func TestNobodySeesHalfATree(t *testing.T) {
	l := newLargeTree(t)
	lists := map[string]string{
		"/api/collections/comments/records?perPage=1": "totalItems", "/api/collections/sessions/records": "totalItems", "/api/portal/search?q=snare": "items"}
	for path := range lists { // fills the caches of pages and tokens
		l.Do("GET", path, l.AnaToken, nil)
	}
	waiting, answered := make(chan string, 2*len(lists)), make(chan struct{})
	chunks := 0
	cascade.AfterChunk(t, func() {
		chunks++
		if n := left(t, l.Studio); n >= whole-1 || chunks == 1 && n == 0 {
			t.Errorf("after a chunk %d records are left", n)
		}
		if chunks > 1 {
			return
		}
		for path, counted := range lists {
			for _, token := range []string{l.AnaToken, l.Owner} {
				go func() {
					a := l.Do("GET", path, token, nil)
					waiting <- fmt.Sprintf("%d %s %v", a.Status, counted, a.JSON()[counted])
				}()
			}
		}
		if a := l.Do("GET", "/api/collections/projects/records", l.BenToken, nil); a.Status != 200 || a.JSON()["totalItems"] != 1.0 {
			t.Errorf("Ben reads %d %s", a.Status, a.Raw)
		}
		if a := l.Do("PATCH", "/api/collections/projects/records/"+l.others.Id, l.Owner, testkit.Fields{"title": "Other"}); a.Status != 200 {
			t.Errorf("the owner writes %d %s", a.Status, a.Raw)
		}
		select {
		case said := <-waiting:
			t.Errorf("in the middle somebody reads %.80s", said)
		default:
		}
		select {
		case <-answered:
		case <-time.After(time.Minute):
			t.Error("the request waits for the sweep")
		}
	})
	if a := l.Do("DELETE", "/api/collections/projects/records/"+l.project.Id, l.Owner, nil); a.Status != http.StatusNoContent {
		t.Fatalf("%d %s", a.Status, a.Raw)
	}
	close(answered)
	for range 2 * len(lists) {
		select {
		case said := <-waiting:
			if said != "200 totalItems 0" && said != "200 items []" {
				t.Errorf("afterwards somebody reads %.80s", said)
			}
		case <-time.After(time.Minute):
			t.Fatal("somebody waits for ever")
		}
	}
	if chunks < 3 {
		t.Errorf("it was deleted in %d chunks", chunks)
	}
	if n := left(t, l.Studio); n != 0 {
		t.Errorf("%d records are left", n)
	}
	marks(t, l.Studio, 0)
	wordsGo(t, l.Studio)
	filesBecome(t, l.App)
}

// copyOf copies a data directory as a crash would leave it.
func copyOf(t *testing.T, app core.App) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.CopyFS(dir, os.DirFS(app.DataDir())); err != nil {
		t.Error(err)
	}
	return dir
}

// TestACrashLeavesNoHalfATree copies the data directory before the first chunk is committed and after each, as a crash
// would leave it, and starts a server on the copy.
func TestACrashLeavesNoHalfATree(t *testing.T) {
	l := newLargeTree(t)
	var crashed []string
	crash := func() {
		crashed = append(crashed, copyOf(t, l.App))
	}
	cascade.InChunk(t, func() {
		if len(crashed) == 0 {
			crash()
		}
	})
	cascade.AfterChunk(t, crash)
	if err := l.App.Delete(l.project); err != nil {
		t.Fatal(err)
	}
	cascade.AfterChunk(t, nil)
	cascade.InChunk(t, nil)
	if len(crashed) < 3 {
		t.Fatalf("%d chunks", len(crashed))
	}
	for _, dir := range []string{crashed[0], crashed[len(crashed)/2], crashed[len(crashed)-1]} {
		s := testkit.Open(t, dir, nil)
		if n := left(t, s); n != 0 {
			t.Errorf("after a crash %d records are left", n)
		}
		marks(t, s, 0)
		wordsGo(t, s)
		filesBecome(t, s.App)
	}
}

// TestAMarkOfAnEarlierReleaseIsObeyed starts a server on a marked tree whose root is still there, because the root used
// to go last.
func TestAMarkOfAnEarlierReleaseIsObeyed(t *testing.T) {
	l := newLargeTree(t)
	if err := integrations.Set(l.App, "cascade:projects/"+l.project.Id, "sweeping", "", ""); err != nil {
		t.Fatal(err)
	}
	s := testkit.Open(t, copyOf(t, l.App), nil)
	if n := left(t, s); n != 0 {
		t.Errorf("%d records are left", n)
	}
	marks(t, s, 0)
}

// anotherWriter returns a function that lets a writer come and returns as soon as the writer waits, and where the writer
// says how it ended.
func (l *largeTree) anotherWriter(t *testing.T) (come func(), written <-chan error) {
	ended := make(chan error, 1)
	return func() {
		go func() {
			_, err := l.App.NonconcurrentDB().NewQuery("UPDATE projects SET title = 'Waited' WHERE id = {:id}").Bind(dbx.Params{"id": l.others.Id}).Execute()
			ended <- err
		}()
		for deadline := time.Now().Add(time.Minute); !database.Awaited(l.App); time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Error("the writer does not wait")
				return
			}
		}
	}, ended
}

// TestAChunkEndsForAWaitingWriter lets a writer come in the first chunk, which nothing else would end: the chunk ends, and
// the writer writes before the second one begins.
func TestAChunkEndsForAWaitingWriter(t *testing.T) {
	l := growLargeTree(t, testkit.Connect(t, testkit.Dir(t), nil, database.Connect))
	cascade.EndlessChunks(t)
	come, written := l.anotherWriter(t)
	pieces := 0
	var perChunk []int
	cascade.InChunk(t, func() {
		if pieces++; pieces == 1 {
			come()
		}
	})
	cascade.AfterEachChunk(t, func() {
		if perChunk = append(perChunk, pieces); len(perChunk) > 1 {
			return
		}
		if err := <-written; err != nil {
			t.Error(err)
		}
	})
	if err := l.App.Delete(l.project); err != nil {
		t.Fatal(err)
	}
	if perChunk[0] != 1 || len(perChunk) < 2 || len(perChunk) > 10 { // others may write in the background
		t.Errorf("after each chunk %v pieces were gone", perChunk)
	}
}

// TestASweepThatFailsAfterTheAnswerIsFinishedLater does the same as the next test with a deletion by request.
func TestASweepThatFailsAfterTheAnswerIsFinishedLater(t *testing.T) {
	l := newLargeTree(t)
	l.exec("CREATE TRIGGER blocked BEFORE DELETE ON comments BEGIN SELECT RAISE(ABORT, 'blocked'); END")
	if a := l.Do("DELETE", "/api/collections/projects/records/"+l.project.Id, l.Owner, nil); a.Status != http.StatusNoContent {
		t.Fatalf("%d %s", a.Status, a.Raw)
	}
	if n := left(t, l.Studio); n != whole-1 {
		t.Errorf("%d records are left", n)
	}
	marks(t, l.Studio, 1)
	read := make(chan testkit.Answer, 1)
	go func() { read <- l.Do("GET", "/api/collections/comments/records", l.Owner, nil) }()
	l.exec("DROP TRIGGER blocked")
	if a := <-read; a.Status != 200 || a.JSON()["totalItems"] != 0.0 {
		t.Errorf("the owner reads %d %s", a.Status, a.Raw)
	}
	marks(t, l.Studio, 0)
}

// TestASweepThatFailsIsFinishedLater makes the second half of a sweep fail, and removes the cause.
func TestASweepThatFailsIsFinishedLater(t *testing.T) {
	l := newLargeTree(t)
	l.exec("CREATE TRIGGER blocked BEFORE DELETE ON milestones BEGIN SELECT RAISE(ABORT, 'blocked'); END")
	if err := l.App.Delete(l.project); err == nil || !strings.Contains(err.Error(), "blocked") {
		t.Fatalf("the delete says %v", err)
	}
	if n := left(t, l.Studio); n == 0 || n == whole {
		t.Errorf("%d records are left", n)
	}
	marks(t, l.Studio, 1)
	read := make(chan testkit.Answer, 1)
	go func() { read <- l.Do("GET", "/api/collections/milestones/records", l.AnaToken, nil) }()
	l.exec("DROP TRIGGER blocked")
	if a := <-read; a.Status != 200 || a.JSON()["totalItems"] != 0.0 {
		t.Errorf("Ana reads %d %s", a.Status, a.Raw)
	}
	if n := left(t, l.Studio); n != 0 {
		t.Errorf("%d records are left", n)
	}
	marks(t, l.Studio, 0)
}

// TestLargeTreesLeaveWhatStays deletes a large tree into which other records point.
func TestLargeTreesLeaveWhatStays(t *testing.T) {
	l := newLargeTree(t)
	extra := addCollection(t, l.App, "notes", relation(t, l.App, "sessions", nil))
	session, err := l.App.FindFirstRecordByData("sessions", "project", l.project.Id)
	if err != nil {
		t.Fatal(err)
	}
	note := l.Make(extra.Name, testkit.Fields{"sessions": session.Id})
	needy := addCollection(t, l.App, "contracts", relation(t, l.App, "milestones", func(r *core.RelationField) { r.Required = true }))
	milestone, err := l.App.FindFirstRecordByData("milestones", "project", l.project.Id)
	if err != nil {
		t.Fatal(err)
	}
	contract := l.Make(needy.Name, testkit.Fields{"milestones": milestone.Id})
	if err := l.App.Delete(l.project); err == nil {
		t.Fatal("a tree is gone that something needs")
	}
	if n := left(t, l.Studio); n != whole {
		t.Errorf("%d records are left of %d", n, whole)
	}
	marks(t, l.Studio, 0)
	if err := l.App.Delete(contract); err != nil {
		t.Fatal(err)
	}
	if err := l.App.Delete(l.project); err != nil {
		t.Fatal(err)
	}
	if got := l.Reload(note).GetString("sessions"); got != "" {
		t.Errorf("the note still points to %s", got)
	}
}

// TestErasureOfAClientIsSweptToo deletes a client with a large tree, and at once makes one with the same address.
func TestErasureOfAClientIsSweptToo(t *testing.T) {
	l := newLargeTree(t)
	chunks := 0
	cascade.AfterChunk(t, func() { chunks++ })
	if err := l.App.Delete(l.Ana); err != nil {
		t.Fatal(err)
	}
	if n := left(t, l.Studio); n != 0 || chunks == 0 {
		t.Errorf("%d records are left after %d chunks", n, chunks)
	}
	l.Client("Ana")
}

func (l *largeTree) exec(statement string) {
	l.T.Helper()
	if _, err := l.App.NonconcurrentDB().NewQuery(statement).Execute(); err != nil {
		l.T.Fatal(err)
	}
}

// marks checks the number of unfinished sweeps.
func marks(t *testing.T, s *testkit.Studio, want int) {
	t.Helper()
	n := 0
	if err := s.App.DB().NewQuery("SELECT count(*) FROM integrations WHERE name LIKE 'cascade:%'").Row(&n); err != nil {
		t.Fatal(err)
	}
	if n != want {
		t.Errorf("%d sweeps are marked, not %d", n, want)
	}
}

// wordsGo waits until the search index only has the words of existing records, and is merged.
func wordsGo(t *testing.T, s *testkit.Studio) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(2 * time.Millisecond) {
		tidy, err := pb_migrations.SearchIsTidy(s.App.DB())
		if err != nil {
			t.Fatal(err)
		}
		if tidy {
			break
		}
		if time.Now().After(deadline) {
			t.Error("the index is not tidy")
			return
		}
	}
	if missing, extra, err := pb_migrations.SearchFaults(s.App.DB()); missing != 0 || extra != 0 || err != nil {
		t.Errorf("the index lacks %d and has %d too many: %v", missing, extra, err)
	}
}
