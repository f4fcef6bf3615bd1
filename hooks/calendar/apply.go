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

// Result counts what a sync did to bookings: those that it created, changed, cancelled, and looked at without a change.
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

// furtherGuest separates the event's id from the client's id in the calendarEventId of a booking. When several clients
// are guests of one event, the first booking has the event's id and each other one has <event>~<client>. Google's ids
// contain no "~".
const furtherGuest = "~"

// apply creates, changes and cancels bookings so that they agree with the meetings, within the caller's transaction.
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

// applyOne applies one meeting to its bookings. The bookings of archived clients stay unchanged until the client is
// restored.
func (s *Service) applyOne(tx core.App, m meeting, known []*core.Record, guests guestList, w window, done *Result) error {
	m = m.withBooker(known, guests)
	byClient := guests.byEmail[m.organizer] != "" || formerly(known, m.organizer) != ""
	m.cancelled = !m.takesPlace(byClient)
	invited := m.invited(known, guests)
	taken := false // whether a booking already has the event's own id
	for _, booking := range known {
		client := booking.GetString("client")
		address := invited[client]
		delete(invited, client)
		taken = taken || booking.GetString("calendarEventId") == m.id
		if !guests.active[client] {
			continue
		}
		m.updateBooking(booking, address, s.now())
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
			continue // no client's address, or that client's booking was handled above
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

// updateBooking changes the booking of a client who is a guest by the given address, or cancels it where address is "".
func (m meeting) updateBooking(booking *core.Record, address string, now time.Time) {
	live := booking.GetDateTime("cancelledAt").IsZero()
	perhaps := m.omitted && !slices.Contains(m.declined, booking.GetString("guest")) // Google left guests out, and this one may be among them
	switch {
	case !m.cancelled && address != "":
		m.copyTo(booking, address)
		booking.Set("cancelledAt", "")
	case !m.cancelled && live && perhaps:
		m.copyTo(booking, booking.GetString("guest"))
	case live:
		booking.Set("cancelledAt", now)
	}
}

// invited returns, for each invited client, the address by which they are a guest. An address that no client has any
// more counts as the address of the client who has a booking by it, because people change their address without
// changing their meetings.
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

// formerly returns the client who has a booking by the address, preferably one that is not cancelled, or "".
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

// copyTo sets the fields of a booking to those of the meeting.
func (m meeting) copyTo(booking *core.Record, address string) {
	booking.Set("title", m.title)
	booking.Set("startTime", m.start)
	booking.Set("endTime", m.end)
	booking.Set("meetUrl", m.meetURL)
	booking.Set("seriesId", m.series)
	booking.Set("guest", address)
	m.booked.copyTo(booking)
}

func create(tx core.App, m meeting, client, address, calendarEventId string) error {
	bookings, err := tx.FindCachedCollectionByNameOrId("bookings")
	if err != nil {
		return err
	}
	booking := core.NewRecord(bookings)
	booking.Set("client", client)
	booking.Set("calendarEventId", calendarEventId)
	m.copyTo(booking, address)
	return tx.Save(booking)
}

// save writes a booking only if a field differs from its row, because a save without a change would still be announced
// to open pages.
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

// bookingsOf returns the bookings of the meetings, by event id. A deleted event (tombstone) may be a whole series, for
// which Google lists only some of the instances: the bookings of the others count as the series' own. An instance that
// is itself among the meetings is judged by its own entry.
func bookingsOf(tx core.App, meetings []meeting) (map[string][]*core.Record, error) {
	var ids, cancelled []string
	for _, m := range meetings {
		ids = append(ids, m.id)
		if m.tombstone {
			cancelled = append(cancelled, m.id)
		}
	}
	// The second half finds the bookings of further guests by a range of the index: their ids begin with the event's id
	// and "~".
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

// bookingsWhere reads the bookings that fulfil a condition on the parameter ids, a JSON list, ordered by
// calendarEventId.
func bookingsWhere(app core.App, condition string, ids []string) (found []*core.Record, err error) {
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	query := app.RecordQuery("bookings").AndWhere(dbx.NewExp(condition, dbx.Params{"ids": string(list)})).OrderBy("calendarEventId")
	return found, query.All(&found)
}

// eventId returns the id of the Google event of a booking.
func eventId(booking *core.Record) string {
	id, _, _ := strings.Cut(booking.GetString("calendarEventId"), furtherGuest)
	return id
}
