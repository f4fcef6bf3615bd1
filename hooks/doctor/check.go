package doctor

import (
	"slices"
	"strings"
)

// The states of a check, as words that are said first.
const (
	ok      = "ok"
	warning = "warning"
	fails   = "fails"
)

// check is what was found at one subject.
type check struct {
	Name  string `json:"name"`  // the subject; no two checks share one
	State string `json:"state"` // ok, warning or fails
	Say   string `json:"say"`   // the finding
	Do    string `json:"do"`    // the remedy; empty where nothing has to be done
}

func (c check) line() string {
	line := c.State + ": " + c.Name + ", " + c.Say + "."
	if c.Do != "" {
		line += " " + c.Do + "."
	}
	return strings.Join(strings.Fields(line), " ") // errors may have lines of their own
}

// unreadable is the check of what the database does not tell.
func unreadable(name string, err error) check {
	return check{name, fails, "it cannot be read: " + err.Error(), "Look at what the other checks say of the database"}
}

// report is what the doctor says.
type report struct {
	Checks []check `json:"checks"`
}

// sorted puts first what needs the owner first: who reads the first word has the verdict.
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
