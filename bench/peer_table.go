package main

import (
	"fmt"
	"strconv"
)

// measure is one row of the table: the values of each side by round, Greenroom first.
type measure struct {
	name, unit string
	more       bool // a larger value is better
	runs       [][]float64
	aims       []func(times []float64) []aim
}

func newMeasure(name, unit string, more bool) *measure {
	return &measure{name: name, unit: unit, more: more, runs: make([][]float64, 1+len(variants))}
}

func (m *measure) add(side int, value float64) { m.runs[side] = append(m.runs[side], value) }

// atLeast sets how many times better than the variant Greenroom has to be.
func (m *measure) atLeast(what string, variant int, limit float64) *measure {
	m.aims = append(m.aims, func(times []float64) []aim { return atLeast(what, times[variant], limit, " times") })
	return m
}

// times returns how many times better Greenroom is than each variant, by the median of the rounds.
func (m *measure) times() (out []float64) {
	for _, theirs := range m.runs[1:] {
		of, to := m.runs[0], theirs
		if !m.more {
			of, to = theirs, m.runs[0]
		}
		out = append(out, median(ratios(of, to)))
	}
	return out
}

// titles are the variants' names for people.
var titles = map[string]string{"next": "Next.js", "plain": "Node alone"}

func besideTable() *table {
	t := &table{title: "Beside the system that it replaces, with the same studio:", head: []string{"", "Greenroom"}}
	for _, v := range variants {
		t.head = append(t.head, titles[v.name])
	}
	for _, v := range variants {
		t.head = append(t.head, "times better than "+titles[v.name])
	}
	return t
}

// compare reports the measures and adds them to the table.
func (b *bench) compare(measures ...*measure) {
	for _, m := range measures {
		f, row := m.figure()
		b.report.add(f)
		b.peer.table.rows = append(b.peer.table.rows, row)
	}
}

func (m *measure) figure() (figure, []string) {
	f := figure{Name: m.name, Text: "Greenroom " + m.text(0), Values: map[string]float64{"greenroom": median(m.runs[0])}}
	row := []string{m.name + ", " + m.unit, digits(median(m.runs[0]))}
	times := m.times()
	var better []string
	for i, v := range variants {
		if len(m.runs[1+i]) == 0 {
			row, better = append(row, "-"), append(better, "-")
			continue
		}
		f.Text += fmt.Sprintf("; %s %s, %s times better", titles[v.name], m.text(1+i), digits(times[i]))
		f.Values[v.name], f.Values["times "+v.name] = median(m.runs[1+i]), times[i]
		row, better = append(row, digits(median(m.runs[1+i]))), append(better, digits(times[i]))
	}
	for _, a := range m.aims {
		f.Aims = append(f.Aims, a(times)...)
	}
	return f, append(row, better...)
}

func (m *measure) text(side int) string { return digits(median(m.runs[side])) + " " + m.unit }

// digits formats a number with three significant digits.
func digits(n float64) string {
	switch {
	case n >= 1000:
		return count(n)
	case n >= 100:
		return strconv.FormatFloat(n, 'f', 0, 64)
	case n >= 10:
		return strconv.FormatFloat(n, 'f', 1, 64)
	}
	return strconv.FormatFloat(n, 'f', 2, 64)
}
