package cascade_test

import (
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/cascade"
	"greenroom/hooks/database"
	"greenroom/hooks/testkit"
)

// TestNobodyWaitsForAChunkToShareItsCommit lets a writer finish when the second chunk's turn comes, so that both would
// share a commit: the writer gets one before the chunk begins.
func TestNobodyWaitsForAChunkToShareItsCommit(t *testing.T) {
	l := growLargeTree(t, testkit.Connect(t, testkit.Dir(t), nil, database.Connect))
	began, written := make(chan struct{}), make(chan error, 1)
	chunks := 0
	cascade.InChunk(t, func() {
		if chunks != 1 {
			return
		}
		chunks++
		select {
		case err := <-written:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(time.Minute):
			t.Error("the writer waits for the chunk")
		}
	})
	cascade.AfterChunk(t, func() {
		if chunks++; chunks > 1 {
			return
		}
		go func() {
			written <- l.App.RunInTransaction(func(core.App) error {
				close(began)
				for deadline := time.Now().Add(time.Minute); !database.Awaited(l.App) && time.Now().Before(deadline); {
					time.Sleep(time.Millisecond)
				}
				return nil
			})
		}()
		<-began
	})
	if err := l.App.Delete(l.project); err != nil {
		t.Fatal(err)
	}
	if chunks < 3 {
		t.Errorf("%d chunks", chunks)
	}
}
