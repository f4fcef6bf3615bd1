package calendar

import (
	"slices"

	"github.com/pocketbase/pocketbase/core"
)

// A meeting that a client booked in the portal says so in the calendar itself, in properties that only the calendar's
// writers see and set: by them the sync makes the same booking of the event as the portal did, also where the client is
// no guest, and where the portal was cut off before it could.
const (
	propertyClient = "greenroomClient"
	propertyPerson = "greenroomPerson" // who booked, where it was one of the client's people
	propertyNote   = "greenroomNote"
)

// booker is who booked a meeting in the portal, with their words. The zero value is nobody.
type booker struct{ client, person, note string }

// MaxNoteChars is the longest note; Google keeps properties of 1,024 characters.
const MaxNoteChars = 500

func (e event) booker() booker {
	p := e.Extended.Private
	return booker{p[propertyClient], p[propertyPerson], p[propertyNote]}
}

// withBooker makes a guest of the client who booked the meeting, by their own address, unless they are one by any
// address, or have declined. The known bookings are those of the meeting.
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

// write says in a booking that it was made in the portal.
func (b booker) write(booking *core.Record) {
	if b.client == "" || b.client != booking.GetString("client") {
		return
	}
	booking.Set("madeInPortal", true)
	booking.Set("bookedBy", b.person)
	booking.Set("note", b.note)
}
