// Package people knows about clients and their people: names, email addresses, whose records they see, and text from
// outside that is shown in one line.
package people

import (
	"strings"

	"github.com/pocketbase/pocketbase/core"
)

// Joined reports whether a client has joined: they are linked to Clerk, or have signed in at least once, which verifies
// their email. Nobody else gets notices.
func Joined(client *core.Record) bool {
	return client.GetString("clerkId") != "" || client.Verified()
}

// Account returns the id of the client whose records somebody sees: their own, or for a person that of their client.
func Account(client *core.Record) string {
	if account := client.GetString("account"); account != "" {
		return account
	}
	return client.Id
}

// IsPerson reports whether a record of clients is one of a client's people.
func IsPerson(client *core.Record) bool { return client.GetString("account") != "" }

// AccessWork is the value of the field access for people who may not see invoices.
const AccessWork = "work"

// SeesMoney reports whether somebody may see invoices and amounts.
func SeesMoney(client *core.Record) bool { return client.GetString("access") != AccessWork }

// DisplayName returns the name under which a client's comments appear: the name, else the email, else "Client".
func DisplayName(client *core.Record) string {
	for _, name := range []string{client.GetString("name"), client.Email()} {
		if name = strings.TrimSpace(name); name != "" {
			return name
		}
	}
	return "Client"
}

// NameSQL is DisplayName in SQL, for a row of clients with the alias c.
const NameSQL = "CASE WHEN trim(c.name) != '' THEN c.name ELSE c.email END"

// FirstName returns the first word of a client's name, or "".
func FirstName(client *core.Record) string {
	if words := strings.Fields(client.GetString("name")); len(words) > 0 {
		return words[0]
	}
	return ""
}

// MaxNameChars is the limit of a name.
const MaxNameChars = 200

// PlainName makes a valid name of one that came from outside: one line, without angle brackets, at most MaxNameChars.
func PlainName(name string) string {
	return OneLine(strings.NewReplacer("<", " ", ">", " ").Replace(name), MaxNameChars)
}
