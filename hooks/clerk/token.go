package clerk

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/time/rate"

	"greenroom/hooks/config"
)

const (
	clockLeeway  = 5 * time.Second
	fetchTimeout = 5 * time.Second
)

// refetchEvery is the shortest pause between two fetches of the keys, so that tokens with unknown key ids cannot cause
// a request each. Only tests change it.
var refetchEvery = 30 * time.Second

// claims are the parts of a session token that are used. A token can be configured to contain the email; it counts only
// if email_verified is true.
type claims struct {
	jwt.RegisteredClaims
	SessionId       string `json:"sid"`
	AuthorizedParty string `json:"azp"`
	Status          string `json:"sts"`
	Email           string `json:"email"`
	EmailVerified   bool   `json:"email_verified"`
	Name            string `json:"name"`
}

// verifier checks session tokens: RS256 with Clerk's key, the exact issuer, an authorized party, a session and a user,
// and their times. A pending session, whose user has not finished signing in at Clerk, is refused.
type verifier struct {
	parser  *jwt.Parser
	parties []string
	keys    func() (jwt.Keyfunc, error)
}

func newVerifier(c config.Config) *verifier {
	v := &verifier{
		parser: jwt.NewParser(jwt.WithValidMethods([]string{jwt.SigningMethodRS256.Alg()}), jwt.WithIssuer(c.ClerkIssuer),
			jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(clockLeeway)),
		parties: c.ClerkAuthorizedParties,
	}
	if c.ClerkJWTKey != nil {
		v.keys = fixedKey(c.ClerkJWTKey)
	} else {
		v.keys = publishedKeys(c.ClerkIssuer + "/.well-known/jwks.json")
	}
	return v
}

// fixedKey uses the configured public key of the instance, so that no network is needed.
func fixedKey(key *rsa.PublicKey) func() (jwt.Keyfunc, error) {
	return func() (jwt.Keyfunc, error) { return func(*jwt.Token) (any, error) { return key, nil }, nil }
}

// publishedKeys fetches the issuer's keys when they are first needed, and again when a token names an unknown key,
// which is how a rotated key is found.
func publishedKeys(address string) func() (jwt.Keyfunc, error) {
	return sync.OnceValues(func() (jwt.Keyfunc, error) {
		keys, err := keyfunc.NewDefaultOverrideCtx(context.Background(), []string{address}, keyfunc.Override{
			Client:                  &http.Client{Timeout: fetchTimeout, Transport: bounded{}},
			HTTPTimeout:             fetchTimeout,
			RateLimitWaitMax:        fetchTimeout,
			RefreshUnknownKID:       rate.NewLimiter(rate.Every(refetchEvery), 1),
			RefreshErrorHandlerFunc: func(string) func(context.Context, error) { return func(context.Context, error) {} },
		})
		if err != nil {
			return nil, fmt.Errorf("clerk: keys of the issuer: %w", err)
		}
		return keys.Keyfunc, nil
	})
}

// verify returns the claims of a valid token.
func (v *verifier) verify(token string) (*claims, error) {
	keys, err := v.keys()
	if err != nil {
		return nil, err
	}
	c := new(claims)
	parsed, err := v.parser.ParseWithClaims(token, c, keys)
	if err != nil {
		return nil, fmt.Errorf("clerk: session token: %w", err)
	}
	switch {
	case parsed.Header["typ"] != "JWT":
		err = errors.New("it is of another type")
	case !strings.HasPrefix(c.SessionId, "sess_"):
		err = errors.New("it belongs to no session")
	case (user{Id: c.Subject}).check() != nil:
		err = errors.New("it belongs to no user")
	case !slices.Contains(v.parties, c.AuthorizedParty):
		err = errors.New("its authorized party is not one of ours")
	case c.Status == "pending":
		err = errors.New("its session is not active yet")
	}
	if err != nil {
		return nil, fmt.Errorf("clerk: session token: %w", err)
	}
	return c, nil
}
