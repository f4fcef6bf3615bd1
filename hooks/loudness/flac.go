package loudness

import (
	"io"

	"github.com/mewkiz/flac"
	"github.com/mewkiz/flac/frame"
)

type flacDecoder struct {
	stream *flac.Stream
	frame  *frame.Frame
	at     int // the next sample in the frame
	scale  float64
}

func newFLAC(r io.Reader) (decoder, error) {
	stream, err := flac.New(r)
	if err != nil {
		return nil, ErrUnknown
	}
	return &flacDecoder{stream: stream, scale: 1 / float64(int64(1)<<(stream.Info.BitsPerSample-1))}, nil
}

func (d *flacDecoder) format() format {
	return format{rate: int(d.stream.Info.SampleRate), channels: int(d.stream.Info.NChannels)}
}

func (d *flacDecoder) read(samples []float64) (n int, err error) {
	channels := int(d.stream.Info.NChannels)
	for n+channels <= len(samples) {
		if d.frame == nil || d.at == int(d.frame.BlockSize) {
			if d.frame, err = d.stream.ParseNext(); err != nil {
				return n, err
			}
			d.at = 0
			if len(d.frame.Subframes) != channels {
				return n, ErrUnknown // the number of channels changed between frames
			}
			continue
		}
		frames := min((len(samples)-n)/channels, int(d.frame.BlockSize)-d.at)
		for c, subframe := range d.frame.Subframes {
			for i, sample := range subframe.Samples[d.at : d.at+frames] {
				samples[n+i*channels+c] = float64(sample) * d.scale
			}
		}
		d.at, n = d.at+frames, n+frames*channels
	}
	return n, nil
}
