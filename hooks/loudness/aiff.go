package loudness

import (
	"encoding/binary"
	"io"
	"math"
)

// newAIFF reads the header of an AIFF, or of an uncompressed AIFC, up to the samples.
func newAIFF(r io.Reader) (decoder, error) {
	if err := skip(r, 12); err != nil {
		return nil, ErrUnknown
	}
	p := &pcm{r: r}
	for {
		var head [8]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return nil, ErrUnknown
		}
		name, size := string(head[:4]), int64(binary.BigEndian.Uint32(head[4:]))
		switch name {
		case "COMM":
			body, err := header(r, size, 18)
			if err != nil {
				return nil, err
			}
			if err := p.describeAIFF(body); err != nil {
				return nil, err
			}
		case "SSND":
			if p.sample == nil || size < 8 {
				return nil, ErrUnknown
			}
			var place [8]byte // the offset of the samples, and a block size that is not used
			if _, err := io.ReadFull(r, place[:]); err != nil {
				return nil, ErrUnknown
			}
			offset := int64(binary.BigEndian.Uint32(place[:]))
			if err := skip(r, offset); err != nil {
				return nil, ErrUnknown
			}
			p.r = io.LimitReader(r, max(0, size-8-offset))
			return p, nil
		default:
			if err := skip(r, size+size%2); err != nil {
				return nil, ErrUnknown
			}
		}
	}
}

func (p *pcm) describeAIFF(comm []byte) error {
	be := binary.BigEndian
	bits, kind := int(be.Uint16(comm[6:])), "NONE"
	if len(comm) >= 22 {
		kind = string(comm[18:22])
	}
	p.f = format{rate: int(extended(comm[8:18])), channels: int(be.Uint16(comm))}
	switch kind {
	case "NONE", "twos", "in24", "in32":
		p.width, p.sample = number(be, bits, false, false)
	case "sowt":
		p.width, p.sample = number(binary.LittleEndian, bits, false, false)
	case "fl32", "FL32":
		p.width, p.sample = number(be, 32, true, false)
	case "fl64", "FL64":
		p.width, p.sample = number(be, 64, true, false)
	}
	if p.sample == nil || p.f.channels == 0 {
		return ErrUnknown
	}
	return nil
}

// extended decodes an 80-bit floating point number, as an AIFF's sample rate is stored; 0 for an invalid one.
func extended(b []byte) float64 {
	exponent, mantissa := int(binary.BigEndian.Uint16(b)), binary.BigEndian.Uint64(b[2:])
	if exponent >= 0x7fff {
		return 0
	}
	if rate := math.Ldexp(float64(mantissa), exponent-16383-63); rate <= maxRate {
		return rate
	}
	return 0
}
