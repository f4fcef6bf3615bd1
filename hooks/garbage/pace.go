// Package garbage decides how often the garbage collector runs, and when memory is given back to the system.
package garbage

import (
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// percent is the garbage that the heap may hold, in percent of what is alive. Half of Go's default saves memory.
const percent = 50

// least is the percentage of the largest heap, which would be collected all the time with less.
const least = 20

// With a small heap that percentage would be two or three megabytes, and writes from many sides would collect dozens of
// times a second. While much is allocated, the heap may therefore grow to room before it is collected. A large heap is
// cached pages without pointers to follow, which cost a collection little, so that it may hold most in garbage.
const (
	room  = 24 << 20
	most  = 10 << 20
	busy  = 16 << 20 // bytes allocated between two looks
	every = time.Second
)

// The program is at rest after quiet looks with at most little allocated before each. Then it gives its memory back: once
// after the start, and again whenever it has allocated as much as busy.
const (
	little = 1 << 20
	quiet  = 2
)

// Pace sets the pace of the collector now, and from then on as the program allocates.
func Pace() {
	debug.SetGCPercent(percent)
	go func() {
		p := pacer{last: heap()}
		for present := percent; ; {
			time.Sleep(every)
			next, rests := p.look(heap())
			if next != present {
				debug.SetGCPercent(next)
				present = next
			}
			if rests {
				debug.FreeOSMemory()
				unmapProgram()
				p.last = heap() // a collection allocates a little itself
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

// pacer decides from one look at the heap to the next.
type pacer struct {
	last  usage
	freed uint64 // bytes allocated ever, when memory was last given back
	quiet int    // looks in sequence with little allocated before
}

// look returns the collector's percentage, and whether memory is to be given back.
func (p *pacer) look(now usage) (percentage int, rests bool) {
	allocated := now.ever - p.last.ever
	p.last = now
	if p.quiet++; allocated > little {
		p.quiet = 0
	}
	if rests = p.quiet >= quiet && (p.freed == 0 || now.ever-p.freed >= busy); rests {
		p.freed = now.ever
	}
	return percentFor(allocated, now.alive), rests
}

// percentFor returns the percentage after so many bytes were allocated between two looks.
func percentFor(allocated, alive uint64) int {
	switch {
	case alive == 0:
		return percent
	case alive > most*100/percent:
		return max(least, int(most*100/alive))
	case allocated < busy || alive >= room:
		return percent
	}
	return max(percent, int(room*100/alive)-100)
}
