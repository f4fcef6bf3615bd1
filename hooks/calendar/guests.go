package calendar

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/people"
)

// guestList knows the active clients and their people, once for a whole sync.
type guestList struct {
	byEmail map[string]string // client id by address in its one form, of the client or one of their people
	active  map[string]bool   // by client id
	address map[string]string // of each client, by id
}

// readingVersion is raised whenever the same answer of Google makes other bookings than before.
const readingVersion = 3

func activeClients(app core.App) (guestList, error) {
	return guestsWhere(app, "archivedAt = ''", nil)
}

// guestsOf knows one client and their people, where they are active.
func guestsOf(app core.App, client string) (guestList, error) {
	return guestsWhere(app, "(id = {:client} OR account = {:client}) AND archivedAt = ''", dbx.Params{"client": client})
}

func guestsWhere(app core.App, condition string, params dbx.Params) (guestList, error) {
	var rows []struct {
		Id      string `db:"id"`
		Account string `db:"account"`
		Email   string `db:"email"`
	}
	err := app.DB().NewQuery("SELECT id, account, email FROM clients WHERE " + condition).Bind(params).All(&rows)
	l := guestList{make(map[string]string, len(rows)), make(map[string]bool, len(rows)), make(map[string]string, len(rows))}
	for _, r := range rows {
		l.byEmail[people.Address(r.Email)] = cmp.Or(r.Account, r.Id)
		l.active[r.Id] = r.Account == ""
		l.address[r.Id] = people.Address(r.Email)
	}
	return l, err
}

// fingerprint changes when a client comes, goes or changes their address, when another calendar is read, and when a
// newer version asks for more of each event or reads it in another way: the events that Google has already told may
// then mean other bookings, and have to be read again. Google also wants a sync token to come with the request that it
// was given for.
func (l guestList) fingerprint(calendars []string) string {
	lines := append(slices.Clone(calendars), fmt.Sprintf("reading %d of %d: %s", readingVersion, eventsInPage, eventParts))
	for email, id := range l.byEmail {
		lines = append(lines, fmt.Sprintf("%q %s", email, id))
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:16])
}
