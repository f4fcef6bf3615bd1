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

// guestList holds the active clients and their people, read once for a sync.
type guestList struct {
	byEmail map[string]string // client id by the normalised address of the client or of one of their people
	active  map[string]bool   // by client id
	address map[string]string // normalised address by id, of clients and people
}

// readingVersion must be raised when the code makes other bookings of the same answer of Google's, so that all events
// are read again.
const readingVersion = 3

func activeClients(app core.App) (guestList, error) {
	return guestsWhere(app, "archivedAt = ''", nil)
}

// guestsOf reads one client and their people, as far as they are active.
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

// fingerprint identifies what the bookings of a sync depend on: the clients' addresses, the calendars, and how this
// version reads events. When it changes, events that were read before may make other bookings, and all are read again.
// A sync token would be refused with changed parameters, too.
func (l guestList) fingerprint(calendars []string) string {
	lines := append(slices.Clone(calendars), fmt.Sprintf("reading %d of %d: %s", readingVersion, eventsInPage, eventParts))
	for email, id := range l.byEmail {
		lines = append(lines, fmt.Sprintf("%q %s", email, id))
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:16])
}
