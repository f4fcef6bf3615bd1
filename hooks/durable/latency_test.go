package durable_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"greenroom/hooks/testkit"
)

// slowest is how long a write may take during maintenance.
const slowest = time.Second

// Backups, the nightly checkpoint and Litestream's snapshots do not delay writes. Unlike the other tests it does not
// run in parallel, since their load would distort the times.
func TestNoWriteWaitsForMaintenance(t *testing.T) {
	g := newGateway(t)
	s := openWith(t, g.environment())
	s.stop()
	s.grow(10)
	snapshots := filepath.Join(g.Root, "objects", bucketName, "studio", "0009")
	if err := os.RemoveAll(snapshots); err != nil { // without snapshots the next one is due at once
		t.Fatal(err)
	}
	// The snapshot is made when the bucket is back, while somebody writes.
	g.line.goDown()
	s.start()
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
	for range 2 {
		for _, work := range []string{"/api/backups", "/api/crons/__pbDBOptimize__"} {
			if answer := testkit.Request(t, s.url, "POST", work, s.owner, nil); answer.Status != 204 {
				t.Errorf("%s: %d %s", work, answer.Status, answer.Raw)
			}
		}
	}
	g.line.comeBack()
	testkit.Eventually(t, "the snapshot is made", func() bool { return len(glob(t, filepath.Join(snapshots, "*"))) > 0 })
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

// grow adds that many megabytes of comments to the database of a studio that is not served.
func (s *studio) grow(megabytes int) {
	s.t.Helper()
	s.change(fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
		INSERT INTO comments (id, milestone, client, body, created, updated)
		SELECT printf('grown%%010d', i), '%s', '%s', hex(randomblob(5000)), '2026-01-01 10:00:00.000Z', '2026-01-01 10:00:00.000Z' FROM n`,
		megabytes*100, milestoneId, clientId))
}

// The drill restores the studio's data, and the owner can read when it last did.
func TestDrill(t *testing.T) {
	t.Parallel()
	s := openWith(t, map[string]string{"REPLICA_URL": "file://" + t.TempDir()})
	s.comment("Words")
	if answer := testkit.Request(t, s.url, "POST", "/api/crons/greenroomRestoreDrill", s.owner, nil); answer.Status != 204 {
		t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	testkit.Eventually(t, "the drill is written down", func() bool {
		row := s.row("durable:drill")
		return row["state"] == "ok" && strings.Contains(row["cursor"].(string), "1 comments")
	})
}

// row reads one row of the collection integrations, by name.
func (s *studio) row(name string) map[string]any {
	s.t.Helper()
	items, _ := s.must("GET", records("integrations")+"?filter=name='"+name+"'", nil)["items"].([]any)
	if len(items) != 1 {
		return map[string]any{}
	}
	row, _ := items[0].(map[string]any)
	return row
}
