package doctor

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
	Say   string `json:"say"`   // what was seen
	Do    string `json:"do"`    // what helps; empty where nothing has to
}

func (c check) line() string {
	line := c.State + ": " + c.Name + ", " + c.Say + "."
	if c.Do != "" {
		line += " " + c.Do + "."
	}
	return line
}

// report is what the doctor says.
type report struct {
	Checks []check `json:"checks"`
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
