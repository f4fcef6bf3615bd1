package cascade_test

import (
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/testkit"
)

// TestDeletesWhatPocketBaseDeletes deletes the same random records with Greenroom's cascade and with PocketBase's own,
// and compares everything that is left.
func TestDeletesWhatPocketBaseDeletes(t *testing.T) {
	kinds := []string{"clients", "projects", "sessions", "attachments", "milestones", "goals"}
	deleted, seed := map[string]int{}, testkit.Seed(t)
	for tree := range uint64(4) {
		random := rand.New(rand.NewPCG(seed, tree))
		s := testkit.New(t, nil)
		grove{s, random}.grow(4)
		oracle, emptied := twin(t, s), map[string]bool{}
		for _, i := range append(random.Perm(len(kinds)), random.Perm(len(kinds))...) {
			record := pick(t, s.App, random, kinds[i])
			if record == nil {
				continue
			}
			deleted[kinds[i]]++
			t.Logf("tree %d: delete %s %s", tree, kinds[i], record.Id)
			held := holders(t, oracle)
			if err := oracle.Delete(find(t, oracle, record)); err != nil {
				t.Fatal(err)
			}
			if err := s.App.Delete(record); err != nil {
				t.Fatal(err)
			}
			for id := range holders(t, oracle) {
				delete(held, id)
			}
			maps.Copy(emptied, held) // the two are updated at different times
			sameLines(t, "rows", rows(t, s.App, emptied), rows(t, oracle, emptied))
			filesBecome(t, oracle)
			filesBecome(t, s.App)
			if t.Failed() {
				return
			}
		}
	}
	for _, kind := range kinds {
		if deleted[kind] == 0 {
			t.Errorf("nothing of %s was deleted: the trees are too small to show anything", kind)
		}
	}
}

// pick returns any record of the collection, or nil.
func pick(t *testing.T, app core.App, random *rand.Rand, collection string) *core.Record {
	t.Helper()
	var all []*core.Record
	if err := app.RecordQuery(collection).OrderBy("id").All(&all); err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		return nil
	}
	return all[random.IntN(len(all))]
}

// holders returns the deliverables that have a file.
func holders(t *testing.T, app core.App) map[string]bool {
	t.Helper()
	var ids []string
	if err := app.DB().Select("id").From("deliverables").Where(dbx.NewExp("attachment != ''")).Column(&ids); err != nil {
		t.Fatal(err)
	}
	held := map[string]bool{}
	for _, id := range ids {
		held[id] = true
	}
	return held
}
