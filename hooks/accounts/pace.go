package accounts

import (
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/access"
	"greenroom/hooks/people"
)

// A client can cause mail to any address by inviting it. The limits allow inviting a choir in one evening, and prevent
// filling a mailbox by inviting and removing an address again and again.
const (
	invitationsAMinute = 20
	invitationsADay    = 100
	addressAMinute     = 2
	addressADay        = 5
)

// paces limits the invitations of a client, in all and to one address.
type paces struct{ client, address *access.Pace }

func newPaces() paces {
	return paces{
		access.NewPace(time.Now, invitationsAMinute, invitationsADay),
		access.NewPace(time.Now, addressAMinute, addressADay),
	}
}

// check counts an invitation, or refuses it with Retry-After.
func (p paces) check(e *core.RequestEvent, clientId, email string) error {
	wait, sentence := p.client.Wait(e.App, clientId), "You have invited many people in a short time. Nobody was invited now; try again in a while."
	if wait == 0 {
		wait = p.address.Wait(e.App, clientId+" "+people.Address(email))
		sentence = "This address has been invited several times already. Ask them to look for the mail, or try again tomorrow."
	}
	if wait == 0 {
		return nil
	}
	e.Response.Header().Set("Retry-After", access.Seconds(wait))
	return e.TooManyRequestsError(sentence, nil)
}
