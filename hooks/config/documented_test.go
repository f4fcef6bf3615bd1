package config

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestEverySettingIsDocumented compares the settings with the table of docs/configuration.md and with .env.example:
// each has to be in both, and both have no others.
func TestEverySettingIsDocumented(t *testing.T) {
	var want, prefixes []string
	for _, s := range settings() {
		want = append(want, s.name)
		prefix, _, _ := strings.Cut(s.name, "_")
		prefixes = append(prefixes, prefix)
	}
	slices.Sort(want)
	for path, form := range map[string]*regexp.Regexp{
		"../../docs/configuration.md": regexp.MustCompile("`((?:" + strings.Join(prefixes, "|") + ")_[A-Z0-9_]*[A-Z0-9])`"),
		"../../.env.example":          regexp.MustCompile(`(?m)^#?([A-Z][A-Z0-9_]*[A-Z0-9])=`),
	} {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, match := range form.FindAllStringSubmatch(string(content), -1) {
			if !slices.Contains(got, match[1]) {
				got = append(got, match[1])
			}
		}
		for _, name := range want {
			if !slices.Contains(got, name) {
				t.Errorf("%s does not name %s", path, name)
			}
		}
		for _, name := range got {
			if !slices.Contains(want, name) {
				t.Errorf("%s names %s, which nothing reads", path, name)
			}
		}
	}
}
