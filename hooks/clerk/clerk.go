// Package clerk links people who sign up or sign in at Clerk to the studio's clients, without anybody entering data
// twice.
//
// In flows what Clerk says of its users, in three ways that all end in apply: the webhook (user.created, user.updated,
// user.deleted), a session token sent to POST /api/portal/auth/clerk, and "Continue with Clerk" (Clerk as an OIDC
// provider). Clerk is the source of truth for a user's identity and whether their email is verified; the studio is for
// who is a client. A user is linked to the client without clerkId who has their verified primary email, whichever came
// first. Nothing flows out.
//
// Events are repeated, delayed and out of order: data.updated_at dates name, address and ban each, and a deletion is
// final. A banned user stays linked and cannot sign in until the ban ends. A lock at Clerk changes nothing here: Clerk
// keeps the sessions of a locked user, sends no event when a lock expires, and locks against guessed passwords, which
// do not exist here. Facts that cannot be applied (an email that another linked client has) are stored in integrations,
// where the owner sees them, applied as soon as possible, and answered with success, because repeating the event would
// not help. While Clerk is down, sign-in by mailed code works as always.
package clerk

import (
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/config"
)

// integration is the name of Clerk's row in the collection integrations. Rows named clerk:<user id> store what must
// survive a restart about one user.
const integration = "clerk"

// These are the states of the rows of users.
const (
	stateWaiting  = "waiting"
	stateConflict = "conflict"
	stateRefused  = "refused" // the rules of the clients' fields refuse the data
	stateDeleted  = "deleted"
)

// Register binds those ways of signing in that are configured.
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

// service links Clerk's users to the studio's clients.
type service struct {
	app core.App
	// True with the webhook, which makes a client for everybody who signs up, so that the other ways may too.
	mayCreate bool
}
