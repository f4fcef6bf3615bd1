package demo

import (
	"bytes"
	"encoding/binary"
	"math"
)

// The demo's sound files are generated when it is loaded: mono, 16 bits, four seconds each (longer for the versions to
// compare), and each easy to tell from the others by ear.
const (
	sampleRate  = 22_050
	seconds     = 4
	bandSeconds = 12
	fade        = 0.02 // seconds at both ends, so that players do not click
)

// voice returns the sample at a time in seconds, from -1 to 1.
type voice func(t float64) float64

// chord is some steady tones with their octaves, which swell and fade.
func chord(frequencies ...float64) voice {
	return func(t float64) float64 {
		var sum float64
		for _, f := range frequencies {
			sum += math.Sin(2*math.Pi*f*t) + 0.3*math.Sin(4*math.Pi*f*t)
		}
		return sum / (1.3 * float64(len(frequencies))) * math.Sin(math.Pi*t/seconds)
	}
}

// drums has a low beat and a tick between two beats.
func drums(beatsPerMinute float64) voice {
	beat := 60 / beatsPerMinute
	return func(t float64) float64 {
		sinceBeat, sinceTick := math.Mod(t, beat), math.Mod(t+beat/2, beat)
		thump := math.Sin(2*math.Pi*60*sinceBeat) * math.Exp(-18*sinceBeat)
		tick := math.Sin(2*math.Pi*3_100*sinceTick) * math.Exp(-90*sinceTick)
		return 0.7*thump + 0.3*tick
	}
}

// sweep is a logarithmic sine sweep between two frequencies, as it is used to measure rooms.
func sweep(from, to float64) voice {
	k := math.Log(to/from) / seconds
	return func(t float64) float64 { return 0.7 * math.Sin(2*math.Pi*from/k*(math.Exp(k*t)-1)) }
}

// band repeats two bars three times: a walking bass, long keys and drums, each with its own level in the mix.
func band(bass, keys, kit float64) voice {
	walk := []float64{55, 65.41, 73.42, 82.41} // one second each
	rhythm := drums(120)
	return func(t float64) float64 {
		note := walk[int(t)%len(walk)]
		low := math.Sin(2*math.Pi*note*t) * math.Exp(-1.5*math.Mod(t, 1))
		high := math.Sin(2*math.Pi*4*note*t) + 0.5*math.Sin(2*math.Pi*5*note*t)
		return (bass*low + keys*0.4*high + kit*rhythm(t)) / 2.4
	}
}

// wav renders a voice as a WAV file of the usual length.
func wav(v voice) func() []byte { return recording(seconds, 0.8, v) }

// recording renders a voice as a WAV file of so many seconds, scaled by loudness (1 is full scale).
func recording(length int, loudness float64, v voice) func() []byte {
	return func() []byte {
		samples := make([]int16, sampleRate*length)
		for i := range samples {
			t := float64(i) / sampleRate
			edge := min(1, t/fade, (float64(length)-t)/fade)
			samples[i] = int16(loudness * math.MaxInt16 * edge * v(t))
		}
		return wavFile(samples)
	}
}

// wavFile returns a WAV file of mono 16-bit samples.
func wavFile(samples []int16) []byte {
	const sampleBytes, uncompressed, channels = 2, 1, 1
	size := uint32(len(samples) * sampleBytes)
	var out bytes.Buffer
	for _, part := range []any{
		[]byte("RIFF"), 36 + size, []byte("WAVE"),
		[]byte("fmt "), uint32(16), uint16(uncompressed), uint16(channels),
		uint32(sampleRate), uint32(sampleRate * sampleBytes), uint16(sampleBytes), uint16(8 * sampleBytes),
		[]byte("data"), size, samples,
	} {
		_ = binary.Write(&out, binary.LittleEndian, part) // writing to a buffer never fails, and all parts have fixed sizes
	}
	return out.Bytes()
}
