package people

import (
	"net/url"
	"strings"
	"unicode"
)

// Unprintable reports whether a character must not appear in a line of text: control characters, and marks of writing
// direction that can make a text read as another.
func Unprintable(r rune) bool {
	switch {
	case r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069', r == '\u2028', r == '\u2029', r == unicode.ReplacementChar:
		return true
	}
	return unicode.IsControl(r)
}

// Visible reports whether a text has a visible character, so that it can name a link. Spaces, combining marks alone,
// and letters and symbols that Unicode draws as nothing do not count.
func Visible(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool {
		switch r {
		case '\u115f', '\u1160', '\u3164', '\uffa0', '\u2800', '\ufffc', '\U0001d159': // fillers, and the empty braille pattern
			return false
		}
		return unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S)
	})
}

// OneLine makes one line of a text from outside: at most maxChars characters, single spaces, nothing unprintable.
func OneLine(text string, maxChars int) string {
	text = strings.Map(func(r rune) rune {
		if Unprintable(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, " "))
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > maxChars {
		text = strings.TrimSpace(string(runes[:maxChars]))
	}
	return text
}

// IsWebLink reports whether an address is an http or https URL with a host, so that it may become a link.
func IsWebLink(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}
