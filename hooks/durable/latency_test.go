package durable_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"greenroom/hooks/testkit"
)

// slowest is how long somebody may wait for what they wrote while the studio is busy with itself.
const slowest = time.Second

// Backups, the nightly checkpoint and snapshots go on beside the people.
func TestNoWriteWaitsForMaintenance(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	s := openWith(t, g.environment())
	done := make(chan struct{})
	var took []time.Duration
	var writing sync.WaitGroup
	writing.Go(func() {
		for !isClosed(done) {
			started := time.Now()
			if _, err := s.ask("POST", records("comments"), s.client, map[string]any{"milestone": milestoneId, "body": strings.Repeat("word ", 1000)}); err != nil {
				t.Error(err)
				return
			}
			took = append(took, time.Since(started))
		}
	})
	for range 3 {
		for _, work := range []string{"/api/backups", "/api/crons/__pbDBOptimize__"} {
			if answer := testkit.Request(t, s.url, "POST", work, s.owner, nil); answer.Status != 204 {
				t.Errorf("%s: %d %s", work, answer.Status, answer.Raw)
			}
		}
	}
	close(done)
	writing.Wait()
	longest := time.Duration(0)
	for _, d := range took {
		longest = max(longest, d)
	}
	t.Logf("%d writes, the slowest in %s", len(took), longest)
	if longest > slowest {
		t.Errorf("one of %d writes took %s", len(took), longest)
	}
}

// The drill restores what the studio has, and the owner reads when it did.
func TestDrill(t *testing.T) {
	t.Parallel()
	s := openWith(t, map[string]string{"REPLICA_URL": "file://" + t.TempDir()})
	s.comment("Words")
	if answer := testkit.Request(t, s.url, "POST", "/api/crons/greenroomRestoreDrill", s.owner, nil); answer.Status != 204 {
		t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	eventually(t, "the drill is written down", func() bool {
		row := s.row("durable:drill")
		return row["state"] == "ok" && strings.Contains(row["cursor"].(string), "1 comments")
	})
}

// row is a row of the collection integrations.
func (s *studio) row(name string) map[string]any {
	s.t.Helper()
	items, _ := s.must("GET", records("integrations")+"?filter=name='"+name+"'", nil)["items"].([]any)
	if len(items) != 1 {
		return map[string]any{}
	}
	row, _ := items[0].(map[string]any)
	return row
}
