package people

import (
	"net/url"
	"strings"
	"unicode"
)

// Unprintable tells the characters that have no place in one line of text: controls, and marks of writing direction
// that could make it read as something else.
func Unprintable(r rune) bool {
	switch {
	case r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069', r == '\u2028', r == '\u2029', r == unicode.ReplacementChar:
		return true
	}
	return unicode.IsControl(r)
}

// Visible tells whether a text has a character that can be seen, and so can name a link: not only spaces, marks without
// a letter to stand on, and the letters and symbols that Unicode draws as nothing.
func Visible(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool {
		switch r {
		case '\u115f', '\u1160', '\u3164', '\uffa0', '\u2800', '\ufffc', '\U0001d159': // fillers, and the braille of no dots
			return false
		}
		return unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S)
	})
}

// OneLine makes what somebody else sent one line of at most that many characters, with single spaces and nothing
// unprintable.
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

// IsWebLink tells whether an address is a web page's, to which a browser may be sent: it becomes a link that people press.
func IsWebLink(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}
