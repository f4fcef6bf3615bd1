package calendar_test

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/testkit"
)

// BenchmarkFirstSync reads 10,000 meetings with 200 clients for the first time. Besides the time it reports the peak of
// memory, above what the studio and the fake need before it, and how long one page keeps other writers waiting.
func BenchmarkFirstSync(b *testing.B) {
	const events, clients = 10_000, 200
	f := testkit.NewGoogle(b)
	f.PageSize = 2_500
	for n := range events {
		f.Put(fmt.Sprintf("event%05d", n), meeting(fmt.Sprintf("Meeting %d", n), float64(n%2_700)-2_000, fmt.Sprintf("client%d@example.com", n%clients), "stranger@example.com"))
	}
	var height, wait atomic.Int64
	for b.Loop() {
		b.StopTimer()
		s := testkit.New(b, f.Environment())
		result(b, s, syncPath)
		err := s.App.RunInTransaction(func(tx core.App) error {
			c, err := tx.FindCachedCollectionByNameOrId("clients")
			if err != nil {
				return err
			}
			for n := range clients {
				client := core.NewRecord(c)
				client.Set("email", fmt.Sprintf("client%d@example.com", n))
				client.SetRandomPassword()
				if err := tx.Save(client); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		runtime.GC()
		var before runtime.MemStats
		runtime.ReadMemStats(&before)
		done := make(chan struct{})
		watch := inParallel(1, func() {
			for {
				select {
				case <-done:
					return
				case <-time.After(20 * time.Millisecond):
				}
				var now runtime.MemStats
				runtime.ReadMemStats(&now)
				height.Store(max(height.Load(), int64(now.HeapAlloc)-int64(before.HeapAlloc)))
			}
		})
		write := inParallel(1, func() {
			for {
				select {
				case <-done:
					return
				case <-time.After(5 * time.Millisecond):
				}
				began := time.Now()
				if _, err := s.App.NonconcurrentDB().NewQuery("UPDATE integrations SET lastError = lastError").Execute(); err != nil {
					b.Error(err)
				}
				wait.Store(max(wait.Load(), int64(time.Since(began))))
			}
		})
		b.StartTimer()
		got := result(b, s, syncPath)
		b.StopTimer()
		close(done)
		watch()
		write()
		if got[0] != events {
			b.Fatalf("the sync counts %v", got)
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(height.Load())/1e6, "MB-high")
	b.ReportMetric(float64(wait.Load())/1e6, "ms-longest-wait")
}
