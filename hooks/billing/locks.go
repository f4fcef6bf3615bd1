package billing

import "sync"

// locks let one at a time act on each key, and hold nothing of keys that nobody acts on.
type locks struct {
	mu    sync.Mutex
	turns map[string]*turn
}

type turn struct {
	sync.Mutex
	takers int
}

// lock waits for the key's turn, and returns what ends it.
func (l *locks) lock(key string) (unlock func()) {
	l.mu.Lock()
	t := l.turns[key]
	if t == nil {
		if l.turns == nil {
			l.turns = map[string]*turn{}
		}
		t = &turn{}
		l.turns[key] = t
	}
	t.takers++
	l.mu.Unlock()

	t.Lock()
	return func() {
		t.Unlock()
		l.mu.Lock()
		defer l.mu.Unlock()
		if t.takers--; t.takers == 0 {
			delete(l.turns, key)
		}
	}
}
