package access

import "sync"

// gate is a semaphore for each key: at most so many of one key may be inside at the same time.
type gate struct {
	most int

	mu     sync.Mutex
	inside map[string]int
}

func newGate(most int) *gate { return &gate{most: most, inside: map[string]int{}} }

// enter admits one, unless the key's limit is reached. The caller must call leave.
func (g *gate) enter(who string) (leave func(), ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.inside[who] >= g.most {
		return nil, false
	}
	g.inside[who]++
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.inside[who]--; g.inside[who] == 0 {
			delete(g.inside, who)
		}
	}, true
}
