// Package clerk lets the people who sign up and sign in at Clerk be the studio's clients, without anybody typing
// anything.
//
// In flows what Clerk says of its users, by three ways that all end in apply: the webhook (user.created, user.updated,
// user.deleted), a session token shown to POST /api/portal/auth/clerk, and "Continue with Clerk" (Clerk as an OIDC
// provider). Clerk is the source of truth for who somebody is and whether their email is verified; the studio is for
// who its clients are. A client and a Clerk user are joined by verified primary email while clerkId is empty, whichever
// came first. Nothing flows out.
//
// Events come twice, late and out of order: data.updated_at dates each name, each address and each word on a ban, and a
// deleted user is final. A banned user stays linked and cannot sign in in any way until the ban ends. A lock at Clerk
// changes nothing here: it keeps sessions, ends by itself and without an event, and is about guessed passwords there.
// What cannot be done yet (an email that another linked client has) is kept in integrations, where the owner sees it,
// done as soon as there is room, and answered as taken, for a retry could not mend it. When Clerk is down, sign-in by
// emailed code goes on working.
package clerk

import (
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/config"
)

// integration is the name of the row of integrations that tells how Clerk fares. Rows named integration:<user id> hold
// what has to outlive a restart about one Clerk user.
const integration = "clerk"

// The states of those rows.
const (
	stateWaiting  = "waiting"
	stateConflict = "conflict"
	stateRefused  = "refused" // by the rules of the clients' fields
	stateDeleted  = "deleted"
)

// Register binds the parts that are configured.
func Register(app core.App, c config.Config) {
	s := &service{app: app, mayCreate: len(c.ClerkWebhookSecret) > 0}
	if s.mayCreate {
		bindWebhook(s, c.ClerkWebhookSecret)
	}
	if c.ClerkIssuer != "" {
		bindTokenSignIn(s, newVerifier(c))
	}
	bindOIDC(s, c)
}

// service joins Clerk's users with the studio's clients.
type service struct {
	app       core.App
	mayCreate bool // Clerk's webhook makes a client of everybody who signs up, so the other ways may too
}
