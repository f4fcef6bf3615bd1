package loudness

import (
	"bytes"
	"io"
	"math"
	"os"
	"runtime"
	"testing"
	"time"
)

const mostMemory = 32 << 20

// TestMemoryDoesNotGrowWithTheLength measures minutes of sound (two hours in the long runs) as WAV and as RF64, and
// checks the heap on the way. The file is generated while it is read.
func TestMemoryDoesNotGrowWithTheLength(t *testing.T) {
	length := 6 * time.Minute
	if os.Getenv("GREENROOM_SOAK") != "" {
		length = 2 * time.Hour
	}
	for _, recording := range []struct {
		name, magic string
		f           format
		e           encoding
		lufs        float64
	}{
		{"WAV", "RIFF", format{8_000, 1}, encoding{bits: 16, order: le}, -23},
		{"RF64", "RF64", format{44_100, 2}, encoding{bits: 16, order: le}, -20},
	} {
		t.Run(recording.name, func(t *testing.T) {
			f, e := recording.f, recording.e
			second := e.write(play(f.rate, tone{seconds: 1, hertz: 1000, amplitudes: []float64{0.1, 0.1}[:f.channels]}))
			size := uint64(len(second)) * uint64(length/time.Second)
			head := riff(recording.magic, e, f, uint32(min(size, math.MaxUint32)), false, nil)
			if recording.magic == "RF64" {
				ds64 := le.AppendUint64(le.AppendUint64(make([]byte, 8), size), 0)
				head = riff(recording.magic, e, f, math.MaxUint32, false, chunk(le, "ds64", ds64))
			}
			endless := &again{content: second, left: int64(size)}
			runtime.GC()
			var before runtime.MemStats
			runtime.ReadMemStats(&before)
			watch := &watched{r: io.MultiReader(bytes.NewReader(head), endless), before: before.HeapAlloc}
			result := measure(t, watch)
			near(t, "the loudness", result.LUFS, recording.lufs, 0.1, 0.1)
			if result.Length != length {
				t.Errorf("it lasts %v, want %v", result.Length, length)
			}
			if watch.looks < 20 || watch.most > mostMemory {
				t.Errorf("it held %d bytes (%d looks), at most %d are allowed", watch.most, watch.looks, mostMemory)
			}
			t.Logf("%d MB held at most of %d MB that went by", watch.most>>20, size>>20)
		})
	}
}

// again repeats the same bytes as often as needed.
type again struct {
	content []byte
	at      int
	left    int64
}

func (a *again) Read(p []byte) (int, error) {
	if a.left == 0 {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), a.left)]
	n := copy(p, a.content[a.at:])
	a.at = (a.at + n) % len(a.content)
	a.left -= int64(n)
	return n, nil
}

// watched checks the heap every few megabytes.
type watched struct {
	r            io.Reader
	passed       int64
	before, most uint64
	looks        int
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	const every = 256 << 10
	if (w.passed+int64(n))/every > w.passed/every {
		var now runtime.MemStats
		runtime.ReadMemStats(&now)
		w.most = max(w.most, now.HeapAlloc-min(now.HeapAlloc, w.before))
		w.looks++
	}
	w.passed += int64(n)
	return n, err
}
