package loudness

import (
	"bufio"
	"encoding/binary"
	"io"

	"github.com/hajimehoshi/go-mp3"
)

// mp3Decoder returns one channel for a mono file, for which the library always writes two.
type mp3Decoder struct {
	stream *mp3.Decoder
	mono   bool
	buffer []byte
}

// lowestRate is the lowest rate of MPEG-1. The library decodes lower rates wrongly, with clicks.
const lowestRate = 32_000

func newMP3(r *bufio.Reader) (decoder, error) {
	mono := isMono(r)
	// The wrapper hides Seek, with which the library would first read the whole file.
	stream, err := mp3.NewDecoder(struct{ io.Reader }{r})
	if err != nil {
		return nil, ErrUnknown
	}
	if stream.SampleRate() < lowestRate {
		return nil, ErrUnknown
	}
	return &mp3Decoder{stream: stream, mono: mono}, nil
}

// skipID3 skips the ID3v2 tags at the beginning, which may contain pictures.
func skipID3(r *bufio.Reader) error {
	for {
		head, err := r.Peek(10)
		if err != nil || string(head[:3]) != "ID3" {
			return err
		}
		size := int64(head[6]&0x7f)<<21 | int64(head[7]&0x7f)<<14 | int64(head[8]&0x7f)<<7 | int64(head[9]&0x7f)
		if err := skip(r, 10+size); err != nil {
			return err
		}
	}
}

// isMono reads the channel mode from the first frame's header.
func isMono(r *bufio.Reader) bool {
	head, _ := r.Peek(4096)
	for i := 0; i+4 <= len(head); i++ {
		if head[i] == 0xff && head[i+1]&0xe0 == 0xe0 && head[i+1]&0x06 != 0 && head[i+2]&0xf0 != 0xf0 {
			return head[i+3]>>6 == 3
		}
	}
	return false
}

func (d *mp3Decoder) format() format {
	f := format{rate: d.stream.SampleRate(), channels: 2}
	if d.mono {
		f.channels = 1
	}
	return f
}

func (d *mp3Decoder) read(samples []float64) (int, error) {
	channels := d.format().channels
	frames := len(samples) / channels
	if d.buffer == nil {
		d.buffer = make([]byte, frames*4)
	}
	n, err := io.ReadFull(d.stream, d.buffer[:frames*4])
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	for i := range n / 4 {
		for c := range channels {
			samples[i*channels+c] = float64(int16(binary.LittleEndian.Uint16(d.buffer[i*4+c*2:]))) / (1 << 15)
		}
	}
	return n / 4 * channels, err
}
