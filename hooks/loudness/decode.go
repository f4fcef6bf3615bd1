package loudness

import (
	"bufio"
	"encoding/binary"
	"io"
	"math"
)

// newDecoder chooses the decoder by the first bytes of the file. An ID3 tag may precede any format.
func newDecoder(r *bufio.Reader) (decoder, error) {
	if err := skipID3(r); err != nil && err != io.EOF {
		return nil, err
	}
	head, err := r.Peek(12)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if len(head) < 12 {
		return nil, ErrUnknown
	}
	switch magic, kind := string(head[:4]), string(head[8:12]); {
	case (magic == "RIFF" || magic == "RF64" || magic == "BW64") && kind == "WAVE":
		return newWAV(r)
	case magic == "FORM" && (kind == "AIFF" || kind == "AIFC"):
		return newAIFF(r)
	case magic == "fLaC":
		return newFLAC(r)
	case head[0] == 0xff && head[1]&0xe0 == 0xe0:
		return newMP3(r)
	}
	return nil, ErrUnknown
}

// pcm decodes uncompressed interleaved samples.
type pcm struct {
	f      format
	width  int // bytes of a sample
	sample func(b []byte) float64
	r      io.Reader // ends with the samples
	buffer []byte
}

func (p *pcm) format() format { return p.f }

func (p *pcm) read(samples []float64) (int, error) {
	if p.buffer == nil {
		p.buffer = make([]byte, len(samples)*p.width)
	}
	n, err := io.ReadFull(p.r, p.buffer[:len(samples)*p.width])
	if err == io.ErrUnexpectedEOF { // the end of the file; an incomplete last frame is dropped
		err = io.EOF
	}
	n /= p.width
	n -= n % p.f.channels
	for i := range n {
		samples[i] = p.sample(p.buffer[i*p.width:])
	}
	return n, err
}

// number returns the size and the decoding function for samples of so many bits; nil for a format that does not exist.
func number(order binary.ByteOrder, bits int, floating, unsigned bool) (width int, sample func(b []byte) float64) {
	little := order == binary.ByteOrder(binary.LittleEndian)
	width = (bits + 7) / 8
	switch {
	case floating && bits == 32:
		return width, func(b []byte) float64 { return float64(math.Float32frombits(order.Uint32(b))) }
	case floating && bits == 64:
		return width, func(b []byte) float64 { return math.Float64frombits(order.Uint64(b)) }
	case floating:
		return 0, nil
	case width == 1 && unsigned:
		return width, func(b []byte) float64 { return (float64(b[0]) - 128) / 128 }
	case width == 1:
		return width, func(b []byte) float64 { return float64(int8(b[0])) / 128 }
	case width == 2:
		return width, func(b []byte) float64 { return float64(int16(order.Uint16(b))) / (1 << 15) }
	case width == 3 && little:
		return width, func(b []byte) float64 {
			return float64(int32(uint32(b[0])<<8|uint32(b[1])<<16|uint32(b[2])<<24)) / (1 << 31)
		}
	case width == 3:
		return width, func(b []byte) float64 {
			return float64(int32(uint32(b[2])<<8|uint32(b[1])<<16|uint32(b[0])<<24)) / (1 << 31)
		}
	case width == 4:
		return width, func(b []byte) float64 { return float64(int32(order.Uint32(b))) / (1 << 31) }
	}
	return 0, nil
}

// skip discards n bytes. The end of the file is no error.
func skip(r io.Reader, n int64) error {
	if n < 0 {
		return ErrUnknown
	}
	_, err := io.CopyN(io.Discard, r, n)
	return err
}

// maxHeader is the most that is read of a chunk that describes the samples.
const maxHeader = 1 << 10
