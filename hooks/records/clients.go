package records

import (
	"regexp"
	"strings"
	"time"

	"greenroom/hooks/people"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/security"
)

// clients binds the rules of clients, the people the studio works for. A client is made with an email and without a
// password; no mail is sent. Archiving invalidates every token and closes every live connection at once; after
// restoring, the client signs in with a new code.
func clients(app core.App) {
	plainName(app, "clients", "name", "company")
	clientMay(app, "clients", "name", "notices", "digestAt", "timezone")
	noticeChoices(app)
	clientPeople(app)

	app.OnRecordCreateRequest("clients").BindFunc(func(e *core.RecordRequestEvent) error {
		e.Record.SetRandomPassword() // PocketBase requires a password; nobody knows this one, since sign-in is by code
		return e.Next()
	})
	app.OnRecordCreate("clients").BindFunc(func(e *core.RecordEvent) error {
		if e.Record.GetString(core.FieldNamePassword+":hash") == "" {
			e.Record.SetRandomPassword()
		}
		return e.Next()
	})

	readable := func(e *core.RecordEvent) error {
		e.Record.SetEmail(people.WithReadableDomain(e.Record.Email()))
		return e.Next()
	}
	app.OnRecordCreate("clients").BindFunc(readable)
	app.OnRecordUpdate("clients").BindFunc(readable)
	app.OnRecordValidate("clients").BindFunc(func(e *core.RecordEvent) error {
		email := e.Record.Email()
		local, _, _ := strings.Cut(email, "@")
		changed := e.Record.IsNew() || e.Record.Original().Email() != email
		if changed && strings.ContainsFunc(local, func(r rune) bool { return r >= 0x80 }) {
			return refuse("email", "Many mail servers cannot reach an address with such letters before the @. Ask for another address.")
		}
		other, err := people.FindByEmail(e.App, email)
		if err == nil && other.Id != e.Record.Id {
			return refuse("email", "Another client has this email address; capitals make no difference.")
		}
		return e.Next()
	})
	onWrite(app, "clients", func(w Write) error {
		if err := w.isAPerson(); err != nil {
			return err
		}
		if w.Was != nil && w.Was.GetString("archivedAt") == "" && w.Record.GetString("archivedAt") != "" {
			w.Record.RefreshTokenKey()
		}
		return nil
	})

	AfterWrite(app, "clients", Write.archivePeople)

	app.OnRecordAfterUpdateSuccess("clients").BindFunc(func(e *core.RecordEvent) error {
		if before := e.Record.Original(); before.TokenKey() != e.Record.TokenKey() || before.GetString("access") != e.Record.GetString("access") {
			closeConnections(e.App, e.Record.Id) // PocketBase's own handler forgets whose connections they are
		}
		return e.Next()
	})
	app.OnRecordAfterDeleteSuccess("clients").BindFunc(func(e *core.RecordEvent) error {
		closeConnections(e.App, e.Record.Id)
		return e.Next()
	})
	app.OnRealtimeSubscribeRequest().BindFunc(closeIfEnded)
}

// FullHour matches a full hour of the day, such as 08:00, in which form digests are timed.
var FullHour = regexp.MustCompile(`^([01][0-9]|2[0-3]):00$`)

// noticeChoices binds the rules of what a client chose about mail: a mail for each notice, one a day at a full hour, or
// none.
func noticeChoices(app core.App) {
	defaultTo(app, "clients", "notices", always("each"))
	defaultTo(app, "clients", "digestAt", always("08:00"))
	defaultTo(app, "clients", "unsubscribeKey", func() any { return security.RandomString(40) })
	app.OnRecordValidate("clients").BindFunc(func(e *core.RecordEvent) error {
		if e.Record.GetString("notices") == "" {
			return refuse("notices", "The notices are each, daily or none.")
		}
		if !FullHour.MatchString(e.Record.GetString("digestAt")) {
			return refuse("digestAt", "The digestAt is a full hour of the day, such as 08:00.")
		}
		zone := e.Record.GetString("timezone")
		if _, err := time.LoadLocation(zone); err != nil || zone == "Local" {
			return refuse("timezone", "The timezone is a time zone's name, such as Europe/London, or empty for the studio's.")
		}
		return e.Next()
	})
}

// closeConnections closes the live connections of one client or person.
func closeConnections(app core.App, clientId string) {
	broker := app.SubscriptionsBroker()
	for id, connection := range broker.Clients() {
		if auth, _ := connection.Get(apis.RealtimeClientAuthKey).(*core.Record); auth != nil && auth.Id == clientId {
			broker.Unregister(id)
		}
	}
}

// closeIfEnded closes a connection whose sign-in ended while it was subscribing, which closeConnections may miss. A
// visitor without a sign-in may subscribe only to @oauth2, the answer of an OAuth2 provider.
func closeIfEnded(e *core.RealtimeSubscribeRequestEvent) error {
	if e.Auth == nil {
		for _, topic := range e.Subscriptions {
			if topic != "@oauth2" {
				return e.UnauthorizedError("Sign in before you subscribe.", nil)
			}
		}
		return e.Next()
	}
	if err := e.Next(); err != nil || e.Auth.IsSuperuser() {
		return err
	}
	current, err := e.App.FindRecordById("clients", e.Auth.Id)
	if err != nil || current.TokenKey() != e.Auth.TokenKey() {
		e.App.SubscriptionsBroker().Unregister(e.Client.Id())
	}
	return nil
}
