package loudness

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/mewkiz/flac"
	"github.com/mewkiz/flac/frame"
	"github.com/mewkiz/flac/meta"
)

// song has one second at each of several levels, so that a wrong decoding changes its loudness.
func song(rate int) []float64 {
	return play(rate, stereo(1, -24), stereo(1, -6), stereo(1, -40))
}

// songLUFS is song's loudness, computed by hand from its 400 ms blocks: three overlap the middle second at each end,
// seven lie in it, and the others are below the gate.
const songLUFS = -7.13

func isTheSong(t *testing.T, result Result) {
	t.Helper()
	near(t, "the loudness", result.LUFS, songLUFS, 0.1, 0.1)
	near(t, "the true peak", result.PeakDb, -6, 0.2, 0.2)
	near(t, "the length in seconds", result.Length.Seconds(), 3, 0.001, 0.001)
	near(t, "the beginning", float64(result.Peaks[100]), 16.1, 2, 2)
	near(t, "the middle", float64(result.Peaks[300]), 127.8, 3, 3)
	near(t, "the end", float64(result.Peaks[560]), 2.55, 2, 2)
}

func TestFormats(t *testing.T) {
	const rate = 44_100
	f := format{rate, 2}
	files := map[string][]byte{}
	for name, e := range map[string]encoding{
		"8 bits": {bits: 8, order: le, unsigned: true}, "16 bits": {bits: 16, order: le}, "24 bits": {bits: 24, order: le},
		"32 bits": {bits: 32, order: le}, "float": float32s, "double": {bits: 64, floating: true, order: le},
	} {
		body := e.write(song(rate))
		files["WAV, "+name] = wavOf(e, f, song(rate))
		files["WAV, extensible, "+name] = append(riff("RIFF", e, f, uint32(len(body)), true, nil), body...)
		ds64 := le.AppendUint64(le.AppendUint64(make([]byte, 8), uint64(len(body))), 0)
		rf64 := append(riff("RF64", e, f, math.MaxUint32, true, chunk(le, "ds64", ds64)), body...)
		files["RF64, "+name] = append(rf64, chunk(le, "LIST", bytes.Repeat([]byte{0x7f}, 5000))...) // a chunk without samples
		files["WAV of a recorder that was switched off, "+name] = append(riff("RIFF", e, f, 0, false, nil), body...)
	}
	for name, e := range map[string]encoding{
		"8 bits": {bits: 8, order: be}, "16 bits": {bits: 16, order: be}, "24 bits": {bits: 24, order: be}, "32 bits": {bits: 32, order: be},
	} {
		files["AIFF, "+name] = aiffOf("AIFF", "", e, song(rate))
		files["AIFC, "+name] = aiffOf("AIFC", "NONE", e, song(rate))
	}
	files["AIFC, little"] = aiffOf("AIFC", "sowt", encoding{bits: 16, order: le}, song(rate))
	files["AIFC, float"] = aiffOf("AIFC", "fl32", encoding{bits: 32, floating: true, order: be}, song(rate))
	files["FLAC, 16 bits"] = flacOf(t, 16, song(rate))
	files["FLAC, 24 bits"] = flacOf(t, 24, song(rate))
	for name, content := range files {
		t.Run(name, func(t *testing.T) { isTheSong(t, measure(t, bytes.NewReader(content))) })
	}
}

