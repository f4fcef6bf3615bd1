package config

import (
	"bytes"
	"fmt"
	"os"
	"strings"
)

// readDotEnv reads lines of the form NAME=value. Values are literal and nothing in them is expanded, because a password
// may contain any character. Quotes around a whole value are removed, and # begins a comment only at the beginning of a
// line.
func readDotEnv(path string) (map[string]string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	values := map[string]string{}
	lines := strings.Split(string(bytes.TrimPrefix(content, []byte("\ufeff"))), "\n")
	for i := 0; i < len(lines); i++ {
		line := strings.TrimSpace(lines[i])
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, found := strings.Cut(strings.TrimPrefix(line, "export "), "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !found || name == "" || strings.ContainsAny(name, " \t\"'") {
			return nil, fmt.Errorf("line %d is not of the form NAME=value", i+1)
		}
		if quote := value[:min(1, len(value))]; quote == "'" || quote == `"` {
			began := i
			// A quoted value, such as a key in PEM, may have several lines.
			for len(value) < 2 || !strings.HasSuffix(value, quote) {
				if i++; i == len(lines) {
					return nil, fmt.Errorf("the quote that begins in line %d has no end", began+1)
				}
				value += "\n" + strings.TrimRight(lines[i], "\r")
			}
			value = value[1 : len(value)-1]
		}
		if _, twice := values[name]; twice {
			return nil, fmt.Errorf("line %d sets %s a second time", i+1, name)
		}
		values[name] = value
	}
	return values, nil
}
