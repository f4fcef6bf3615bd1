package keylock

import (
	"sync"
	"testing"
)

func TestLockIsByKeyAndLeavesNothing(t *testing.T) {
	var locks Locks
	other := locks.Lock("other") // must not block other keys
	counts, all := map[string]int{}, sync.WaitGroup{}
	var counting sync.Mutex
	for _, key := range []string{"a", "b"} {
		for range 100 {
			all.Go(func() {
				defer locks.Lock(key)()
				counting.Lock()
				n := counts[key]
				counting.Unlock()
				counting.Lock()
				counts[key] = n + 1 // would lose counts if two held the same key
				counting.Unlock()
			})
		}
	}
	all.Wait()
	other()
	if counts["a"] != 100 || counts["b"] != 100 {
		t.Errorf("two held one key: %v", counts)
	}
	if len(locks.turns) != 0 {
		t.Errorf("%d locks are kept", len(locks.turns))
	}
}
