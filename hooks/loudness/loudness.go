// Package loudness measures recordings: how loud they are, how long, and the shape of them.
//
// A recording flows through it once, from its beginning to its end, and no more of it is held than a fraction of a
// second: two hours take as much memory as two minutes. Loudness is ITU-R BS.1770-4's, gated, in LUFS; the true peak is
// found between the samples by looking at four times as many. WAV (RF64 too), AIFF, FLAC and MP3 are understood; of
// anything else nothing is known, which harms nobody. The package knows no database and no store: hooks/files feeds it
// and keeps what it finds.
package loudness

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"time"
)

// Result is what is known of a recording.
type Result struct {
	Length time.Duration
	// LUFS is the integrated loudness; -Inf where nothing is louder than silence, as in a file of less than 0.4 seconds.
	LUFS float64
	// PeakDb is the true peak in dBTP; -Inf for digital silence.
	PeakDb float64
	// Peaks are the highest samples of 600 equal parts, 0 for silence and 255 for full scale.
	Peaks [Columns]byte
}

// ErrUnknown is the answer for whatever is no recording that is understood.
var ErrUnknown = errors.New("loudness: no WAV, AIFF, FLAC or MP3 that can be measured")

// decoder gives a recording's samples.
type decoder interface {
	format() format
	// read fills in whole frames of interleaved samples, 1 being full scale, and ends with io.EOF.
	read(samples []float64) (n int, err error)
}

type format struct{ rate, channels int }

const (
	minRate, maxRate = 1_000, 768_000
	maxChannels      = 8
	framesAtOnce     = 4096
)

// Measure reads a recording to its end. Decoders meet files from anywhere: one that trips over a file is no reason to
// fall.
func Measure(r io.Reader) (result Result, err error) {
	defer func() {
		if tripped := recover(); tripped != nil {
			err = fmt.Errorf("loudness: the decoder gave up: %v", tripped)
		}
	}()
	d, err := newDecoder(bufio.NewReaderSize(r, 64<<10))
	if err != nil {
		return Result{}, err
	}
	f := d.format()
	if f.rate < minRate || f.rate > maxRate || f.channels < 1 || f.channels > maxChannels {
		return Result{}, ErrUnknown
	}
	m, p, s := newMeter(f), newTruePeak(f), newShape()
	samples, channel := make([]float64, framesAtOnce*f.channels), make([]float64, framesAtOnce)
	frames := int64(0)
	for {
		n, err := d.read(samples)
		n -= n % f.channels
		for c := range f.channels {
			one := channel[:n/f.channels]
			for i := range one {
				one[i] = heard(samples[i*f.channels+c])
			}
			m.add(c, one)
			p.add(c, one)
		}
		m.end()
		s.add(samples[:n], f.channels)
		frames += int64(n / f.channels)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Result{}, fmt.Errorf("loudness: after %d frames: %w", frames, err)
		}
	}
	if frames == 0 {
		return Result{}, ErrUnknown
	}
	return Result{
		Length: time.Duration(float64(frames) / float64(f.rate) * float64(time.Second)),
		LUFS:   m.integrated(), PeakDb: decibels(p.highest), Peaks: s.columns(),
	}, nil
}

// heard is a sample as it can be played: files of floating point may hold what is no number.
func heard(sample float64) float64 {
	const loudest = 1 << 10
	if math.IsNaN(sample) {
		return 0
	}
	return min(max(sample, -loudest), loudest)
}

func decibels(amplitude float64) float64 { return 20 * math.Log10(amplitude) }
