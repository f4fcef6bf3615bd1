package access_test

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/testkit"
)

// Requests of one client are held in process and counted; requests of another client are not delayed.
func TestManyRequestsAtOnceWaitForEachOther(t *testing.T) {
	s := limited(t, nil)
	ana, anas := s.Client("Ana")
	ben, bens := s.Client("Ben")
	var atWork, most atomic.Int64
	entered, release := make(chan struct{}, 100), make(chan struct{})
	s.App.OnRecordViewRequest("clients").BindFunc(func(e *core.RecordRequestEvent) error {
		if e.Auth == nil || e.Auth.Id != ana.Id {
			return e.Next()
		}
		for now := atWork.Add(1); ; {
			before := most.Load()
			if now <= before || most.CompareAndSwap(before, now) {
				break
			}
		}
		entered <- struct{}{}
		<-release
		atWork.Add(-1)
		return e.Next()
	})
	var running sync.WaitGroup
	var refused atomic.Int64
	for range 80 {
		running.Go(func() {
			if answer := s.Do("GET", testkit.RecordPath(ana), anas, nil); answer.Status != http.StatusOK {
				refused.Add(1)
			}
		})
	}
	<-entered
	if answer := s.Do("GET", testkit.RecordPath(ben), bens, nil); answer.Status != http.StatusOK {
		t.Errorf("somebody else: %d %s", answer.Status, answer.Raw)
	}
	if answer := s.Do("GET", testkit.RecordPath(ana), s.Owner, nil); answer.Status != http.StatusOK {
		t.Errorf("the owner: %d %s", answer.Status, answer.Raw)
	}
	for deadline := time.Now().Add(8 * time.Second); refused.Load() < 80-66 && time.Now().Before(deadline); { // until all have arrived
		<-time.After(time.Millisecond)
	}
	close(release)
	running.Wait()
	if most.Load() > 6 {
		t.Errorf("%d were at work at once", most.Load())
	}
	if got := refused.Load(); got != 80-66 {
		t.Errorf("%d of 80 at once were refused", got)
	}
}
