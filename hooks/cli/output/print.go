// Package output is how commands answer: in lines for people, or in JSON for programs.
package output

import (
	"encoding/json"
	"fmt"
	"io"
)

// Print writes what a command has to say: lines for people, or value as JSON.
func Print(out io.Writer, asJSON bool, value any, lines ...string) error {
	if asJSON {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(value)
	}
	for _, line := range lines {
		if _, err := fmt.Fprintln(out, line); err != nil {
			return err
		}
	}
	return nil
}
