package clerk

import (
	"fmt"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/auth"

	"greenroom/hooks/config"
)

// bindOIDC offers "Continue with Clerk" without any script of Clerk's, with Clerk as PocketBase's OIDC provider of the
// collection clients. Its settings follow the environment at each start. clientFor decides who may sign in, and not
// PocketBase, which would link Clerk's user to whoever is signed in at the moment.
func bindOIDC(s *service, c config.Config) {
	s.app.OnServe().BindFunc(func(se *core.ServeEvent) error {
		if err := setProvider(se.App, c); err != nil {
			return fmt.Errorf("clerk: set the OIDC provider: %w", err)
		}
		return se.Next()
	})
	s.app.OnRecordAuthWithOAuth2Request("clients").BindFunc(func(e *core.RecordAuthWithOAuth2RequestEvent) error {
		if e.ProviderName != auth.NameOIDC {
			return e.Next()
		}
		// PocketBase passes an email on only if it is verified.
		u := known(e.OAuth2User.Id, e.OAuth2User.Email, e.OAuth2User.Name)
		if err := u.check(); err != nil {
			return e.UnauthorizedError("Clerk did not say who you are.", err)
		}
		client, err := s.clientFor(u)
		if err != nil {
			return err
		}
		e.Record, e.IsNewRecord, e.CreateData = client, false, nil
		return e.Next()
	})
}

// setProvider stores the OIDC provider of the environment in the collection clients, if it is not stored already.
func setProvider(app core.App, c config.Config) error {
	clients, err := app.FindCollectionByNameOrId("clients")
	if err != nil {
		return err
	}
	var want []core.OAuth2ProviderConfig
	if c.ClerkOAuthClientId != "" {
		oauthSecrets.Store(c.ClerkOAuthClientId, c.ClerkOAuthClientSecret)
		issuer := c.ClerkIssuer
		want = []core.OAuth2ProviderConfig{{
			Name: auth.NameOIDC, DisplayName: "Clerk", ClientId: c.ClerkOAuthClientId, ClientSecret: inTheEnvironment,
			AuthURL: issuer + "/oauth/authorize", TokenURL: issuer + "/oauth/token", UserInfoURL: issuer + "/oauth/userinfo",
		}}
	}
	if sameProviders(clients.OAuth2.Providers, want) && clients.OAuth2.Enabled == (want != nil) {
		return nil
	}
	clients.OAuth2.Enabled, clients.OAuth2.Providers = want != nil, want
	return app.Save(clients)
}

func sameProviders(a, b []core.OAuth2ProviderConfig) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Name != b[i].Name || a[i].ClientId != b[i].ClientId || a[i].ClientSecret != b[i].ClientSecret || a[i].AuthURL != b[i].AuthURL {
			return false
		}
	}
	return true
}
