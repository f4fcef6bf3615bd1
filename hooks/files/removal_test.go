package files_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"

	"greenroom/hooks/testkit"
)

func TestFilesGoWithWhatTheyBelongTo(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		s := testkit.New(t, p.environment)
		ana, ben := newDesk(s, "ana"), newDesk(s, "ben")
		sendTo := func(d *desk, session string) {
			u := begin(t, s.URL, d.token, map[string]any{"project": d.project.Id, "session": session, "filename": "take.txt", "size": 5}, strings.NewReader("hello"))
			u.rest()
			u.complete()
		}
		left := func(count int) {
			t.Helper()
			testkit.Eventually(t, fmt.Sprint(count, " files are left and nothing is still to delete"), func() bool {
				rows := s.Do("GET", "/api/collections/integrations/records?filter=name~'files:delete'", s.Owner, nil)
				return len(p.keys(t, s)) == count && rows.JSON()["totalItems"] == 0.0
			})
		}
		sendTo(ben, "")
		alone := ana.send(t, "alone.txt", "hello")
		sendTo(ana, ana.session.Id)
		sendTo(ana, "")
		if answer := s.Do("DELETE", fmt.Sprint("/api/collections/attachments/records/", alone["id"]), ben.token, nil); answer.Status != 404 {
			t.Errorf("somebody else deletes it: %d", answer.Status)
		}
		left(4)
		if answer := s.Do("DELETE", fmt.Sprint("/api/collections/attachments/records/", alone["id"]), ana.token, nil); answer.Status != 204 {
			t.Errorf("delete: %d %s", answer.Status, answer.Raw)
		}
		left(3)
		for i, record := range []*core.Record{ana.session, ana.project, ben.client} {
			if err := s.App.Delete(record); err != nil {
				t.Fatal(err)
			}
			left(2 - i)
		}
	})
}

// A record is deleted, and another made under the same id before the files were removed. The new files stay.
func TestFilesThatComeBackStay(t *testing.T) {
	g := newGateway(t)
	s := testkit.New(t, g.Environment())
	ana := newDesk(s, "ana")
	record := ana.send(t, "take.txt", "hello")
	row := s.Make("integrations", map[string]any{"name": "files:delete:x", "state": "deleting",
		"cursor": fmt.Sprintf(`{"collectionId":%q,"records":[%q]}`, record["collectionId"], record["id"])})
	testkit.Eventually(t, "the row is worked off", func() bool { _, err := s.App.FindRecordById("integrations", row.Id); return err != nil })
	if len(g.keys(t)) != 1 {
		t.Error("the file of a record that is there was removed")
	}
}

// The files of a deleted project are removed by few requests, although other projects have many files.
func TestThousandsOfFilesGoInBulk(t *testing.T) {
	const many = 2100
	g := newGateway(t)
	front := newCounter(t, g.Address)
	environment := g.Environment()
	environment["R2_ENDPOINT"] = "http://" + front.address
	s := testkit.New(t, environment)
	ana, ben := newDesk(s, "ana"), newDesk(s, "ben")
	attachments, err := s.App.FindCollectionByNameOrId("attachments")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []*desk{ana, ben} {
		_, err := s.App.DB().NewQuery("INSERT INTO attachments (id, project, client, filename, file, url, size, uploadedBy) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {:many})" +
			" SELECT printf({:form}, i), {:project}, {:client}, 'a.txt', 'a.txt', 'x', 5, 'james' FROM n").Bind(dbx.Params{"many": many, "project": d.project.Id,
			"client": d.client.Id, "form": "x%013d" + d.client.GetString("name")[:1]}).Execute()
		if err != nil {
			t.Fatal(err)
		}
		g.fill(t, attachments.Id, many, d.client.GetString("name")[:1])
	}
	front.count.Store(0)
	if err := s.App.Delete(ana.project); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "the files of one of them are gone", func() bool {
		rows := s.Do("GET", "/api/collections/integrations/records?filter=name~'files:delete'", s.Owner, nil)
		return rows.JSON()["totalItems"] == 0.0
	})
	keys := g.keys(t)
	if len(keys) != many || strings.Contains(strings.Join(keys, " "), "a/a.txt") {
		t.Errorf("%d files are left", len(keys))
	}
	if asked := front.count.Load(); asked > 20 {
		t.Errorf("the bucket was asked %d times", asked)
	}
}

// Deleting a collection of the owner's removes its files.
func TestACollectionOfTheOwnersGoesWithItsFiles(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		s := testkit.New(t, p.environment)
		ana := newDesk(s, "ana")
		ana.send(t, "take.txt", "hello")
		scores := core.NewBaseCollection("scores")
		scores.Fields.Add(&core.FileField{Name: "sheet"})
		if err := s.App.Save(scores); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			s.Make("scores", map[string]any{"sheet": textFile()})
		}
		if err := s.App.Delete(scores); err != nil {
			t.Fatal(err)
		}
		testkit.Eventually(t, "only the other collection's file is left", func() bool { return len(p.keys(t, s)) == 1 })
	})
}

// fill writes files into the S3 server's own folder.
func (g *gateway) fill(t *testing.T, collectionId string, many int, mark string) {
	t.Helper()
	for i := 1; i <= many; i++ {
		dir := filepath.Join(g.Root, "objects", bucketName, collectionId, fmt.Sprintf("x%013d%s", i, mark))
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "a.txt"), []byte("hello"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// The scheduled clean-up is at work when the server stops. The stop waits for it, and no other one begins.
func TestAStopWaitsForTheCleanUp(t *testing.T) {
	s := testkit.New(t, nil)
	u := newDesk(s, "ana").begin(t, "a", "given up")
	begun, stops, late, over := make(chan struct{}), make(chan struct{}), make(chan struct{}), make(chan struct{})
	s.App.OnRecordDelete("integrations").BindFunc(func(e *core.RecordEvent) error {
		close(begun)
		<-stops
		select {
		case <-late:
			t.Error("the stop did not wait")
		case <-time.After(100 * time.Millisecond): // much longer than a stop needs that does not wait
		}
		return e.Next()
	})
	tellOfStop := func(priority int, reached chan struct{}) {
		s.App.OnTerminate().Bind(&hook.Handler[*core.TerminateEvent]{Priority: priority, Func: func(e *core.TerminateEvent) error {
			close(reached)
			return e.Next()
		}})
	}
	tellOfStop(-1, stops)
	tellOfStop(2, late) // after that of the files, which has 1
	_, err := s.App.DB().NewQuery("UPDATE integrations SET updated = datetime('now', '-49 hours') || '.000Z' WHERE name LIKE {:name}").
		Bind(dbx.Params{"name": "files:upload:%" + u.Id}).Execute()
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(over)
		sweep(t, s)
	}()
	<-begun
	s.Stop()
	<-over
	sweep(t, s) // as if the schedule ran it at the same moment
}
