package billing

import (
	"testing"
	"time"

	"greenroom/hooks/billing/stripefake"
)

// The configuration refuses an empty secret. If one got here in another way, no signature would be valid with it.
func TestAnEmptySecretVerifiesNothing(t *testing.T) {
	body := []byte(`{"type":"invoice.paid"}`)
	signature := stripefake.Sign(body, "", time.Now())
	for _, secrets := range [][]string{nil, {""}, {"", "whsec_1"}} {
		if verify(body, signature, secrets) == nil {
			t.Errorf("%q lets it in", secrets)
		}
	}
}
