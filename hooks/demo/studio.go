package demo

import "embed"

// These are the kinds of things in a studio, named as somebody would tell of them. Whatever is left out is empty.

type client struct {
	name, email, company, stripe string
	notices                      string // which mail they chose; each where empty
	since, archived              moment
	shows                        string // what there is to see as this client, where it is something special
	people                       []person
	projects                     []project
	bookings                     []booking
	invoices                     []invoice
}

// person is one of a client's people.
type person struct {
	name, email string
	access      string // all or work
	invited     moment
	joined      bool
}

type project struct {
	title, description string
	service, status    string
	started, due       moment
	milestones         []milestone
	sessions           []session
	goals              []goal
	deliverables       []deliverable
	actions            []action
	files              []file
}

type milestone struct {
	title, description, status string
	due                        moment
	thread                     []comment
}

type session struct {
	title, notes string
	date         moment
	minutes      int
	event        string // the booking that it came from
	files        []file
	thread       []comment
}

type goal struct {
	title, description string
	target, done       moment
	thread             []comment
}

type deliverable struct {
	title, description, status string
	delivered, approved        moment
	feedback                   string
	file                       *file
	earlier                    []file // the versions before it, the oldest first
	invoice                    string // that its files wait for
	preview                    *file  // what opens before it is paid
	thread                     []comment
}

type action struct {
	title     string
	whose     string // client or james
	due, done moment
}

type comment struct {
	by              string // client, james or the name of one of the client's people
	at              moment
	body            string
	kind            string // of a verdict's words: changes or approval
	version         int    // of a deliverable's, where it is not the current one
	mark            *mark
	edited, deleted moment
}

// mark is what a comment is about: a moment of a recording, or a stretch of it.
type mark struct{ from, until float64 } // seconds

type file struct {
	name    string
	by      string // client or james
	at      moment
	content func() []byte
}

type booking struct {
	title     string
	start     moment
	minutes   int
	meet      string // the last part of the link to the call; without it there is no call
	cancelled moment
	event     string // its name in the calendar, where a session refers to it
	words     string // of the client who booked it in the portal
}

const (
	byClient = "client"
	byJames  = "james"
)

// studio is everybody James works for.
func studio() []client {
	return []client{
		mara(), tomas(), sato(), minjun(), // music
		eleni(), oleksandra(), crookedHouse(), // stage and spoken word
		ananya(), hong(), // software
		layla(), sian(), // accessibility
		grace(), // nothing yet
	}
}

// grace has just been added: this is what a client sees before James has set anything up.
func grace() client {
	return client{name: "Grace Adeyemi", email: "grace@example.com", company: "Adeyemi Strings", since: ago(1, "17:20"),
		shows: "what there is before anything is there"}
}

// weekly is a meeting that took place every week up to the last one, in turn about each of the subjects.
func weekly(meetings, lastDaysAgo int, clock string, minutes int, meet string, subjects ...string) (out []booking) {
	for i := range meetings {
		out = append(out, booking{title: subjects[i%len(subjects)], start: ago(lastDaysAgo+7*i, clock), minutes: minutes, meet: meet})
	}
	return out
}

//go:embed files
var files embed.FS

// document is the content of a file in the folder files.
func document(name string) func() []byte {
	return func() []byte {
		content, err := files.ReadFile("files/" + name)
		if err != nil {
			panic(err) // a mistake in the tables
		}
		return content
	}
}
