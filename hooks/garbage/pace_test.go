package garbage

import (
	"slices"
	"testing"
)

func TestPercentFor(t *testing.T) {
	for name, c := range map[string]struct {
		allocated, alive uint64
		want             int
	}{
		"at rest":                        {1 << 20, 5 << 20, percent},
		"before the first collection":    {80 << 20, 0, percent},
		"busy with a small heap":         {80 << 20, 6 << 20, 300},
		"busy with a heap of some pages": {80 << 20, 20 << 20, percent},
		"busy with a large heap":         {80 << 20, 40 << 20, 25},
		"at rest with a large heap":      {0, 40 << 20, 25},
		"with a huge heap":               {80 << 20, 900 << 20, least},
	} {
		if got := percentFor(c.allocated, c.alive); got != c.want {
			t.Errorf("%s: %d instead of %d", name, got, c.want)
		}
	}
}

func TestRests(t *testing.T) {
	const mb = 1 << 20
	for name, c := range map[string]struct {
		allocated []uint64 // between two looks
		want      []int    // looks at which memory is given back
	}{
		"after the start":                    {[]uint64{9 * mb, 2 * mb, 0, 0, 0, 0}, []int{3}},
		"not while something goes on":        {[]uint64{2 * mb, 0, 2 * mb, 0, 2 * mb}, nil},
		"again after a burst":                {[]uint64{0, 0, 40 * mb, 0, 0, 0}, []int{1, 4}},
		"not after a page":                   {[]uint64{0, 0, 2 * mb, 0, 0, 0}, []int{1}},
		"after many pages, one from another": {[]uint64{0, 0, 9 * mb, 0, 0, 9 * mb, 0, 0}, []int{1, 7}},
	} {
		now := usage{ever: 4 * mb}
		p := pacer{last: now}
		var got []int
		for look, allocated := range c.allocated {
			now.ever += allocated
			if _, rests := p.look(now); rests {
				got = append(got, look)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: given back at %v instead of %v", name, got, c.want)
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