// TestMP3 measures four seconds of a tone encoded by lame, and expects what ffmpeg's ebur128 measured.
func TestMP3(t *testing.T) {
	const stereoLUFS, monoLUFS = -12.4, -15.5
	isTheTone := func(t *testing.T, r io.Reader, lufs float64) {
		t.Helper()
		result := measure(t, r)
		near(t, "the loudness", result.LUFS, lufs, 0.1, 0.1)
		near(t, "the true peak", result.PeakDb, -12.3, 0.2, 0.2)
		near(t, "the length in seconds", result.Length.Seconds(), 4, 0, 0.1) // an encoder adds some samples at both ends
		near(t, "the middle", float64(result.Peaks[300]), 64, 3, 3)
	}
	stereo := read(t, "testdata/stereo.mp3")
	isTheTone(t, bytes.NewReader(stereo), stereoLUFS)

	t.Run("behind tags with a picture", func(t *testing.T) {
		const size = 300_000
		tag := append([]byte{'I', 'D', '3', 4, 0, 0, size >> 21 & 0x7f, size >> 14 & 0x7f, size >> 7 & 0x7f, size & 0x7f}, make([]byte, size)...)
		isTheTone(t, io.MultiReader(bytes.NewReader(tag), bytes.NewReader(stereo)), stereoLUFS)
	})
	t.Run("a FLAC behind such a tag", func(t *testing.T) {
		isTheSong(t, measure(t, io.MultiReader(strings.NewReader("ID3\x04\x00\x00\x00\x00\x00\x05hello"), bytes.NewReader(flacOf(t, 16, song(44_100))))))
	})
	t.Run("of one channel", func(t *testing.T) {
		isTheTone(t, bytes.NewReader(read(t, "testdata/mono.mp3")), monoLUFS)
	})
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// TestOtherFilesAreUnknown feeds files that cannot be measured. None of them may crash the server.
func TestOtherFilesAreUnknown(t *testing.T) {
	wav := wavOf(encoding{bits: 16, order: le}, format{44_100, 2}, song(44_100))
	fl := flacOf(t, 16, song(44_100))
	altered := func(file []byte, at int, b ...byte) []byte {
		file = bytes.Clone(file)
		copy(file[at:], b)
		return file
	}
	fmtAt := bytes.Index(wav, []byte("fmt ")) + 8
	for name, content := range map[string][]byte{
		"nothing": nil, "a word": []byte("hello"), "words": []byte(strings.Repeat("hello ", 100)),
		"a WAV that ends in its head": wav[:40], "a WAV without samples": wav[:fmtAt+16+8],
		"a WAV of ADPCM":            altered(wav, fmtAt, 2),
		"a WAV without channels":    altered(wav, fmtAt+2, 0),
		"a WAV of 200 channels":     altered(wav, fmtAt+2, 200),
		"a WAV without a rate":      altered(wav, fmtAt+4, 0, 0, 0, 0),
		"a WAV of 40 bits":          altered(wav, fmtAt+14, 40),
		"an AIFF without a rate":    altered(aiffOf("AIFF", "", encoding{bits: 16, order: be}, song(44_100)), 12+8+8, make([]byte, 10)...),
		"an AIFF at an endless one": altered(aiffOf("AIFF", "", encoding{bits: 16, order: be}, song(44_100)), 12+8+8, 0x7f, 0xff),
		"a compressed AIFC":         aiffOf("AIFC", "ulaw", encoding{bits: 16, order: be}, song(44_100)),
		"a FLAC that ends":          fl[:60],
		"a FLAC with a hole":        altered(fl, len(fl)/2, bytes.Repeat([]byte{0xff}, 3000)...),
		"a FLAC of no bits":         altered(fl, 8+12, 0, 0),
		"an MP3 of a low rate":      read(t, "testdata/low.mp3"),
		"a head of an MP3":          {0xff, 0xfb, 0x90, 0x64, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
		"a tag and nothing behind":  append([]byte("ID3\x04\x00\x00\x00\x00\x00\x04"), "abcd"...),
	} {
		t.Run(name, func(t *testing.T) {
			if result, err := Measure(bytes.NewReader(content)); err == nil {
				t.Errorf("measured: %f LUFS, %v", result.LUFS, result.Length)
			}
		})
	}
}

// TestABrokenLineIsNoEnd: when the store breaks off in the middle of a file, the result is an error and not that of a
// shorter file.
func TestABrokenLineIsNoEnd(t *testing.T) {
	broken := errors.New("the line broke")
	for name, content := range map[string][]byte{
		"WAV":  wavOf(encoding{bits: 16, order: le}, format{44_100, 2}, song(44_100)),
		"FLAC": flacOf(t, 16, song(44_100)),
		"MP3":  read(t, "testdata/stereo.mp3"),
	} {
		_, err := Measure(io.MultiReader(bytes.NewReader(content[:len(content)/2]), failing{broken}))
		if !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// TestNumbersThatAreNone: one sample that is NaN or infinite does not make the whole result invalid.
func TestNumbersThatAreNone(t *testing.T) {
	samples := song(44_100)
	samples[1000], samples[1001] = math.NaN(), 0
	isTheSong(t, measure(t, bytes.NewReader(wavOf(float32s, format{44_100, 2}, samples))))
}

func TestShapeHasSixHundredPartsOfAnyLength(t *testing.T) {
	for _, frames := range []int{1, 599, 600, 9_599, 9_601, 123_457} {
		samples := make([]float64, frames)
		for i := range samples {
			samples[i] = float64(i+1) / float64(frames) // a ramp
		}
		s := newShape()
		s.add(samples, 1)
		peaks := s.columns()
		if peaks[Columns-1] != 255 {
			t.Errorf("%d frames: the last part is %d, want full scale", frames, peaks[Columns-1])
		}
		for i := range Columns {
			want := 255 * float64(i+1) / Columns
			if frames >= Columns && math.Abs(float64(peaks[i])-want) > 255./Columns+1 {
				t.Fatalf("%d frames: part %d is %d, want %.1f", frames, i, peaks[i], want)
			}
		}
	}
}

func aiffOf(kind, compression string, e encoding, samples []float64) []byte {
	const channels = 2
	comm := be.AppendUint16(nil, channels)
	comm = be.AppendUint32(comm, uint32(len(samples)/channels))
	comm = be.AppendUint16(comm, uint16(e.bits))
	comm = append(comm, 0x40, 0x0e, 0xac, 0x44, 0, 0, 0, 0, 0, 0) // 44,100 as an 80-bit number
	if compression != "" {
		comm = append(append(comm, compression...), 0, 0)
	}
	out := append(append([]byte("FORM\xff\xff\xff\xff"), kind...), chunk(be, "COMM", comm)...)
	out = append(out, chunk(be, "NAME", []byte("The song"))...)
	return append(out, chunk(be, "SSND", append(make([]byte, 8), e.write(samples)...))...)
}

func flacOf(t *testing.T, bits uint8, samples []float64) []byte {
	t.Helper()
	const block, channels, rate = 4096, 2, 44_100
	var out bytes.Buffer
	info := &meta.StreamInfo{BlockSizeMin: 16, BlockSizeMax: block, SampleRate: rate, NChannels: channels, BitsPerSample: bits}
	encoder, err := flac.NewEncoder(&out, info)
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; at < len(samples)/channels; at += block {
		n := min(block, len(samples)/channels-at)
		one := &frame.Frame{Header: frame.Header{BlockSize: uint16(n), SampleRate: rate, Channels: frame.ChannelsLR, BitsPerSample: bits}}
		for c := range channels {
			sub := &frame.Subframe{SubHeader: frame.SubHeader{Pred: frame.PredVerbatim}, NSamples: n, Samples: make([]int32, n)}
			for i := range sub.Samples {
				sub.Samples[i] = int32(math.Round(samples[(at+i)*channels+c] * (math.Pow(2, float64(bits-1)) - 1)))
			}
			one.Subframes = append(one.Subframes, sub)
		}
		if err := encoder.WriteFrame(one); err != nil {
			t.Fatal(err)
		}
	}
	if err := encoder.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
