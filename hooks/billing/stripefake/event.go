package stripefake

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/stripe/stripe-go/v76/webhook"
)

// Event returns the JSON of a webhook event about an object. The edits are applied to the event before it is encoded.
func Event(kind string, object Object, edit ...func(event Object)) []byte {
	event := Object{"id": "evt_fake", "object": "event", "api_version": version, "created": 1_700_000_000, "livemode": false, "type": kind,
		"pending_webhooks": 1, "request": Object{"id": nil, "idempotency_key": nil}, "data": Object{"object": object}}
	for _, change := range edit {
		change(event)
	}
	body, err := json.Marshal(event)
	if err != nil {
		panic(err)
	}
	return body
}

// Sign returns the header Stripe-Signature for a body that is sent at a time.
func Sign(body []byte, secret string, at time.Time) string {
	return fmt.Sprintf("t=%d,v1=%s", at.Unix(), hex.EncodeToString(webhook.ComputeSignature(at, body, secret)))
}
