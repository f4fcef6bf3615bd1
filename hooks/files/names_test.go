package files_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"greenroom/hooks/files"
)

func TestNames(t *testing.T) {
	long := strings.Repeat("ö", 300)
	for name, want := range map[string]string{
		"Take 1.wav":                       "Take 1.wav",
		"a/b\\c.wav":                       "a_b_c.wav",
		long:                               long[:2*255],
		long + ".wav":                      long[:2*251] + ".wav",
		long + ".tar.gz":                   long[:2*252] + ".gz",
		"Mr. " + long:                      "Mr. " + long[:2*251],
		strings.Repeat(" ", 300) + "a.wav": ".wav",
		"\u3164.wav":                       "\u3164.wav", // the ending is visible
		"\u3164\u2800":                     "file",
		"\u200b":                           "file",
		"\u0301":                           "file",
		" . ":                              "file",
		"\U0001f3b5":                       "\U0001f3b5",
	} {
		got := files.CleanName(name)
		if got != want || utf8.RuneCountInString(got) > 255 {
			t.Errorf("%.20q… is called %q (%d), want %q", name, got, utf8.RuneCountInString(got), want)
		}
	}
}
