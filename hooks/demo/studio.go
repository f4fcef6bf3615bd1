package demo

import "embed"

// These types describe the demo's content. An omitted field is empty.

type client struct {
	name, email, company, stripe string
	notices                      string // each, daily or none; empty means each
	since, archived              moment
	shows                        string // the text for "what there is to see" as this client; empty for most
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
	event        string // the calendar event from which it was made
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
	earlier                    []file // earlier versions, the oldest first
	invoice                    string // the invoice for which its files wait
	preview                    *file  // the file that can be heard before it is paid
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
	kind            string // of a verdict: changes or approval
	version         int    // of a deliverable; 0 means the current one
	mark            *mark
	edited, deleted moment
}

// mark is the part of a recording that a comment is about: a moment, or a stretch.
type mark struct{ from, until float64 } // in seconds

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
	meet      string // the last part of the call's address; empty if there is no call
	cancelled moment
	event     string // the event's id, if a session refers to it
	words     string // the client's words when booking in the portal
}

const (
	byClient = "client"
	byJames  = "james"
)

// studio returns all of James's clients.
func studio() []client {
	return []client{
		mara(), tomas(), sato(), minjun(), // music
		eleni(), oleksandra(), crookedHouse(), // stage and spoken word
		ananya(), hong(), // software
		layla(), sian(), // accessibility
		grace(), // a client without projects
	}
}

// grace has just been added: this is what a client sees before there is any project.
func grace() client {
	return client{name: "Grace Adeyemi", email: "grace@example.com", company: "Adeyemi Strings", since: ago(1, "17:20"),
		shows: "what there is before anything is there"}
}

// weekly returns meetings in the weeks up to the last one, with the subjects by turns.
func weekly(meetings, lastDaysAgo int, clock string, minutes int, meet string, subjects ...string) (out []booking) {
	for i := range meetings {
		out = append(out, booking{title: subjects[i%len(subjects)], start: ago(lastDaysAgo+7*i, clock), minutes: minutes, meet: meet})
	}
	return out
}

//go:embed files
var files embed.FS

// document returns the content of a file in the folder files.
func document(name string) func() []byte {
	return func() []byte {
		content, err := files.ReadFile("files/" + name)
		if err != nil {
			panic(err) // a mistake in the tables
		}
		return content
	}
}
