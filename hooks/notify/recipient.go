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

// Values of the outbox's field recipient.
const (
	toClient = "client"
	toOwner  = "james"
)

// Choices of a recipient: a mail for each group of notices of a project, one mail a day, or none.
const (
	choiceEach  = "each"
	choiceDaily = "daily"
	choiceNone  = "none"
)

// Between these hours of the recipient's day no mail is sent, except a daily one for which they chose the hour.
const (
	quietFromHour  = 21
	quietUntilHour = 8
)

// recipient is who gets a notice: a client or person, or the owner.
type recipient struct {
	to        string
	client    *core.Record // the client whose work it is about
	person    *core.Record // who gets it, the client or one of their people; for the owner, who caused it
	address   mail.Address
	firstName string
	choice    string
	digestAt  string // a full hour, such as "08:00"
	asked     bool   // the mail answers an action of their own
	zone      *time.Location
}

// recipient reads the recipient of a notice about a client's work. personId is one of the client's people, or "" for
// the client.
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
		case to == toOwner && (err == nil || errors.Is(err, sql.ErrNoRows)): // the person was removed
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
		if zone, err := time.LoadLocation(name); err == nil { // an unknown zone is replaced by the studio's; machines differ in their zone data
			r.zone = zone
		}
	}
	return r, nil
}

// errNoPerson means that the person is not one of the client's people any more.
var errNoPerson = fmt.Errorf("the person is not one of the client's any more: %w", sql.ErrNoRows)

// unreachable returns the reason why the recipient gets no notice, or "".
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

// goesAt returns when a mail is to be sent whose first notice happened at the given time: now or later.
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

// nextDigest returns the time of the first daily mail after a moment.
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

// atHour returns a full hour on a later day, by the local clock of day's zone.
func atHour(day time.Time, later, hour int) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day()+later, hour, 0, 0, 0, day.Location())
}
