package clerk

import (
	"sync"

	"github.com/pocketbase/pocketbase/tools/auth"
)

// PocketBase stores the secret of a provider in the collection's row, so the environment's secret would be in the
// database and in every backup. This text is stored instead, and the provider gets the real secret when it is made.
const inTheEnvironment = "CLERK_OAUTH_CLIENT_SECRET of the environment"

// oauthSecrets maps the client id to the secret, for this process.
var oauthSecrets sync.Map

func init() {
	plain := auth.Providers[auth.NameOIDC]
	auth.Providers[auth.NameOIDC] = func() auth.Provider { return withSecret{plain()} }
}

type withSecret struct{ auth.Provider }

// SetClientSecret replaces the stored text by the environment's secret. PocketBase calls it after SetClientId.
func (p withSecret) SetClientSecret(stored string) {
	if secret, ok := oauthSecrets.Load(p.ClientId()); ok && stored == inTheEnvironment {
		stored, _ = secret.(string)
	}
	p.Provider.SetClientSecret(stored)
}
