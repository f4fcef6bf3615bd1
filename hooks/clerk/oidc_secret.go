package clerk

import (
	"sync"

	"github.com/pocketbase/pocketbase/tools/auth"
)

// PocketBase keeps the secret of a provider in the collection's row, and would write that of the environment into the
// database and into every backup. The row gets these words in its place, and the provider puts the secret in when it is
// made.
const inTheEnvironment = "CLERK_OAUTH_CLIENT_SECRET of the environment"

// oauthSecrets are those of this process, by client id.
var oauthSecrets sync.Map

func init() {
	plain := auth.Providers[auth.NameOIDC]
	auth.Providers[auth.NameOIDC] = func() auth.Provider { return withSecret{plain()} }
}

type withSecret struct{ auth.Provider }

// SetClientSecret is called after the client's id was set.
func (p withSecret) SetClientSecret(stored string) {
	if secret, ok := oauthSecrets.Load(p.ClientId()); ok && stored == inTheEnvironment {
		stored, _ = secret.(string)
	}
	p.Provider.SetClientSecret(stored)
}
