package archive_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"greenroom/hooks/archive"
)

func TestNamesAreSafe(t *testing.T) {
	for name, want := range map[string]string{
		"mix 3.wav":               "mix 3.wav",
		"Ünïcode – ラフ.wav":        "Ünïcode – ラフ.wav",
		"../../etc/passwd":        "_.._etc_passwd",
		`..\..\evil.exe`:          "_.._evil.exe",
		"/etc/passwd":             "_etc_passwd",
		"C:\\Windows\\x":          "C__Windows_x",
		"a\x00b\nc.txt":           "a_b_c.txt",
		"..":                      "file",
		".":                       "file",
		"":                        "file",
		" ":                       "file",
		"\u200b":                  "file",
		".bashrc":                 "bashrc",
		"name. . ":                "name",
		"CON":                     "_CON",
		"nul.txt":                 "_nul.txt",
		"com1.tar.gz":             "_com1.tar.gz",
		"LPT².wav":                "_LPT².wav",
		"console.wav":             "console.wav",
		"what? *really* <b>|.wav": "what_ _really_ _b__.wav",
		"a\u202egnp.exe":          "a_gnp.exe",
		"e\u0301.wav":             "é.wav",
		"bad\xffbytes.wav":        "bad_bytes.wav",
	} {
		if got := archive.Take(name)[0]; got != want {
			t.Errorf("%q becomes %q, want %q", name, got, want)
		}
	}
	for _, long := range []string{strings.Repeat("a", 5000) + ".wav", strings.Repeat("ж", 300) + ".flac", "x." + strings.Repeat("y", 300), strings.Repeat("😀", 100)} {
		for _, got := range archive.Take(long, long) {
			if len(got) > 120 || !utf8.ValidString(got) || strings.HasSuffix(long, ".wav") && !strings.HasSuffix(got, ".wav") {
				t.Errorf("%.20q… becomes %q", long, got)
			}
		}
	}
}

func TestTwinsHaveNamesOfTheirOwn(t *testing.T) {
	got := archive.Take("mix.wav", "Mix.WAV", "mix.wav", "mix (2).wav", "é.wav", "e\u0301.wav", "no ending", "no ending")
	want := []string{"mix.wav", "Mix (2).WAV", "mix (3).wav", "mix (2) (2).wav", "é.wav", "é (2).wav", "no ending", "no ending (2)"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
