package cascade

import (
	"testing"
	"time"
)

// TestStepsFitTheTimeOfThoseWhoWait follows the steps of sweeps at several speeds, by a time of their own.
func TestStepsFitTheTimeOfThoseWhoWait(t *testing.T) {
	const ms = time.Millisecond
	for name, c := range map[string]struct {
		each, commit  time.Duration
		size          int           // of a piece, in the end
		waited, alone time.Duration // that a chunk lasts while another writer waits, and while nobody does
	}{
		"usual":            {30 * time.Microsecond, 8 * ms, 200, 18 * ms, 60 * ms},
		"fast":             {10 * time.Microsecond, ms, 400, 20 * ms, 60 * ms},
		"a slow processor": {time.Millisecond, 8 * ms, 10, 20 * ms, 60 * ms},
		"a slow disk":      {30 * time.Microsecond, 40 * ms, 200, 12 * ms, 60 * ms},
	} {
		clock := time.Unix(0, 0)
		p := &pace{now: func() time.Time { return clock }}
		chunk := func(awaited bool) time.Duration {
			began := p.now()
			for ended := false; !ended; ended = p.ends(p.now().Sub(began), awaited) {
				records, at := p.size(), p.now()
				clock = clock.Add(time.Duration(records) * c.each)
				p.deleted(records, p.now().Sub(at))
			}
			return p.now().Sub(began)
		}
		for range 10 {
			chunk(true)
			p.committed(c.commit)
		}
		if got := p.size(); got != c.size {
			t.Errorf("%s: a piece has %d records, not %d", name, got, c.size)
		}
		if got := chunk(true); got != c.waited {
			t.Errorf("%s: who waits waits for %s of a chunk, not %s", name, got, c.waited)
		}
		if got := chunk(false); got != c.alone {
			t.Errorf("%s: if nobody waits a chunk lasts %s, not %s", name, got, c.alone)
		}
	}
}
