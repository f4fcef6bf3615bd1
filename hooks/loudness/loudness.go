// Package loudness measures the loudness, the true peak, the length and the waveform of sound files.
//
// A file is streamed once from beginning to end, with less than a second of it in memory, so two hours need as much
// memory as two minutes. Loudness follows ITU-R BS.1770-4 (gated, in LUFS); the true peak is computed at four times the
// sample rate. WAV (including RF64), AIFF, FLAC and MP3 are supported; any other file is ErrUnknown. The package uses
// neither the database nor the file store: hooks/files reads the files and stores the results.
package loudness

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"time"
)

// Result has the measurements of one file.
type Result struct {
	Length time.Duration
	// LUFS is the integrated loudness; -Inf if no block is above the gate, and for files shorter than 0.4 seconds.
	LUFS float64
	// PeakDb is the true peak in dBTP; -Inf for digital silence.
	PeakDb float64
	// Peaks are the highest absolute samples of 600 equal parts: 0 is silence, 255 full scale.
	Peaks [Columns]byte
}

// ErrUnknown is returned for a file that is not in a supported format.
var ErrUnknown = errors.New("loudness: no WAV, AIFF, FLAC or MP3 that can be measured")

// decoder reads the samples of a file.
type decoder interface {
	format() format
	// read fills the slice with whole frames of interleaved samples, in which 1 is full scale. It returns io.EOF at the
	// end.
	read(samples []float64) (n int, err error)
}

type format struct{ rate, channels int }

const (
	minRate, maxRate = 1_000, 768_000
	maxChannels      = 8
	framesAtOnce     = 4096
)

// Measure reads a sound file to its end. The error is ErrUnknown for a file that is not supported. Files come from
// anybody, so a panic of a decoder becomes an error too.
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

// heard returns the sample with NaN replaced by 0 and infinities by a finite value, because files of floating point
// numbers may contain them.
func heard(sample float64) float64 {
	const loudest = 1 << 10
	if math.IsNaN(sample) {
		return 0
	}
	return min(max(sample, -loudest), loudest)
}

func decibels(amplitude float64) float64 { return 20 * math.Log10(amplitude) }
