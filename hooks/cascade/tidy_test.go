package cascade_test

import (
	"slices"
	"testing"
	"time"

	"greenroom/hooks/cascade"
)

// TestTheLogOfWritesIsEmptiedAfterwards looks, in the middle of a sweep and after it, at how much log a transaction may
// leave before it empties it while everybody waits.
func TestTheLogOfWritesIsEmptiedAfterwards(t *testing.T) {
	l := newLargeTree(t)
	pages := func() (n int) {
		t.Helper()
		if err := l.App.NonconcurrentDB().NewQuery("PRAGMA wal_autocheckpoint").Row(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	usual := pages()
	var during []int
	cascade.AfterChunk(t, func() { during = append(during, pages()) })
	if err := l.App.Delete(l.project); err != nil {
		t.Fatal(err)
	}
	if len(during) == 0 || slices.Min(during) <= usual {
		t.Errorf("during the sweep %v pages, usually %d", during, usual)
	}
	for deadline := time.Now().Add(time.Minute); pages() != usual; time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d pages are left for ever, not %d", pages(), usual)
		}
	}
}
