package billing

import (
	"testing"
	"time"

	"greenroom/hooks/billing/stripefake"
)

// The configuration takes no empty secret; should one come by another way, it opens nothing.
func TestAnEmptySecretVerifiesNothing(t *testing.T) {
	body := []byte(`{"type":"invoice.paid"}`)
	signature := stripefake.Sign(body, "", time.Now())
	for _, secrets := range [][]string{nil, {""}, {"", "whsec_1"}} {
		if verify(body, signature, secrets) == nil {
			t.Errorf("%q lets it in", secrets)
		}
	}
}
