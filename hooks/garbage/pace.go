// Package garbage decides how often the garbage collector runs.
package garbage

import (
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// percent is the garbage that the heap may hold, in percent of what is alive. Half of Go's default saves memory, and
// costs little with a large heap, which is cached pages without pointers to follow.
const percent = 50

// With a small heap that percentage would be two or three megabytes, and writes from many sides would collect dozens of
// times a second. While much is allocated, the heap may therefore grow to room before it is collected.
const (
	room  = 24 << 20
	busy  = 16 << 20 // bytes allocated between two looks
	every = time.Second
)

// Pace sets the pace of the collector now, and from then on as the program allocates.
func Pace() {
	debug.SetGCPercent(percent)
	go func() {
		allocated, present := heap(), percent
		for range time.Tick(every) {
			before := allocated
			allocated = heap()
			if next := percentFor(allocated.ever-before.ever, allocated.alive); next != present {
				debug.SetGCPercent(next)
				present = next
			}
		}
	}()
}

type usage struct {
	ever  uint64 // bytes allocated since the start
	alive uint64 // bytes that the last collection left
}

func heap() usage {
	read := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}, {Name: "/gc/heap/live:bytes"}}
	metrics.Read(read)
	return usage{read[0].Value.Uint64(), read[1].Value.Uint64()}
}

// percentFor returns the percentage after so many bytes were allocated between two looks.
func percentFor(allocated, alive uint64) int {
	if allocated < busy || alive == 0 || alive >= room {
		return percent
	}
	return max(percent, int(room*100/alive)-100)
}
