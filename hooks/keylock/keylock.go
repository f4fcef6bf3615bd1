// Package keylock provides mutexes by key.
package keylock

import "sync"

// Locks is a set of mutexes by key. A key that nobody holds or waits for takes no memory. The zero value is ready.
type Locks struct {
	mu    sync.Mutex
	turns map[string]*turn
}

type turn struct {
	sync.Mutex
	takers int
}

// Lock locks a key, and returns the function that unlocks it.
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
