package notify

import (
	"database/sql"
	"errors"
	"fmt"
	"net/mail"
	"strconv"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/people"
)

// These are whom a notice can be for, as the outbox names them.
const (
	toClient = "client"
	toOwner  = "james"
)

// A recipient can choose a mail for each notice (those of a project that come close together in one), one a day,
// none.
const (
	choiceEach  = "each"
	choiceDaily = "daily"
	choiceNone  = "none"
)

// In these hours of the recipient's day no mail leaves, but one that is due once a day at an hour of their choice.
const (
	quietFromHour  = 21
	quietUntilHour = 8
)

// recipient is who gets a notice: a client, or the owner about a client.
type recipient struct {
	to        string
	client    *core.Record // whose work it is about
	person    *core.Record // who hears of it, the client or one of their people; for the owner, who did it
	address   mail.Address
	firstName string
	choice    string
	digestAt  string // "08:00"
	asked     bool   // the mail answers what they did themselves
	zone      *time.Location
}

// recipient reads who gets a notice about a client's work. The person is one of the client's people, or empty for the
// client.
func (o *outbox) recipient(app core.App, to, clientId, personId string) (recipient, error) {
	client, err := app.FindRecordById("clients", clientId)
	if err != nil {
		return recipient{}, fmt.Errorf("notify: find client %s: %w", clientId, err)
	}
	person := client
	if personId != "" && personId != clientId {
		found, err := app.FindRecordById("clients", personId)
		switch {
		case err == nil && people.Account(found) == clientId:
			person = found
		case to == toOwner && (err == nil || errors.Is(err, sql.ErrNoRows)): // removed since
		case err == nil:
			return recipient{}, errNoPerson
		default:
			return recipient{}, fmt.Errorf("notify: find person %s: %w", personId, err)
		}
	}
	if to == toOwner {
		return o.owner(app, client, person)
	}
	r := recipient{to: to, client: client, person: person, firstName: cleanName(people.FirstName(person)), choice: person.GetString("notices"),
		digestAt: person.GetString("digestAt"), zone: o.config.Timezone,
		address: mail.Address{Name: cleanName(person.GetString("name")), Address: person.Email()}}
	if name := person.GetString("timezone"); name != "" {
		if zone, err := time.LoadLocation(name); err == nil { // else the studio's; there are fewer zones on some machines
			r.zone = zone
		}
	}
	return r, nil
}

// errNoPerson means that the person is no longer one of the client's.
var errNoPerson = fmt.Errorf("the person is not one of the client's any more: %w", sql.ErrNoRows)

// unreachable says why no notice goes to the recipient; empty where one may.
func (r recipient) unreachable() string {
	switch {
	case r.choice == choiceNone && !r.asked:
		return "The recipient wants no mail."
	case r.address.Address == "":
		return "There is no address to send it to."
	case r.to == toOwner:
		return ""
	case r.person.GetString("archivedAt") != "":
		return "The client is archived."
	case !people.Joined(r.person) && !r.asked:
		return "The client has not joined."
	}
	return ""
}

// goesAt is when a mail goes whose first notice happened at the given time: now, or later.
func (r recipient) goesAt(now, happened time.Time) time.Time {
	if happened.After(now) { // the clock was set back
		happened = now
	}
	if r.choice == choiceDaily {
		if at := r.nextDigest(happened); at.After(now) {
			return at
		}
		return now
	}
	local := now.In(r.zone)
	switch {
	case local.Hour() >= quietFromHour:
		return atHour(local, 1, quietUntilHour)
	case local.Hour() < quietUntilHour:
		return atHour(local, 0, quietUntilHour)
	}
	return now
}

// nextDigest is the first time after the given one at which the recipient wants to hear of the day.
func (r recipient) nextDigest(after time.Time) time.Time {
	hour, err := strconv.Atoi(strings.TrimSuffix(r.digestAt, ":00"))
	if err != nil {
		hour = quietUntilHour
	}
	local := after.In(r.zone)
	if at := atHour(local, 0, hour); at.After(after) {
		return at
	}
	return atHour(local, 1, hour)
}

// atHour is a full hour so many days later, by the clock on the wall.
func atHour(day time.Time, later, hour int) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day()+later, hour, 0, 0, 0, day.Location())
}
