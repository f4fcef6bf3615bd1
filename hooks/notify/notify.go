// Package notify is everything that leaves as mail: sign-in codes, and notices of what the owner did for a client and
// of what a client did.
//
// In flow committed changes, whoever makes them: triggers.go writes a row of the collection outbox for each notice, in
// the transaction of the change itself, so that there is one exactly when the other is. Out flow mails: outbox.go
// gathers the rows of one project and recipient for five minutes, or for a day where the recipient chose so, notice.go
// checks which of them are still true, words.go words them, and deliver.go hands the mail to the mail server (smtp.go),
// or without one to files. Mails about meetings that a client booked go at once, each by itself (bookings.go), and
// sign-in codes: sign_in_code.go tries them again while they are good.
//
// The change never waits for mail and never fails by it. A mail that the server does not take now is tried again for a
// day; a mail that it never takes is a failed row, and a line in the owner's health (trouble.go) with the server's own
// words. Nobody gets a notice twice, not even after a crash: deliver.go says what that costs.
package notify

import (
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/config"
)

// Register makes mail go through the mail server or to files, words the mails of PocketBase that clients get, and lets
// notices follow from changes.
func Register(app core.App, c config.Config) {
	o := newOutbox(app, c)
	o.carryMail()
	o.bindSignInCode()
	o.bindTriggers()
	o.bindBookings()
	o.bindOwnersChoice()
	o.bindUnsubscribe()
	o.forgetTroubles()
	o.bindWork()
}
