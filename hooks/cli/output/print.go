// Package output prints the results of commands: lines for people, or JSON for programs.
package output

import (
	"encoding/json"
	"fmt"
	"io"
)

// Print prints lines for people, or value as JSON.
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
