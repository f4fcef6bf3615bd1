package cascade_test

import (
	"path/filepath"
	"testing"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/cascade"
	"greenroom/hooks/database"
	"greenroom/hooks/testkit"
	"greenroom/pb_migrations"
)

// TestWordsOfANewRecordReplaceTheGone makes records that get the rowids of deleted ones whose words are still in the
// index.
func TestWordsOfANewRecordReplaceTheGone(t *testing.T) {
	r := testkit.NewRoom(t)
	project := r.Project("Album")
	goal := r.Make("goals", testkit.Fields{"project": project.Id, "title": "Goal"})
	comment := r.Make("comments", testkit.Fields{"goal": goal.Id, "body": "snare"})
	err := r.App.RunInTransaction(func(tx core.App) error {
		if err := pb_migrations.SearchLater(tx.DB()); err != nil {
			return err
		}
		if _, err := tx.DB().Delete("comments", dbx.HashExp{"id": comment.Id}).Execute(); err != nil {
			return err
		}
		return pb_migrations.SearchAtOnce(tx.DB())
	})
	if err != nil {
		t.Fatal(err)
	}
	if missing, extra, err := pb_migrations.SearchFaults(r.App.DB()); missing != 0 || extra != 0 || err != nil {
		t.Errorf("the index lacks %d and has %d too many: %v", missing, extra, err)
	}
	r.Make("comments", testkit.Fields{"goal": goal.Id, "body": "bass"})
	for range 2 {
		for words, want := range map[string]int{"snare": 0, "bass": 1} {
			if found := r.Do("GET", "/api/portal/search?q="+words, r.AnaToken, nil).JSON()["items"].([]any); len(found) != want {
				t.Errorf("%s is found %d times", words, len(found))
			}
		}
		if _, err := pb_migrations.ForgetSearched(r.App.NonconcurrentDB(), -1, 100, 0); err != nil {
			t.Fatal(err)
		}
	}
	if missing, extra, err := pb_migrations.SearchFaults(r.App.DB()); missing != 0 || extra != 0 || err != nil {
		t.Errorf("the index lacks %d and has %d too many: %v", missing, extra, err)
	}
}

// TestTheIndexIsMergedAfterwards deletes a large tree, whose words are most of the index.
func TestTheIndexIsMergedAfterwards(t *testing.T) {
	l := newLargeTree(t)
	size := func() (bytes int) {
		t.Helper()
		if err := l.App.DB().NewQuery("SELECT sum(length(block)) FROM " + pb_migrations.SearchTable + "_data").Row(&bytes); err != nil {
			t.Fatal(err)
		}
		return bytes
	}
	before := size()
	if err := l.App.Delete(l.project); err != nil {
		t.Fatal(err)
	}
	wordsGo(t, l.Studio)
	if after := size(); after > before/4 {
		t.Errorf("the index had %d bytes and has %d", before, after)
	}
	l.exec("INSERT INTO " + pb_migrations.SearchTable + " (" + pb_migrations.SearchTable + ") VALUES ('integrity-check')")
	goal := l.Make("goals", testkit.Fields{"project": l.others.Id, "title": "Snare"})
	if found := l.Do("GET", "/api/portal/search?q=snare", l.BenToken, nil).JSON()["items"].([]any); len(found) != 1 || found[0].(map[string]any)["id"] != goal.Id {
		t.Errorf("Ben finds %v", found)
	}
}

// TestRemovingWordsEndsForAWaitingWriter lets a writer come in the first step, which nothing else would end before all words
// are gone: the step ends, and the writer writes before the second one begins.
func TestRemovingWordsEndsForAWaitingWriter(t *testing.T) {
	l := growLargeTree(t, testkit.Connect(t, testkit.Dir(t), nil, database.Connect))
	come, written := l.anotherWriter(t)
	statements := 0
	var perStep []int
	cascade.EndlessWords(t, func() {
		if statements++; statements == 1 {
			come()
		}
	})
	cascade.AfterWords(t, func() {
		if perStep = append(perStep, statements); len(perStep) > 1 {
			return
		}
		if err := <-written; err != nil {
			t.Error(err)
		}
	})
	if err := l.App.Delete(l.project); err != nil {
		t.Fatal(err)
	}
	wordsGo(t, l.Studio)
	if perStep[0] != 1 || statements < 10 {
		t.Errorf("after each step %v statements had run, of %d", perStep, statements)
	}
}

// TestNoStepOfMergingReadsMuch measures by how much each step makes the index smaller, while nothing but a large tree is
// in it and each step writes as little as it can.
func TestNoStepOfMergingReadsMuch(t *testing.T) {
	l := newLargeTree(t)
	cascade.MergeLittle(t)
	size := func() (bytes int) {
		t.Helper()
		if err := l.App.DB().NewQuery("SELECT coalesce(sum(length(block)), 0) FROM " + pb_migrations.SearchTable + "_data").Row(&bytes); err != nil {
			t.Error(err)
		}
		return bytes
	}
	before := size()
	last, most := before, 0
	cascade.AfterWords(t, func() {
		now := size()
		last, most = now, max(most, last-now)
	})
	if err := l.App.Delete(l.project); err != nil {
		t.Fatal(err)
	}
	wordsGo(t, l.Studio)
	if most > before*3/4 {
		t.Errorf("one step made the index of %d bytes smaller by %d", before, most)
	}
}

// TestMergingIsSwitchedOnAgain starts a server on a database that a crash left between the removal of words and the end
// of merging.
func TestMergingIsSwitchedOnAgain(t *testing.T) {
	dir := testkit.Dir(t)
	left, err := dbx.Open("sqlite", filepath.Join(dir, "data.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := pb_migrations.SearchMerges(left, false); err != nil {
		t.Fatal(err)
	}
	if tidy, err := pb_migrations.SearchIsTidy(left); tidy || err != nil {
		t.Fatalf("tidy: %t, %v", tidy, err)
	}
	if err := left.Close(); err != nil {
		t.Fatal(err)
	}
	wordsGo(t, testkit.Open(t, dir, nil))
}
