package notify

import (
	"errors"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/integrations"
)

// The owner reads the state of mail in the collection integrations, in the health report and from the doctor: one row
// for the mail server, and one for each mail that failed, with the server's reply.

// quiet is how often a success is written while mail works.
const quiet = time.Hour

// noteServer stores the state of the mail server, if it is news.
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

// Prefixes of the rows for mails that are not in the outbox. A client's id follows; each row holds the last failure of
// the client's sign-in codes or invitations.
const (
	codeTrouble       = integration + ":code-"
	invitationTrouble = integration + ":invitation-"
)

// noteMail stores why a mail outside the outbox was not sent. An empty reason removes the row. The state is "waiting"
// if the mail is tried again, or else "failed".
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

// pruneTroubles deletes the rows about codes and invitations that failed long ago.
func (o *outbox) pruneTroubles(tx core.App) error {
	_, err := tx.DB().Delete("integrations", dbx.And(o.olderThan(failedRetention), dbx.Or(
		dbx.NewExp("substr(name, 1, length({:code})) = {:code}", dbx.Params{"code": codeTrouble}),
		dbx.NewExp("substr(name, 1, length({:invitation})) = {:invitation}", dbx.Params{"invitation": invitationTrouble})))).Execute()
	return err
}

// forgetTroubles deletes these rows along with their client.
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
