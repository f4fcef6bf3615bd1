package loudness

import "math"

// truePeak finds the peak between samples, which can be higher than every sample, by oversampling four times
// (BS.1770-4, annex 2).
type truePeak struct {
	highest float64
	before  [][]float64 // by channel: the last samples
	window  []float64
}

const (
	oversampling = 4
	taps         = 24 // taps of each interpolation filter
	highRate     = 192_000
)

// phases are the interpolation filters for a quarter, a half and three quarters of the way between two samples: a sinc
// in a Kaiser window. The samples themselves are the fourth phase.
var phases = func() (all [oversampling - 1][taps]float64) {
	const beta = 6
	for p := range all {
		for i := range all[p] {
			x := float64(i-taps/2+1) - float64(p+1)/oversampling
			edge := x / (taps / 2)
			all[p][i] = math.Sin(math.Pi*x) / (math.Pi * x) * bessel(beta*math.Sqrt(max(0, 1-edge*edge))) / bessel(beta)
		}
	}
	return all
}()

// highestGain is the highest factor by which a filter can exceed the highest sample.
var highestGain = func() (highest float64) {
	for _, phase := range phases {
		gain := 0.0
		for _, tap := range phase {
			gain += math.Abs(tap)
		}
		highest = max(highest, gain)
	}
	return highest
}()

// bessel is the modified Bessel function of the first kind, order zero.
func bessel(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > 1e-12*sum; k++ {
		term *= x / (2 * k) * x / (2 * k)
		sum += term
	}
	return sum
}

func newTruePeak(f format) *truePeak {
	p := &truePeak{before: make([][]float64, f.channels)}
	if f.rate < highRate { // at higher rates the samples are close enough
		for c := range p.before {
			p.before[c] = make([]float64, taps-1)
		}
	}
	return p
}

func (p *truePeak) add(channel int, samples []float64) {
	before := p.before[channel]
	p.window = append(append(p.window[:0], before...), samples...)
	const part = 256
	for begin := 0; begin < len(samples); begin += part {
		end := min(begin+part, len(samples))
		p.look(p.window[begin:end+len(before)], len(before))
	}
	copy(before, p.window[len(p.window)-len(before):])
}

// look finds the peak of a window, including the samples before it. A window that is too quiet to contain the peak,
// which most are, is not oversampled.
func (p *truePeak) look(window []float64, before int) {
	highest := 0.0
	for _, sample := range window {
		highest = max(highest, math.Abs(sample))
	}
	bound := highest * highestGain
	p.highest = max(p.highest, highest)
	if before == 0 || bound <= p.highest {
		return
	}
	for i := range len(window) - before {
		around := (*[taps]float64)(window[i : i+taps])
		for p1 := range phases {
			phase, between := &phases[p1], 0.0
			for t := range taps {
				between += phase[t] * around[t]
			}
			p.highest = max(p.highest, math.Abs(between))
		}
	}
}
