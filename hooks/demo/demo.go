// Package demo is an invented studio with realistic content, to try Greenroom out and to show it.
//
// `greenroom demo` loads it into an empty data directory in one transaction, and marks the directory with a row in
// integrations. When such a directory is served, the server prints how to sign in and each sign-in code that it mails;
// a fake Stripe and a fake Google Calendar replace those that are not configured (services.go). Because its password is
// public, it can only be served on this machine. Other directories are not affected.
//
// The content is in the files studio*.go and in the folder files.
package demo

import "github.com/pocketbase/pocketbase"

const (
	ownerEmail    = "owner@greenroom.example"
	ownerPassword = "greenroom-demo"
	clientEmail   = "mara@example.com" // the client with the most records
)

// Register adds the command, and the hooks that take effect when a demo directory is served.
func Register(app *pocketbase.PocketBase) {
	app.RootCmd.AddCommand(command(app))
	guardServing(app, app.RootCmd)
}
