package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// figure is one line of the report.
type figure struct {
	Name   string             `json:"name"`
	Text   string             `json:"text"` // without name and target
	Values map[string]float64 `json:"values"`
	Aims   []aim              `json:"targets,omitempty"`
}

// aim is the target of a figure.
type aim struct {
	What    string  `json:"what"` // shared by figures that have to reach the target together
	Value   float64 `json:"value"`
	Limit   float64 `json:"limit"`
	AtLeast bool    `json:"atLeast,omitempty"` // a lower bound; else an upper one
	Unit    string  `json:"unit,omitempty"`
	Met     bool    `json:"met"`
}

func atMost(what string, value, limit float64, unit string) []aim {
	return []aim{{what, value, limit, false, unit, value <= limit}}
}

func atLeast(what string, value, limit float64, unit string) []aim {
	return []aim{{what, value, limit, true, unit, value >= limit}}
}

func (a aim) String() string {
	verdict, side := "met", ""
	if !a.Met {
		verdict = "missed"
	}
	if a.AtLeast {
		side = "at least "
	}
	return fmt.Sprintf("target %s%s%s: %s", side, strconv.FormatFloat(a.Limit, 'f', -1, 64), a.Unit, verdict)
}

func (a aim) worseThan(other aim) bool {
	if a.AtLeast {
		return a.Value < other.Value
	}
	return a.Value > other.Value
}

// report prints each figure on a line as soon as it is measured, and at the end the tables and which targets are
// reached.
type report struct {
	asJSON   bool
	asTables bool // prints the figures to standard error and the tables to standard output
	machine  *machine
	figures  []figure
	tables   []*table
}

func (r *report) add(f figure) {
	r.figures = append(r.figures, f)
	line := f.Name + ": " + f.Text
	for _, a := range f.Aims {
		line += " (" + a.String() + ")"
	}
	if r.asJSON || r.asTables {
		fmt.Fprintln(os.Stderr, line)
	} else {
		fmt.Println(line)
	}
}

func (r *report) end() error {
	worst, order := map[string]aim{}, []string{}
	for _, f := range r.figures {
		for _, a := range f.Aims {
			w, seen := worst[a.What]
			if !seen {
				order = append(order, a.What)
			}
			if !seen || a.worseThan(w) {
				worst[a.What] = a
			}
		}
	}
	if r.asJSON {
		encoder := json.NewEncoder(os.Stdout)
		encoder.SetIndent("", "  ")
		return encoder.Encode(map[string]any{"machine": r.machine.String(), "figures": r.figures, "targets": worst})
	}
	for _, t := range r.tables {
		fmt.Println(t.markdown())
	}
	if r.asTables {
		fmt.Printf("%s\n\n", r.machine)
	}
	for _, what := range order {
		w := worst[what]
		line := fmt.Sprintf("target: %s: %s%s at worst: %s", what, strconv.FormatFloat(w.Value, 'f', 2, 64), w.Unit, strings.TrimPrefix(w.String(), "target "))
		if r.asTables {
			fmt.Fprintln(os.Stderr, line)
		} else {
			fmt.Println(line)
		}
	}
	return nil
}

// median returns the median of the rounds' values.
func median[T cmp.Ordered](values []T) (m T) {
	if len(values) == 0 {
		return m
	}
	return slices.Sorted(slices.Values(values))[len(values)/2]
}

// percentile returns a percentile (0 to 1) of times.
func percentile(times []time.Duration, p float64) time.Duration {
	if len(times) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(times))
	return sorted[min(len(sorted)-1, int(p*float64(len(sorted))))]
}

// ratios returns the ratios of one variant to another, by round.
func ratios[T ~int64 | ~float64](of, to []T) (out []float64) {
	for i := range min(len(of), len(to)) {
		out = append(out, float64(of[i])/float64(to[i]))
	}
	return out
}

// count formats a number with separators: 1,420.
func count(n float64) string {
	digits := strconv.FormatFloat(n, 'f', 0, 64)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// span formats a duration with three significant digits.
func span(d time.Duration) string {
	unit, name := time.Millisecond, " ms"
	if d >= time.Second {
		unit, name = time.Second, " s"
	}
	value := float64(d) / float64(unit)
	switch {
	case value >= 100:
		return strconv.FormatFloat(value, 'f', 0, 64) + name
	case value >= 10:
		return strconv.FormatFloat(value, 'f', 1, 64) + name
	}
	return strconv.FormatFloat(value, 'f', 2, 64) + name
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
