package loudness

import (
	"encoding/binary"
	"io"
	"math"
)

const (
	wavPCM        = 1
	wavFloat      = 3
	wavExtensible = 0xfffe
)

// newWAV reads the header of a WAV up to the samples. In an RF64, which may exceed 4 GB, the chunk ds64 has their size.
// If a recorder did not write the size, the samples go to the end of the file.
func newWAV(r io.Reader) (decoder, error) {
	if err := skip(r, 12); err != nil {
		return nil, ErrUnknown
	}
	p := &pcm{r: r}
	long := int64(math.MaxInt64) // the size of the samples if the chunk's own field is not valid
	for {
		var head [8]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return nil, ErrUnknown
		}
		name, size := string(head[:4]), int64(binary.LittleEndian.Uint32(head[4:]))
		switch name {
		case "ds64":
			body, err := header(r, size, 24)
			if err != nil {
				return nil, err
			}
			if n := int64(binary.LittleEndian.Uint64(body[8:])); n > 0 {
				long = n
			}
		case "fmt ":
			body, err := header(r, size, 16)
			if err != nil {
				return nil, err
			}
			if err := p.describeWAV(body); err != nil {
				return nil, err
			}
		case "data":
			if p.sample == nil {
				return nil, ErrUnknown
			}
			if size == 0 || size == math.MaxUint32 {
				size = long
			}
			p.r = io.LimitReader(r, size)
			return p, nil
		default:
			if err := skip(r, size+size%2); err != nil {
				return nil, ErrUnknown
			}
		}
	}
}

// header reads a chunk of at least the given size, and skips the rest of a longer one.
func header(r io.Reader, size, least int64) ([]byte, error) {
	if size < least {
		return nil, ErrUnknown
	}
	body := make([]byte, min(size, maxHeader))
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, ErrUnknown
	}
	if err := skip(r, size+size%2-int64(len(body))); err != nil {
		return nil, ErrUnknown
	}
	return body, nil
}

func (p *pcm) describeWAV(fmt []byte) error {
	le := binary.LittleEndian
	tag, bits := le.Uint16(fmt), int(le.Uint16(fmt[14:]))
	if tag == wavExtensible && len(fmt) >= 26 {
		tag = le.Uint16(fmt[24:]) // the sub-format begins with the tag
	}
	if tag != wavPCM && tag != wavFloat {
		return ErrUnknown
	}
	p.f = format{rate: int(le.Uint32(fmt[4:])), channels: int(le.Uint16(fmt[2:]))}
	p.width, p.sample = number(le, bits, tag == wavFloat, true)
	if p.sample == nil || p.f.channels == 0 || int(le.Uint16(fmt[12:])) != p.width*p.f.channels {
		return ErrUnknown
	}
	return nil
}
