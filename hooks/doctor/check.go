package doctor

import (
	"slices"
	"strings"
)

// These are the states of a check. The printed line begins with them.
const (
	ok      = "ok"
	warning = "warning"
	fails   = "fails"
)

// check is the finding about one subject.
type check struct {
	Name  string `json:"name"`  // the subject; unique
	State string `json:"state"` // ok, warning or fails
	Say   string `json:"say"`   // the finding
	Do    string `json:"do"`    // the remedy; empty if there is nothing to do
}

func (c check) line() string {
	line := c.State + ": " + c.Name + ", " + c.Say + "."
	if c.Do != "" {
		line += " " + c.Do + "."
	}
	return strings.Join(strings.Fields(line), " ") // an error may contain line breaks
}

// unreadable is the finding if the database cannot be read.
func unreadable(name string, err error) check {
	return check{name, fails, "it cannot be read: " + err.Error(), "Look at what the other checks say of the database"}
}

// report is the result of all checks.
type report struct {
	Checks []check `json:"checks"`
}

// sorted puts failures first and warnings second, so that the first word is the verdict.
func (r report) sorted() report {
	order := []string{fails, warning, ok}
	slices.SortStableFunc(r.Checks, func(a, b check) int { return slices.Index(order, a.State) - slices.Index(order, b.State) })
	return r
}

func (r report) lines() (lines []string) {
	for _, c := range r.Checks {
		lines = append(lines, c.line())
	}
	return lines
}

func (r report) count(state string) (n int) {
	for _, c := range r.Checks {
		if c.State == state {
			n++
		}
	}
	return n
}
