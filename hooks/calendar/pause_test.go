package calendar

import (
	"testing"
	"time"
)

// A Retry-After is respected up to a limit. Without one, each pause is at least as long as the one before could have
// been, up to a limit.
func TestPauses(t *testing.T) {
	for range 200 {
		if d := pauseAfter(1, &refusal{retryAfter: 5 * time.Second}); d < 5*time.Second || d > 10*time.Second {
			t.Errorf("asked for 5 s, waits %v", d)
		}
		if d := pauseAfter(1, &refusal{retryAfter: 24 * time.Hour}); d < longestPause || d > 2*longestPause {
			t.Errorf("asked for a day, waits %v", d)
		}
		if first, third := pauseAfter(1, nil), pauseAfter(3, nil); third <= first {
			t.Errorf("first %v, third %v", first, third)
		}
		if d := pauseAfter(30, nil); d > 2*longestPause {
			t.Errorf("at last %v", d)
		}
	}
}
