package calendar

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Result counts what a sync did to the bookings it was told about.
type Result struct {
	Created   int `json:"created"`
	Updated   int `json:"updated"`
	Cancelled int `json:"cancelled"`
	Unchanged int `json:"unchanged"`
}

func (r *Result) add(other Result) {
	r.Created += other.Created
	r.Updated += other.Updated
	r.Cancelled += other.Cancelled
	r.Unchanged += other.Unchanged
}

// furtherGuest parts the event's id from the client's in the calendarEventId of all bookings of an event but one.
// Google's ids have no such sign.
const furtherGuest = "~"

// apply brings the bookings in step with meetings, in the caller's transaction.
func (s *Service) apply(tx core.App, meetings []meeting, guests guestList, w window) (done Result, err error) {
	known, err := bookingsOf(tx, meetings)
	if err != nil {
		return done, err
	}
	for _, m := range meetings {
		if err := s.applyOne(tx, m, known[m.id], guests, w, &done); err != nil {
			return done, fmt.Errorf("calendar: event %s: %w", m.id, err)
		}
	}
	return done, nil
}

// applyOne keeps, makes and cancels the bookings of one meeting. Those of archived clients stay as they are until the
// client is restored.
func (s *Service) applyOne(tx core.App, m meeting, known []*core.Record, guests guestList, w window, done *Result) error {
	m = m.withBooker(known, guests)
	byClient := guests.byEmail[m.organizer] != "" || formerly(known, m.organizer) != ""
	m.cancelled = !m.takesPlace(byClient)
	invited := m.invited(known, guests)
	taken := false // the event's own id, by a booking that keeps it
	for _, booking := range known {
		client := booking.GetString("client")
		address := invited[client]
		delete(invited, client)
		taken = taken || booking.GetString("calendarEventId") == m.id
		if !guests.active[client] {
			continue
		}
		m.follow(booking, address, s.now())
		if err := done.save(tx, booking); err != nil {
			return err
		}
	}
	if m.cancelled || m.booked.client == "" && !w.holds(m.start, m.end) {
		return nil
	}
	for _, address := range m.guests {
		client := guests.byEmail[address]
		if client == "" || invited[client] != address {
			continue // nobody's, or it has its booking
		}
		delete(invited, client)
		id := m.id
		if taken {
			id += furtherGuest + client
		}
		taken = true
		if err := create(tx, m, client, address, id); err != nil {
			return err
		}
		done.Created++
	}
	return nil
}

// follow lays the meeting into the booking of a client who is invited by the address, or by none.
func (m meeting) follow(booking *core.Record, address string, now time.Time) {
	live := booking.GetDateTime("cancelledAt").IsZero()
	perhaps := m.omitted && !slices.Contains(m.declined, booking.GetString("guest")) // not all guests are named
	switch {
	case !m.cancelled && address != "":
		m.write(booking, address)
		booking.Set("cancelledAt", "")
	case !m.cancelled && live && perhaps:
		m.write(booking, booking.GetString("guest"))
	case live:
		booking.Set("cancelledAt", now)
	}
}

// invited gives the address by which each client is a guest. An address that is nobody's any more is still that of the
// client who has a booking by it: people change their address more often than their meetings.
func (m meeting) invited(known []*core.Record, guests guestList) map[string]string {
	out := map[string]string{}
	for _, address := range m.guests {
		client := guests.byEmail[address]
		if client == "" {
			client = formerly(known, address)
		}
		if client != "" && out[client] == "" {
			out[client] = address
		}
	}
	return out
}

// formerly gives the client who has a booking by the address: a live one, if there is any.
func formerly(known []*core.Record, address string) (client string) {
	for _, b := range known {
		if b.GetString("guest") != address {
			continue
		}
		if b.GetString("cancelledAt") == "" {
			return b.GetString("client")
		}
		client = b.GetString("client")
	}
	return client
}

// write lays the meeting into a booking.
func (m meeting) write(booking *core.Record, address string) {
	booking.Set("title", m.title)
	booking.Set("startTime", m.start)
	booking.Set("endTime", m.end)
	booking.Set("meetUrl", m.meetURL)
	booking.Set("seriesId", m.series)
	booking.Set("guest", address)
	m.booked.write(booking)
}

func create(tx core.App, m meeting, client, address, calendarEventId string) error {
	bookings, err := tx.FindCachedCollectionByNameOrId("bookings")
	if err != nil {
		return err
	}
	booking := core.NewRecord(bookings)
	booking.Set("client", client)
	booking.Set("calendarEventId", calendarEventId)
	m.write(booking, address)
	return tx.Save(booking)
}

// save writes a booking that differs from its row, and no other: what changes nothing is no write and no news.
func (r *Result) save(tx core.App, booking *core.Record) error {
	before := booking.Original()
	same := func(f core.Field) bool { return booking.GetString(f.GetName()) == before.GetString(f.GetName()) }
	if !slices.ContainsFunc(booking.Collection().Fields, func(f core.Field) bool { return !same(f) }) {
		r.Unchanged++
		return nil
	}
	if before.GetString("cancelledAt") == "" && booking.GetString("cancelledAt") != "" {
		r.Cancelled++
	} else {
		r.Updated++
	}
	return tx.Save(booking)
}

// bookingsOf gives the bookings of meetings by event id. What is cancelled can be a whole series, of which Google then
// tells some instances and not all; an instance that it does tell of is left to what it says.
func bookingsOf(tx core.App, meetings []meeting) (map[string][]*core.Record, error) {
	var ids, cancelled []string
	for _, m := range meetings {
		ids = append(ids, m.id)
		if m.tombstone {
			cancelled = append(cancelled, m.id)
		}
	}
	// The second half finds the further guests by the index too: their ids begin with the event's, and go on with the
	// sign.
	own, err := bookingsWhere(tx, `rowid IN (SELECT b.rowid FROM json_each({:ids}) j JOIN bookings b ON b.calendarEventId = j.value
		UNION ALL SELECT b.rowid FROM json_each({:ids}) j JOIN bookings b ON b.calendarEventId > j.value || '~' AND b.calendarEventId < j.value || '~~')`, ids)
	if err != nil {
		return nil, err
	}
	known := make(map[string][]*core.Record, len(ids))
	for _, b := range own {
		known[eventId(b)] = append(known[eventId(b)], b)
	}
	if len(cancelled) == 0 {
		return known, nil
	}
	instances, err := bookingsWhere(tx, `seriesId IN (SELECT value FROM json_each({:ids}))`, cancelled)
	for _, b := range instances {
		if _, told := known[eventId(b)]; !told {
			known[b.GetString("seriesId")] = append(known[b.GetString("seriesId")], b)
		}
	}
	return known, err
}

// bookingsWhere reads bookings by a condition on a list of ids, those with an earlier id first.
func bookingsWhere(app core.App, condition string, ids []string) (found []*core.Record, err error) {
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	query := app.RecordQuery("bookings").AndWhere(dbx.NewExp(condition, dbx.Params{"ids": string(list)})).OrderBy("calendarEventId")
	return found, query.All(&found)
}

// eventId is the id of the event that a booking is of.
func eventId(booking *core.Record) string {
	id, _, _ := strings.Cut(booking.GetString("calendarEventId"), furtherGuest)
	return id
}
