package calendar

import (
	"slices"

	"github.com/pocketbase/pocketbase/core"
)

// An event that a client booked in the portal names that client in private extended properties, which only writers of
// the calendar can read or set. From them a sync makes the same booking as the portal, even where the client is no
// guest of the event, or the portal stopped before it could save the booking.
const (
	propertyClient = "greenroomClient"
	propertyPerson = "greenroomPerson" // id of the person who booked; absent where it was the client
	propertyNote   = "greenroomNote"
)

// booker is the client (id) who booked a meeting in the portal, the person of theirs who did it (id, may be empty), and
// their note. The zero value says that the meeting was not booked in the portal.
type booker struct{ client, person, note string }

// MaxNoteChars limits a note. Google limits a property to 1,024 characters of key and value.
const MaxNoteChars = 500

func (e event) booker() booker {
	p := e.Extended.Private
	return booker{p[propertyClient], p[propertyPerson], p[propertyNote]}
}

// withBooker adds the client who booked the meeting to its guests, by their own address, unless an address of theirs is
// a guest already or has declined. known are the bookings of the meeting.
func (m meeting) withBooker(known []*core.Record, guests guestList) meeting {
	client := m.booked.client
	address := guests.address[client]
	if !guests.active[client] || address == "" {
		return m
	}
	isTheirs := func(address string) bool {
		return guests.byEmail[address] == client || formerly(known, address) == client
	}
	if !slices.ContainsFunc(m.guests, isTheirs) && !slices.ContainsFunc(m.declined, isTheirs) {
		m.guests = append(slices.Clone(m.guests), address)
	}
	return m
}

// copyTo marks a booking as made in the portal, if it is of the client who booked.
func (b booker) copyTo(booking *core.Record) {
	if b.client == "" || b.client != booking.GetString("client") {
		return
	}
	booking.Set("madeInPortal", true)
	booking.Set("bookedBy", b.person)
	booking.Set("note", b.note)
}
