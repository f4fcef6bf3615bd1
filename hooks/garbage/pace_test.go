package garbage

import "testing"

func TestPercentFor(t *testing.T) {
	for name, c := range map[string]struct {
		allocated, alive uint64
		want             int
	}{
		"at rest":                        {1 << 20, 5 << 20, percent},
		"before the first collection":    {80 << 20, 0, percent},
		"busy with a small heap":         {80 << 20, 6 << 20, 300},
		"busy with a heap of some pages": {80 << 20, 20 << 20, percent},
		"busy with a large heap":         {80 << 20, 90 << 20, percent},
	} {
		if got := percentFor(c.allocated, c.alive); got != c.want {
			t.Errorf("%s: %d instead of %d", name, got, c.want)
		}
	}
}

// The runtime knows both figures by these names, or Read would give values of another kind.
func TestHeapIsRead(t *testing.T) {
	before := heap()
	kept := make([]byte, 1<<20)
	if after := heap(); after.ever < before.ever+uint64(len(kept)) {
		t.Errorf("%d bytes after %d", after.ever, before.ever)
	}
}
