// Package people says how clients are named, and who of them has come in.
package people

import (
	"strings"

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

// MaxNameChars is the longest name.
const MaxNameChars = 200

// PlainName makes a name that somebody else sent one that a client may have: one line, without markup, not too long.
func PlainName(name string) string {
	return OneLine(strings.NewReplacer("<", " ", ">", " ").Replace(name), MaxNameChars)
}
