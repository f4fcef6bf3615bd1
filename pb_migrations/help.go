package pb_migrations

import "github.com/pocketbase/pocketbase/core"

const ofTheServer = "Set by the server from the project. What is written here is not kept."

// help has the explanations that the dashboard shows beside fields, by collection and field.
var help = map[string]map[string]string{
	"clients": {
		"name":             "As the client wants to be called. The first word of it opens every mail.",
		"email":            "The client signs in with it, and is found by it in the calendar and at Clerk.",
		"password":         "Leave it empty: a client signs in by a code sent to the email, never by a password.",
		"clerkId":          "Set when the client signs up at Clerk.",
		"stripeCustomerId": "Starts with cus_. The client's invoices are read from this customer of Stripe's.",
		"archivedAt":       "Fill it to archive the client: sign-ins end at once, nothing is deleted. Empty it to restore.",
		"notices":          "How the client wants to hear of changes: each one by itself, once a day, or not at all.",
		"digestAt":         "The time of the daily mail, such as 08:30, in the client's time zone.",
		"account":          "Empty for a client. For one of a client's people it names the client, and stays.",
		"access":           "What one of a client's people sees: all, or work, which is everything but money.",
		"timezone":         "Such as Europe/London. Empty means the studio's own.",
	},
	"projects": {
		"client":      "When it changes, everything in the project moves to the new client.",
		"serviceType": "One of your five services. It changes nothing in how the project works.",
		"dueDate":     "Leave it empty when nothing is agreed.",
	},
	"milestones": {
		"sortOrder": "Milestones are listed by this number, the smallest first.",
		"status":    "The client gets a notice when it changes.",
		"client":    ofTheServer,
	},
	"sessions": {
		"durationMin":     "Minutes. Left empty, it is taken from the booking named below.",
		"notes":           "The client gets a notice when the first notes are saved.",
		"calendarEventId": "The event in your calendar that this session was.",
		"client":          ofTheServer,
	},
	"goals": {
		"completedAt": "When it was reached. The client can fill and empty it too.",
		"client":      ofTheServer,
	},
	"deliverables": {
		"status":      "The client approves what is DELIVERED, or asks for changes, which makes it IN_PROGRESS again.",
		"attachment":  "The file that is delivered. It has to be one of the project's.",
		"feedback":    "What the client asked to be changed.",
		"deliveredAt": "Set by the server with the status.",
		"approvedAt":  "Set by the server with the status.",
		"client":      ofTheServer,
	},
	"action_items": {
		"assignedTo":  "Who has to do it: the client, or you (james). The client can tick only their own.",
		"completedAt": "When it was done. Empty means that it is still open.",
		"client":      ofTheServer,
	},
	"attachments": {
		"session":    "Only if it belongs to one session. It has to be one of the project's.",
		"filename":   "What the client sees and saves it as.",
		"url":        "Where the file is kept: a key, not an address. Set by the server.",
		"size":       "Bytes. Set by the server.",
		"mimeType":   "Set by the server.",
		"uploadedBy": "Set by the server.",
		"client":     ofTheServer,
	},
	"comments": {
		"session":    "A comment belongs to exactly one session, milestone or goal.",
		"milestone":  "A comment belongs to exactly one session, milestone or goal.",
		"goal":       "A comment belongs to exactly one session, milestone or goal.",
		"isJames":    "Set by the server: whether you wrote it.",
		"authorName": "Set by the server.",
		"editedAt":   "Set by the server.",
		"deletedAt":  "Set by the server. The words of a deleted comment are shown to you alone.",
		"client":     ofTheServer,
	},
	"bookings": {
		"calendarEventId": "Bookings come from your calendar: change the event there.",
		"cancelledAt":     "A cancelled booking is kept as history.",
	},
	"integrations": {
		"name":   "A service, or one thing of a service's that has to outlive a restart.",
		"cursor": "How far it has come. Empty it only if the documentation says so.",
	},
	"outbox": {
		"about":         "The id of the record that the notice is about.",
		"person":        "The id of whom it goes to or, for a notice to you, of who did it. Empty means the client.",
		"nextAttemptAt": "When it is tried next. Empty means at once.",
	},
}

// explain sets the help of a collection's fields.
func explain(c *core.Collection) {
	for name, words := range help[c.Name] {
		if field := c.Fields.GetByName(name); field != nil { // later migrations add some of the fields
			*helpOf(field) = words
		}
	}
}

// helpOf returns the address of a field's help, which the interface does not give access to.
func helpOf(f core.Field) *string {
	switch f := f.(type) {
	case *core.TextField:
		return &f.Help
	case *core.EmailField:
		return &f.Help
	case *core.PasswordField:
		return &f.Help
	case *core.NumberField:
		return &f.Help
	case *core.BoolField:
		return &f.Help
	case *core.DateField:
		return &f.Help
	case *core.SelectField:
		return &f.Help
	case *core.RelationField:
		return &f.Help
	case *core.FileField:
		return &f.Help
	}
	panic("the schema has no such kind of field")
}
