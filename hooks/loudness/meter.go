package loudness

import "math"

// meter measures loudness by BS.1770-4: each channel is K-weighted, its energy is summed over blocks of 400 ms that
// overlap by 75 percent, and blocks below the gates are ignored.
type meter struct {
	channels []channel
	hop      int // frames between the starts of two blocks, which is 100 ms
	pending  [][]float64
	energy   []float64 // by channel, since the start of this hop
	filled   int       // frames in this hop
	hops     [4]float64
	passed   int // finished hops
	gate     histogram
}

// channel has the K-weighting filter of one channel and the channel's weight.
type channel struct {
	shelf, highPass biquad
	weight          float64
}

// biquad is a second-order filter in transposed direct form II.
type biquad struct{ b0, b1, b2, a1, a2, z1, z2 float64 }

// weights returns the weights of the channels in the order of WAV files: surround channels count more, and the LFE
// channel does not count (BS.1770-4, table 3).
func weights(channels int) []float64 {
	const behind = 1.41
	switch channels {
	case 4:
		return []float64{1, 1, behind, behind}
	case 5:
		return []float64{1, 1, 1, behind, behind}
	case 6:
		return []float64{1, 1, 1, 0, behind, behind}
	case 7:
		return []float64{1, 1, 1, 0, behind, behind, behind}
	case 8:
		return []float64{1, 1, 1, 0, behind, behind, behind, behind}
	}
	return []float64{1, 1, 1}[:channels]
}

func newMeter(f format) *meter {
	m := &meter{hop: (f.rate + 5) / 10, energy: make([]float64, f.channels), pending: make([][]float64, f.channels)}
	for _, weight := range weights(f.channels) {
		m.channels = append(m.channels, channel{shelfAt(float64(f.rate)), highPassAt(float64(f.rate)), weight})
	}
	return m
}

// shelfAt and highPassAt compute the filters' coefficients for any rate from their analogue prototypes. BS.1770-4 lists
// only those for 48 kHz.
func shelfAt(rate float64) biquad {
	const hertz, gainDb, q = 1681.974450955533, 3.999843853973347, 0.7071752369554196
	k, high := math.Tan(math.Pi*hertz/rate), math.Pow(10, gainDb/20)
	band := math.Pow(high, 0.4996667741545416)
	a0 := 1 + k/q + k*k
	return biquad{b0: (high + band*k/q + k*k) / a0, b1: 2 * (k*k - high) / a0, b2: (high - band*k/q + k*k) / a0,
		a1: 2 * (k*k - 1) / a0, a2: (1 - k/q + k*k) / a0}
}

func highPassAt(rate float64) biquad {
	const hertz, q = 38.13547087602444, 0.5003270373238773
	k := math.Tan(math.Pi * hertz / rate)
	a0 := 1 + k/q + k*k
	return biquad{b0: 1, b1: -2, b2: 1, a1: 2 * (k*k - 1) / a0, a2: (1 - k/q + k*k) / a0}
}

// add processes the next samples of one channel. Each channel has to get the same number before end is called.
func (m *meter) add(channel int, samples []float64) {
	if cap(m.pending[channel]) < len(samples) {
		m.pending[channel] = make([]float64, len(samples))
	}
	squares := m.pending[channel][:len(samples)]
	m.pending[channel] = squares
	c := &m.channels[channel]
	if c.weight == 0 {
		clear(squares)
		return
	}
	const tiny = 1e-18 // the addition avoids denormal numbers, which are slow
	s, h := c.shelf, c.highPass
	for i, x := range samples {
		x += tiny
		y := s.b0*x + s.z1
		s.z1 = s.b1*x - s.a1*y + s.z2
		s.z2 = s.b2*x - s.a2*y
		z := y + h.z1
		h.z1 = -2*y - h.a1*z + h.z2
		h.z2 = y - h.a2*z
		squares[i] = z * z
	}
	c.shelf, c.highPass = s, h
}

// end processes the samples that were added, hop by hop.
func (m *meter) end() {
	for at, left := 0, len(m.pending[0]); left > 0; {
		n := min(left, m.hop-m.filled)
		for c, squares := range m.pending {
			sum := 0.0
			for _, square := range squares[at : at+n] {
				sum += square
			}
			m.energy[c] += sum
		}
		at, left, m.filled = at+n, left-n, m.filled+n
		if m.filled == m.hop {
			m.endHop()
		}
	}
}

func (m *meter) endHop() {
	weighted := 0.0
	for c, energy := range m.energy {
		weighted += m.channels[c].weight * energy / float64(m.hop)
		m.energy[c] = 0
	}
	m.filled = 0
	m.hops[m.passed%len(m.hops)] = weighted
	m.passed++
	if m.passed >= len(m.hops) {
		m.gate.add((m.hops[0] + m.hops[1] + m.hops[2] + m.hops[3]) / 4)
	}
}

func (m *meter) integrated() float64 { return m.gate.loudness() }

// histogram counts blocks by loudness in steps of 0.01 LU, so that memory does not depend on the length. The sums of
// energy are exact; only the relative gate is rounded to a step.
type histogram struct {
	counts [bins]int64
	sums   [bins]float64
}

const (
	absoluteGate = -70.0 // LUFS; quieter blocks are ignored
	relativeGate = -10.0 // LU below the loudness of all blocks above the absolute gate
	step         = 0.01
	bins         = 12_000 // up to 50 LUFS
)

func toLUFS(energy float64) float64 { return -0.691 + 10*math.Log10(energy) }

func (h *histogram) add(energy float64) {
	l := toLUFS(energy)
	if !(l >= absoluteGate) {
		return
	}
	bin := min(int((l-absoluteGate)/step), bins-1)
	h.counts[bin]++
	h.sums[bin] += energy
}

func (h *histogram) loudness() float64 {
	all := h.from(0)
	if math.IsInf(all, -1) {
		return all
	}
	return h.from(max(0, int(math.Ceil((all+relativeGate-absoluteGate)/step))))
}

// from returns the loudness of the blocks from a bin upwards.
func (h *histogram) from(bin int) float64 {
	count, sum := int64(0), 0.0
	for i := bin; i < bins; i++ {
		count += h.counts[i]
		sum += h.sums[i]
	}
	if count == 0 {
		return math.Inf(-1)
	}
	return toLUFS(sum / float64(count))
}
