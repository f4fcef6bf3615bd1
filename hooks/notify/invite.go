package notify

import (
	"database/sql"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"
	"github.com/pocketbase/pocketbase/tools/routine"
	"github.com/pocketbase/pocketbase/tools/types"

	"greenroom/hooks/config"
	"greenroom/hooks/people"
)

// betweenInvitations prevents that a button pressed twice sends two mails. It is longer than sending one can take.
const betweenInvitations = 4 * time.Minute

// Invite mails a client the way into the portal, at the owner's request, and returns the client with invitedAt set. It
// is the only mail that goes to clients who have not signed in yet. invitedAt is stored before the mail is sent, and
// restored if it was certainly not sent, so that two invitations never go at the same time. Errors are API errors for
// the owner.
func Invite(app core.App, c config.Config, clientId string, now time.Time) (client *core.Record, err error) {
	client, before, err := claimInvitation(app, clientId, now)
	if err != nil {
		return nil, err
	}
	text, err := words("invitation text", c)
	if err != nil {
		return nil, err
	}
	signIn := strings.TrimSuffix(app.Settings().Meta.AppURL, "/") + "/sign-in"
	err = post(app, c, mail.Address{Name: client.GetString("name"), Address: client.Email()}, letter{
		Subject: c.Studio + ": your portal is ready", FirstName: people.FirstName(client), Text: text, Link: signIn, Signature: c.Owner})
	o := app.Store().Get(outboxKey).(*outbox)
	if err == nil {
		o.noteMail(invitationTrouble+client.Id, failed, "", nil)
		return client, nil
	}
	o.noteMail(invitationTrouble+client.Id, failed, fmt.Sprintf("The invitation for %s did not leave: %s", client.Email(), err), err)
	if no := (*refusal)(nil); !errors.As(err, &no) {
		return nil, router.NewApiError(502, "It is not known whether the mail server took the invitation. Ask the client before you send another.", err)
	}
	err = errors.Join(err, restoreInvitedAt(app, client, before))
	return nil, router.NewApiError(502, "The mail server did not take the invitation, so nothing was sent. greenroom doctor tells why.", err)
}

// InvitePersonLater mails one of a client's people the way into the portal, in the background. by is the name of the
// client who invites, or "" for the owner. It does nothing if the person no longer exists.
func InvitePersonLater(app core.App, c config.Config, personId, by string) {
	o := app.Store().Get(outboxKey).(*outbox)
	done, ok := o.begin()
	if !ok {
		return
	}
	routine.FireAndForget(func() {
		defer done()
		if err := InvitePerson(app, c, personId, by); err != nil {
			app.Logger().Warn("An invitation did not leave.", "person", personId, "error", err)
		}
	})
}

// InvitePerson is InvitePersonLater in the foreground. A failure is also recorded in integrations.
func InvitePerson(app core.App, c config.Config, personId, by string) error {
	person, err := app.FindRecordById("clients", personId)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	data := map[string]string{"By": cleanName(by), "Studio": c.Studio, "Client": ""}
	if by == "" {
		client, err := app.FindRecordById("clients", people.Account(person))
		if err != nil {
			return err
		}
		data["Client"] = cleanName(people.DisplayName(client))
	}
	text, err := words("person invitation text", data)
	if err != nil {
		return err
	}
	err = post(app, c, mail.Address{Name: cleanName(person.GetString("name")), Address: person.Email()}, letter{
		Subject: c.Studio + ": you are invited", FirstName: cleanName(people.FirstName(person)), Text: text,
		Link: strings.TrimSuffix(app.Settings().Meta.AppURL, "/") + "/sign-in", Signature: c.Owner})
	reason := ""
	if err != nil {
		reason = fmt.Sprintf("The invitation for %s did not leave: %s", person.Email(), err)
	}
	app.Store().Get(outboxKey).(*outbox).noteMail(invitationTrouble+person.Id, failed, reason, err)
	return err
}

// claimInvitation sets invitedAt, and returns its former value.
func claimInvitation(app core.App, clientId string, now time.Time) (client *core.Record, before types.DateTime, err error) {
	err = app.RunInTransaction(func(tx core.App) error {
		if client, err = tx.FindRecordById("clients", clientId); err != nil {
			return router.NewNotFoundError("There is no such client.", err)
		}
		if client.GetString("archivedAt") != "" {
			return router.NewBadRequestError("This client is archived and cannot sign in. Restore them first, then invite them.", nil)
		}
		before = client.GetDateTime("invitedAt")
		if since := now.Sub(before.Time()); !before.IsZero() && since >= 0 && since < betweenInvitations {
			return router.NewApiError(409, fmt.Sprintf("An invitation went to %s less than four minutes ago. Wait a little before you send another.", client.Email()), nil)
		}
		client.Set("invitedAt", now.Truncate(time.Millisecond)) // the database's precision
		return tx.Save(client)
	})
	return client, before, err
}

// restoreInvitedAt restores invitedAt, unless it was set again since.
func restoreInvitedAt(app core.App, claimed *core.Record, before types.DateTime) error {
	return app.RunInTransaction(func(tx core.App) error {
		client, err := tx.FindRecordById("clients", claimed.Id)
		if err != nil || !client.GetDateTime("invitedAt").Equal(claimed.GetDateTime("invitedAt")) {
			return err
		}
		client.Set("invitedAt", before)
		return tx.Save(client)
	})
}
