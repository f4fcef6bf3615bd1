package config

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDotEnvIsLiteral: a password is read exactly as it is written.
func TestDotEnvIsLiteral(t *testing.T) {
	path := filepath.Join(t.TempDir(), ".env")
	read := func(content string) (map[string]string, error) {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return readDotEnv(path)
	}
	got, err := read("\ufeff# a comment\r\n\r\nA=Pa$word$1x\r\nexport B='quo#ted ${HOME}'\nC=\"two words\"\n D = with#hash \nE=\nF=a=b==\nG=\\n\nKEY=\"-----BEGIN\nmiddle\n-----END\"\n")
	want := map[string]string{"A": "Pa$word$1x", "B": "quo#ted ${HOME}", "C": "two words", "D": "with#hash", "E": "", "F": "a=b==", "G": `\n`, "KEY": "-----BEGIN\nmiddle\n-----END"}
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
	for content, says := range map[string]string{"no form": "line 1", "A=1\nA=2": "line 2 sets A a second time", "A='open": "line 1 has no end", "two words=x": "line 1"} {
		if _, err := read(content); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", content, err)
		}
	}
}

func TestSitesAreOrigins(t *testing.T) {
	for given, want := range map[string]string{
		"https://Portal.Example.com/": "https://portal.example.com", "https://portal.example.com:443": "https://portal.example.com", "http://localhost:5173": "http://localhost:5173",
		"http://portal.example.com:80/": "http://portal.example.com", "https://bücher.example": "https://xn--bcher-kva.example", "https://[::1]:8090": "https://[::1]:8090",
		"portal.example.com": "", "https://portal.example.com/app": "", "https://user@portal.example.com": "", "https://portal.example.com?x=1": "", "ftp://portal.example.com": "", "https://": "",
	} {
		got, err := originOf(given)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", given, got, err)
		}
	}
}
