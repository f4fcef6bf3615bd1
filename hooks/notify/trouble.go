package notify

import (
	"errors"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/integrations"
)

// The owner reads in the collection integrations, in the health and in doctor how mail fares: one row for the mail
// server, and one for each mail that did not leave, with the server's own words.

// quiet is how long a server that works says nothing new.
const quiet = time.Hour

// noteServer writes down how the mail server fares, when that is news.
func (o *outbox) noteServer(trouble string) {
	row, err := integrations.Row(o.app, integration)
	state := integrations.OK
	if trouble != "" {
		state, trouble = "down", "Mail waits and is tried again by itself: "+trouble
	}
	if err == nil && row != nil && row.GetString("state") == state && row.GetString("lastError") == trouble &&
		(trouble != "" || o.now().Sub(row.GetDateTime("lastSuccessAt").Time()) < quiet) {
		return
	}
	if err == nil {
		err = integrations.Set(o.app, integration, state, "", trouble)
	}
	if err != nil {
		o.app.Logger().Error("The state of mail could not be written.", "error", err)
	}
}

// The rows of mails that have no row in the outbox are named after their client: the last word about each client's
// sign-in codes and invitations.
const (
	codeTrouble       = integration + ":code-"
	invitationTrouble = integration + ":invitation-"
)

// noteMail writes down why a mail that is not of the outbox has not left; an empty reason removes what stood there. The
// state is waiting where it is tried again, else failed.
func (o *outbox) noteMail(row, state, reason string, failure error) {
	switch no := (*refusal)(nil); {
	case failure == nil:
		o.noteServer("")
	case errors.As(failure, &no) && no.ofServer:
		o.noteServer(no.said)
	}
	err := integrations.Drop(o.app, row)
	if reason != "" {
		err = integrations.Set(o.app, row, state, "", reason)
	}
	if err != nil {
		o.app.Logger().Error("The trouble with a mail could not be written.", "row", row, "error", err)
	}
}

// pruneTroubles forgets codes and invitations that did not leave long ago.
func (o *outbox) pruneTroubles(tx core.App) error {
	_, err := tx.DB().Delete("integrations", dbx.And(o.olderThan(keepsFailed), dbx.Or(
		dbx.NewExp("substr(name, 1, length({:code})) = {:code}", dbx.Params{"code": codeTrouble}),
		dbx.NewExp("substr(name, 1, length({:invitation})) = {:invitation}", dbx.Params{"invitation": invitationTrouble})))).Execute()
	return err
}

// forgetTroubles removes what names a client, when the client is erased.
func (o *outbox) forgetTroubles() {
	o.app.OnRecordAfterDeleteSuccess("clients").BindFunc(func(e *core.RecordEvent) error {
		for _, prefix := range []string{codeTrouble, invitationTrouble} {
			if err := integrations.Drop(e.App, prefix+e.Record.Id); err != nil {
				e.App.Logger().Error("The trouble with an erased client's mail could not be removed.", "client", e.Record.Id, "error", err)
			}
		}
		return e.Next()
	})
}
