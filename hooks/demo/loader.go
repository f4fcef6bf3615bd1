package demo

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// loader writes the studio through every hook, in one transaction.
type loader struct {
	tx  core.App
	now time.Time
	// password is the random password of every client, which nobody uses. It is hashed once, because hashing takes longer
	// than everything else.
	password any
}

// fields are the values of a record. A moment among them is replaced by its time.
type fields map[string]any

func (l loader) everything() error {
	if _, err := l.save(markerCollection, l.now, fields{"name": marker, "state": "loaded", "lastSuccessAt": l.now}); err != nil {
		return err
	}
	if _, err := l.save(core.CollectionNameSuperusers, l.now, fields{"email": ownerEmail, "password": ownerPassword}); err != nil {
		return err
	}
	clients, err := l.tx.FindCachedCollectionByNameOrId("clients")
	if err != nil {
		return err
	}
	somebody := core.NewRecord(clients)
	somebody.SetRandomPassword()
	l.password = somebody.GetRaw(core.FieldNamePassword)
	if err := each(studio(), func(_ int, c client) error { return l.client(c) }); err != nil {
		return err
	}
	_, err = l.tx.DB().Delete("outbox", nil).Execute() // the owner and the clients get no notices of it
	return err
}

func (l loader) client(c client) error {
	record, err := l.save("clients", l.at(c.since), fields{
		"name": c.name, "email": c.email, "company": c.company, "stripeCustomerId": c.stripe, "notices": c.notices, "archivedAt": c.archived,
		core.FieldNamePassword: l.password,
	})
	if err != nil {
		return err
	}
	people := map[string]string{}
	err = each(c.people, func(_ int, p person) error {
		record, err := l.save("clients", l.at(p.invited), fields{
			"account": record.Id, core.FieldNamePassword: l.password, "name": p.name, "email": p.email, "access": p.access, "invitedAt": p.invited, "verified": p.joined,
		})
		if err == nil {
			people[p.name] = record.Id
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := each(c.projects, func(_ int, p project) error { return l.project(c, record.Id, people, p) }); err != nil {
		return err
	}
	return each(c.bookings, func(i int, b booking) error { return l.booking(c, record.Id, i, b) })
}

// calendarDays is how far in the future the calendar's events become bookings. No booking of the demo is later.
const calendarDays = 30

func (l loader) booking(c client, client string, number int, b booking) error {
	start := l.at(b.start)
	event := cmp.Or(b.event, fmt.Sprintf("demo-%s-%02d", c.email, number+1))
	meetUrl := ""
	if b.meet != "" {
		meetUrl = "https://meet.example/" + b.meet
	}
	_, err := l.save("bookings", start.AddDate(0, 0, -calendarDays), fields{
		"client": client, "calendarEventId": event, "title": b.title, "startTime": start,
		"endTime": start.Add(time.Duration(b.minutes) * time.Minute), "meetUrl": meetUrl, "cancelledAt": b.cancelled, "guest": c.email,
		"madeInPortal": b.words != "", "note": b.words,
	})
	return err
}

func (l loader) at(m moment) time.Time {
	if m == nil {
		return time.Time{}
	}
	return m(l.now)
}

// save makes a record with the date of creation made. It is last updated at the latest of its times.
func (l loader) save(collection string, made time.Time, values fields) (*core.Record, error) {
	c, err := l.tx.FindCachedCollectionByNameOrId(collection)
	if err != nil {
		return nil, err
	}
	record := core.NewRecord(c)
	touched := made
	for name, value := range values {
		if m, ok := value.(moment); ok {
			at := l.at(m)
			value = at
			if strings.HasSuffix(name, "At") && at.After(touched) {
				touched = at
			}
		}
		record.Set(name, value)
	}
	for name, at := range map[string]time.Time{"created": made, "updated": touched} {
		stamp, err := types.ParseDateTime(at)
		if err != nil {
			return nil, err
		}
		record.SetRaw(name, stamp)
	}
	if err := l.tx.Save(record); err != nil {
		what := cmp.Or(record.GetString("title"), record.GetString("name"), record.GetString("body"))
		return nil, fmt.Errorf("save %q in %s: %w", what, collection, err)
	}
	return record, nil
}

// paragraphs unwraps a text of the tables, which is wrapped and indented: each paragraph and each item of a list
// becomes one line, with an empty line between paragraphs.
func paragraphs(wrapped string) string {
	var out strings.Builder
	between := ""
	for line := range strings.Lines(wrapped) {
		line = strings.TrimSpace(line)
		if line == "" {
			between = "\n\n"
			continue
		}
		if listItem.MatchString(line) && between == " " {
			between = "\n"
		}
		if out.Len() > 0 {
			out.WriteString(between)
		}
		out.WriteString(line)
		between = " "
	}
	return out.String()
}

var listItem = regexp.MustCompile(`^(-|\d\.) `)

func each[T any](all []T, do func(number int, one T) error) error {
	for i, one := range all {
		if err := do(i, one); err != nil {
			return err
		}
	}
	return nil
}
