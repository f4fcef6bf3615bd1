// Package keylock lets one at a time act on each key.
package keylock

import "sync"

// Locks are mutexes by key that take no room while nobody holds them. The zero value is ready.
type Locks struct {
	mu    sync.Mutex
	turns map[string]*turn
}

type turn struct {
	sync.Mutex
	takers int
}

// Lock waits for the key's turn, and returns the function that ends it.
func (l *Locks) Lock(key string) (unlock func()) {
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
