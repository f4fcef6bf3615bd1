// Package demo is a made-up studio that looks like a real one, to try everything with and to show.
//
// `greenroom demo` loads it into a data directory that is empty, in one transaction, and marks the directory with a row
// in integrations. A directory with that mark tells how to sign in when it is served and prints each sign-in code as it
// is mailed; a Stripe and a Google Calendar of its own stand in for those that are not configured (services.go). As its
// password is public, it is served on this machine alone. Other directories never notice any of this.
//
// The content of the studio is written in the files studio*.go and in files/, to be read and edited there.
package demo

import "github.com/pocketbase/pocketbase"

const (
	ownerEmail    = "owner@greenroom.example"
	ownerPassword = "greenroom-demo"
	clientEmail   = "mara@example.com" // of the client with the most to see
)

// Register adds the command, and what a demo directory does when it is served.
func Register(app *pocketbase.PocketBase) {
	app.RootCmd.AddCommand(command(app))
	guardServing(app, app.RootCmd)
}
