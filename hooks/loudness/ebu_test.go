package loudness

import (
	"bytes"
	"fmt"
	"math"
	"testing"
)

// TestEBUTech3341 generates the synthetic test signals of EBU Tech 3341, version 4, for integrated loudness and true
// peak, at the usual sample rates.
func TestEBUTech3341(t *testing.T) {
	surround := func(seconds float64, db ...float64) tone {
		one := tone{seconds: seconds, hertz: 1000}
		for _, db := range db {
			one.amplitudes = append(one.amplitudes, math.Pow(10, db/20))
		}
		return one
	}
	signals := []struct {
		name  string
		want  float64
		tones []tone
	}{
		{"1", -23, []tone{stereo(20, -23)}},
		{"2", -33, []tone{stereo(20, -33)}},
		{"3", -23, []tone{stereo(10, -36), stereo(60, -23), stereo(10, -36)}},
		{"4", -23, []tone{stereo(10, -72), stereo(10, -36), stereo(60, -23), stereo(10, -36), stereo(10, -72)}},
		{"5", -23, []tone{stereo(20, -26), stereo(20.1, -20), stereo(20, -26)}},
		{"6", -23, []tone{surround(20, -28, -28, -24, -30, -30)}},
		{"6, with an effects channel that does not count", -23, []tone{surround(20, -28, -28, -24, 0, -30, -30)}},
		{"1, in one channel", -26.01, []tone{surround(20, -23)}},
	}
	for _, rate := range []int{44_100, 48_000} {
		for _, signal := range signals {
			t.Run(fmt.Sprintf("%s at %d Hz", signal.name, rate), func(t *testing.T) {
				f := format{rate, len(signal.tones[0].amplitudes)}
				result := measure(t, bytes.NewReader(wavOf(float32s, f, play(rate, signal.tones...))))
				near(t, "the loudness", result.LUFS, signal.want, 0.1, 0.1)
			})
		}
	}
}

// TestEBUTech3341TruePeak uses signals whose peak lies between two samples. EBU Tech 3341 allows 0.2 dB above and 0.4
// dB below.
func TestEBUTech3341TruePeak(t *testing.T) {
	for _, signal := range []struct {
		name                      string
		parts, degrees, amplitude float64
		want                      float64
	}{
		{"15", 4, 0, 0.5, -6},
		{"16", 4, 45, 0.5, -6},
		{"17", 6, 60, 0.5, -6},
		{"18", 8, 67.5, 0.5, -6},
		{"19", 4, 45, 1.41, 3},
	} {
		for _, rate := range []int{44_100, 48_000} {
			t.Run(fmt.Sprintf("%s at %d Hz", signal.name, rate), func(t *testing.T) {
				one := tone{seconds: 2, hertz: float64(rate) / signal.parts, phase: signal.degrees, amplitudes: []float64{signal.amplitude, signal.amplitude}}
				samples := play(rate, one)
				for i := range 2 * rate / 20 { // the document requires a fade-in and a fade-out
					fade := float64(i/2) / float64(rate/20)
					samples[i] *= fade
					samples[len(samples)-1-i] *= fade
				}
				result := measure(t, bytes.NewReader(wavOf(float32s, format{rate, 2}, samples)))
				near(t, "the true peak", result.PeakDb, signal.want, 0.4, 0.2)
			})
		}
	}
}

func TestSilenceHasNoLoudness(t *testing.T) {
	for name, samples := range map[string][]float64{
		"silence":                  make([]float64, 48_000),
		"less than a block of it":  play(48_000, tone{seconds: 0.3, hertz: 1000, amplitudes: []float64{0.5}}),
		"what nobody hears, -75dB": play(48_000, tone{seconds: 3, hertz: 1000, amplitudes: []float64{0.00017}}),
	} {
		t.Run(name, func(t *testing.T) {
			result := measure(t, bytes.NewReader(wavOf(float32s, format{48_000, 1}, samples)))
			if !math.IsInf(result.LUFS, -1) {
				t.Errorf("the loudness is %f, want none", result.LUFS)
			}
		})
	}
}
