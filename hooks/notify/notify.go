// Package notify is everything that leaves as mail: sign-in codes, and notices of what the owner did for a client and of
// what a client did.
//
// In flow committed changes, whoever makes them: watch.go writes a row of the collection outbox for each notice, in the
// transaction of the change itself, so that there is one exactly when the other is. Out flow mails: desk.go gathers the rows
// of one project and recipient for five minutes, or for a day where the recipient chose so, notice.go looks what is still
// true of them, words.go words it, and deliver.go hands the mail to the mail server, or without one to files.
//
// The change never waits for mail and never fails by it. What the server does not take now is tried again for a day; what it
// never takes is a failed row, and a line in the owner's health. Nobody gets a notice twice, not even after a crash: see
// deliver.go for what that costs.
package notify

import (
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/config"
)

// Register makes mail go through the mail server or to files, words the mails of PocketBase that clients get, and lets
// notices follow from changes.
func Register(app core.App, c config.Config) {
	carryMail(app)
	signInCode(app, c)
	d := newDesk(app, c)
	d.watch()
	d.bindOwnersChoice()
	d.bindUnsubscribe()
	d.bindWork()
}
