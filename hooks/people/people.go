// Package people says how clients are named, and who of them has come in.
package people

import (
	"strings"
	"unicode"

	"github.com/pocketbase/pocketbase/core"
)

// Joined tells whether a client has come in: linked to Clerk, or signed in at least once, which is what verifies an
// email that only ever gets codes. Nobody else is sent notices.
func Joined(client *core.Record) bool {
	return client.GetString("clerkId") != "" || client.Verified()
}

// Account is the id of the client whose records are somebody's: the client's own, or that of the client whose person it
// is.
func Account(client *core.Record) string {
	if account := client.GetString("account"); account != "" {
		return account
	}
	return client.Id
}

// IsPerson tells whether somebody is one of a client's people, not a client.
func IsPerson(client *core.Record) bool { return client.GetString("account") != "" }

// AccessWork is the access of people who see everything but money.
const AccessWork = "work"

// SeesMoney tells whether somebody may see what is owed and paid.
func SeesMoney(client *core.Record) bool { return client.GetString("access") != AccessWork }

// DisplayName is how a client is named where they write: the name, else the email, else "Client".
func DisplayName(client *core.Record) string {
	for _, name := range []string{client.GetString("name"), client.Email()} {
		if name = strings.TrimSpace(name); name != "" {
			return name
		}
	}
	return "Client"
}

// NameSQL is DisplayName in SQL, of a row of clients that the statement calls c.
const NameSQL = "CASE WHEN trim(c.name) != '' THEN c.name ELSE c.email END"

// FirstName is what a letter begins with; empty where there is no name.
func FirstName(client *core.Record) string {
	if words := strings.Fields(client.GetString("name")); len(words) > 0 {
		return words[0]
	}
	return ""
}

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

// MaxNameChars is the longest name.
const MaxNameChars = 200

// PlainName makes a name that somebody else sent one that a client may have: one line, without markup, not too long.
func PlainName(name string) string {
	return OneLine(strings.NewReplacer("<", " ", ">", " ").Replace(name), MaxNameChars)
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
