package loudness

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"testing"
)

// tone is a sine of constant amplitude; silence if the amplitude is 0.
type tone struct {
	seconds, hertz, phase float64 // the phase is in degrees
	amplitudes            []float64
}

// stereo returns a tone with the level in dBFS in both channels.
func stereo(seconds, db float64) tone {
	a := math.Pow(10, db/20)
	return tone{seconds: seconds, hertz: 1000, amplitudes: []float64{a, a}}
}

func (t tone) frames(rate int) int { return int(math.Round(t.seconds * float64(rate))) }

// play returns the interleaved samples of tones, one after the other.
func play(rate int, tones ...tone) []float64 {
	length := 0
	for _, t := range tones {
		length += t.frames(rate) * len(t.amplitudes)
	}
	samples := make([]float64, 0, length)
	for _, t := range tones {
		for i := range t.frames(rate) {
			s := math.Sin(2*math.Pi*t.hertz*float64(i)/float64(rate) + t.phase/180*math.Pi)
			for _, a := range t.amplitudes {
				samples = append(samples, a*s)
			}
		}
	}
	return samples
}

// encoding is the format in which a test writes samples.
type encoding struct {
	bits     int
	floating bool
	order    byteOrder
	unsigned bool
}

type byteOrder = binary.AppendByteOrder

func (e encoding) write(samples []float64) []byte {
	out := make([]byte, 0, len(samples)*e.bits/8)
	for _, s := range samples {
		switch {
		case e.floating && e.bits == 32:
			out = e.order.AppendUint32(out, math.Float32bits(float32(s)))
		case e.floating:
			out = e.order.AppendUint64(out, math.Float64bits(s))
		case e.bits == 8 && e.unsigned:
			out = append(out, byte(math.Round(s*127)+128))
		case e.bits == 8:
			out = append(out, byte(int8(math.Round(s*127))))
		default:
			whole := uint64(int64(math.Round(s * (math.Pow(2, float64(e.bits-1)) - 1))))
			for i := range e.bits / 8 {
				place := i
				if e.order == byteOrder(be) {
					place = e.bits/8 - 1 - i
				}
				out = append(out, byte(whole>>(8*place)))
			}
		}
	}
	return out
}

var le, be = binary.LittleEndian, binary.BigEndian

// riff returns a WAV file with the given chunks before the samples.
func riff(magic string, e encoding, f format, size uint32, extensible bool, before []byte) []byte {
	tag := uint16(wavPCM)
	if e.floating {
		tag = wavFloat
	}
	var fmtChunk bytes.Buffer
	first := tag
	if extensible {
		first = wavExtensible
	}
	block := f.channels * e.bits / 8
	for _, v := range []any{first, uint16(f.channels), uint32(f.rate), uint32(f.rate * block), uint16(block), uint16(e.bits)} {
		_ = binary.Write(&fmtChunk, le, v)
	}
	if extensible {
		for _, v := range []any{uint16(22), uint16(e.bits), uint32(0), tag, [14]byte{0, 0, 0, 0, 0x10}} {
			_ = binary.Write(&fmtChunk, le, v)
		}
	}
	out := append([]byte(magic), 0xff, 0xff, 0xff, 0xff)
	out = append(append(out, "WAVE"...), before...)
	out = append(out, chunk(le, "fmt ", fmtChunk.Bytes())...)
	return le.AppendUint32(append(out, "data"...), size)
}

func chunk(order binary.AppendByteOrder, name string, body []byte) []byte {
	out := append(order.AppendUint32([]byte(name), uint32(len(body))), body...)
	if len(body)%2 == 1 {
		out = append(out, 0)
	}
	return out
}

func wavOf(e encoding, f format, samples []float64) []byte {
	body := e.write(samples)
	return append(riff("RIFF", e, f, uint32(len(body)), false, chunk(le, "bext", []byte("a recorder's notes."))), body...)
}

// float32s is an encoding that loses no precision in these tests.
var float32s = encoding{bits: 32, floating: true, order: le}

func measure(t *testing.T, r io.Reader) Result {
	t.Helper()
	result, err := Measure(r)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func near(t *testing.T, what string, got, want, below, above float64) {
	t.Helper()
	if !(got >= want-below && got <= want+above) {
		t.Errorf("%s is %.3f, want %.2f", what, got, want)
	}
}
