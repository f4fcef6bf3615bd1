// Package notify sends all mail: sign-in codes, invitations, and notices of what the owner did for a client and of what
// a client did.
//
// A committed change causes a notice, whoever makes it: triggers.go writes a row of the collection outbox for each
// notice in the transaction of the change, so that neither exists without the other. outbox.go collects the rows of one
// project and recipient for five minutes, or for a day if the recipient chose that; notice.go drops those that are no
// longer true; words.go writes the text; and deliver.go hands the mail to the mail server (smtp.go), or writes it to a
// file where there is none. Mails about meetings that clients book go at once, each on its own (bookings.go). So do
// sign-in codes, which sign_in_code.go retries while they are valid.
//
// A change never waits for mail, and never fails because of it. A mail that the server does not accept now is tried
// again for a day. One that it never accepts becomes a failed row, and a line in the owner's health report (trouble.go)
// with the server's answer. No notice is sent twice, not even after a crash; deliver.go says at what cost.
package notify

import (
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/config"
)

// Register sets up the mailers, the mails of PocketBase's that clients get, the triggers of notices, and the outbox.
func Register(app core.App, c config.Config) {
	o := newOutbox(app, c)
	o.replaceMailers()
	o.bindSignInCode()
	o.bindTriggers()
	o.bindBookings()
	o.bindOwnersChoice()
	o.bindUnsubscribe()
	o.forgetTroubles()
	o.bindWork()
}
