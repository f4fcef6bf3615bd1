package loudness

import "math"

// Columns is the number of parts into which the waveform is divided.
const Columns = 600

// finest is the number of parts while the length of the file is not known. When twice as many are full, neighbours are
// merged in pairs.
const finest = 8 * Columns

type shape struct {
	parts  []float64
	frames int64 // in each part
	filled int64 // in the last part
}

func newShape() *shape { return &shape{frames: 1} }

// add processes interleaved samples.
func (s *shape) add(samples []float64, channels int) {
	for len(samples) > 0 {
		if len(s.parts) == 0 || s.filled == s.frames {
			s.next()
		}
		n := min(int64(len(samples)/channels), s.frames-s.filled)
		last := &s.parts[len(s.parts)-1]
		for _, sample := range samples[:n*int64(channels)] {
			*last = max(*last, math.Abs(heard(sample)))
		}
		s.filled += n
		samples = samples[n*int64(channels):]
	}
}

func (s *shape) next() {
	if len(s.parts) == 2*finest {
		for i := range finest {
			s.parts[i] = max(s.parts[2*i], s.parts[2*i+1])
		}
		s.parts, s.frames = s.parts[:finest], 2*s.frames
	}
	s.parts, s.filled = append(s.parts, 0), 0
}

// columns returns the highest absolute samples of equal parts of the whole file.
func (s *shape) columns() (columns [Columns]byte) {
	if len(s.parts) == 0 {
		return columns
	}
	whole := float64(len(s.parts)-1) + float64(s.filled)/float64(s.frames)
	for i := range columns {
		begin := int(whole * float64(i) / Columns)
		end := max(begin+1, int(math.Ceil(whole*float64(i+1)/Columns)))
		highest := 0.0
		for _, part := range s.parts[min(begin, len(s.parts)-1):min(end, len(s.parts))] {
			highest = max(highest, part)
		}
		columns[i] = byte(math.Round(min(highest, 1) * 255))
	}
	return columns
}
