package loudness

import (
	"bytes"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// band generates some seconds of music: plucked notes, a drum with noise and a quiet passage, in two different
// channels.
func band(rate, seconds int) []float64 {
	tune, random := rand.New(rand.NewPCG(1, 2)), rand.New(rand.NewPCG(3, 4))
	samples := make([]float64, 2*rate*seconds)
	strike := func(second, amplitude, pan float64, sound func(t float64) float64) {
		for i := int(second * float64(rate)); i < min(int((second+1.5)*float64(rate)), rate*seconds); i++ {
			t := float64(i)/float64(rate) - second
			s := amplitude * math.Exp(-3*t) * sound(t)
			samples[2*i] += s * (1 - pan)
			samples[2*i+1] += s * pan
		}
	}
	notes := []float64{110, 146.8, 164.8, 220, 277.2, 329.6}
	for beat := 0.0; beat < float64(seconds); beat += 0.5 {
		amplitude := 0.3
		if beat > 0.6*float64(seconds) {
			amplitude = 0.05
		}
		hertz := notes[tune.IntN(len(notes))]
		strike(beat, amplitude, 0.35, func(t float64) float64 {
			return math.Sin(2*math.Pi*hertz*t) + 0.5*math.Sin(4*math.Pi*hertz*t) + 0.2*math.Sin(10*math.Pi*hertz*t)
		})
		strike(beat, amplitude, 0.6, func(t float64) float64 {
			return math.Exp(-20*t) * (random.Float64()*2 - 1 + math.Sin(2*math.Pi*60*t))
		})
	}
	return samples
}

var (
	ffmpegLoudness = regexp.MustCompile(`I:\s+(-?[\d.]+) LUFS`)
	ffmpegPeak     = regexp.MustCompile(`Peak:\s+(-?[\d.]+) dBFS`)
)

// TestMusicMeasuresAsWithFFmpeg measures the same music in every format. The loudness is the same at every rate and, if
// ffmpeg is installed, equal to its ebur128, as is the true peak, also for files encoded by ffmpeg as FLAC, AIFF and
// MP3.
func TestMusicMeasuresAsWithFFmpeg(t *testing.T) {
	ffmpeg, errNone := exec.LookPath("ffmpeg")
	dir := t.TempDir()
	first := math.NaN()
	for _, rate := range []int{44_100, 96_000} {
		e := encoding{bits: 24, order: le}
		samples := e.write(band(rate, 8))
		wav := append(riff("RIFF", e, format{rate, 2}, uint32(len(samples)), false, nil), samples...)
		result := measure(t, bytes.NewReader(wav))
		if math.IsNaN(first) {
			first = result.LUFS
		}
		// At a higher rate the noise has more high frequencies.
		near(t, "the loudness at another rate", result.LUFS, first, 0.3, 0.3)
		if errNone != nil {
			continue
		}
		file := filepath.Join(dir, "band.wav")
		if err := os.WriteFile(file, wav, 0o600); err != nil {
			t.Fatal(err)
		}
		files := []string{file}
		for _, name := range []string{"band.flac", "band.aiff", "band.mp3"} {
			if name == "band.mp3" && rate > 48_000 {
				continue // MP3 does not have this rate
			}
			other := filepath.Join(dir, name)
			if said, err := exec.Command(ffmpeg, "-v", "error", "-y", "-i", file, "-b:a", "256k", other).CombinedOutput(); err != nil {
				t.Fatalf("%s: %v %s", name, err, said)
			}
			files = append(files, other)
		}
		for _, file := range files {
			said, err := exec.Command(ffmpeg, "-hide_banner", "-nostats", "-i", file, "-af", "ebur128=peak=true", "-f", "null", "-").CombinedOutput()
			if err != nil {
				t.Fatalf("%v %s", err, said)
			}
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			result := measure(t, bytes.NewReader(content))
			t.Logf("%s at %d: %.2f LUFS and %.2f dB", filepath.Base(file), rate, result.LUFS, result.PeakDb)
			near(t, filepath.Base(file)+": the loudness", result.LUFS, last(t, ffmpegLoudness, said), 0.1, 0.1)
			near(t, filepath.Base(file)+": the true peak", result.PeakDb, last(t, ffmpegPeak, said), 0.3, 0.3)
		}
	}
}

// last returns the number in ffmpeg's summary.
func last(t *testing.T, number *regexp.Regexp, said []byte) float64 {
	t.Helper()
	found := number.FindAllSubmatch(said, -1)
	if len(found) == 0 {
		t.Fatalf("ffmpeg says no %s: %s", number, said)
	}
	n, err := strconv.ParseFloat(string(found[len(found)-1][1]), 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
