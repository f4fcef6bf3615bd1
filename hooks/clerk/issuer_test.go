package clerk_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"greenroom/hooks/testkit"
)

// keys are made once for all tests: the issuer's key, the one to which it rotates, and one of somebody else.
var keys = sync.OnceValue(func() (made [3]*rsa.PrivateKey) {
	for i := range made {
		var err error
		if made[i], err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
			panic(err)
		}
	}
	return made
})

// issuer is a fake of Clerk's Frontend API with its published keys.
type issuer struct {
	*httptest.Server
	mu      sync.Mutex
	keys    map[string]*rsa.PrivateKey
	padding int // spaces before the keys, in bytes
	down    int // how many more requests are answered 503; all if less than 0
	fetches int
}

func newIssuer(t testing.TB) *issuer {
	t.Helper()
	i := &issuer{keys: map[string]*rsa.PrivateKey{"ins_1": keys()[0]}}
	i.Server = httptest.NewServer(i)
	t.Cleanup(i.Close)
	return i
}

func (i *issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.fetches++
	if r.Method != "GET" || r.URL.Path != "/.well-known/jwks.json" {
		http.NotFound(w, r)
		return
	}
	if i.down != 0 {
		i.down--
		http.Error(w, "down", http.StatusServiceUnavailable)
		return
	}
	set := []map[string]string{}
	for kid, key := range i.keys {
		set = append(set, map[string]string{"use": "sig", "kty": "RSA", "alg": "RS256", "kid": kid,
			"n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()), "e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes())})
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(bytes.Repeat([]byte(" "), i.padding))
	_ = json.NewEncoder(w).Encode(map[string]any{"keys": set}) // a test notices a broken answer by what follows
}

func (i *issuer) set(change func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	change()
}

func (i *issuer) fetched() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.fetches
}

// environment returns the settings of a studio that trusts the issuer.
func (i *issuer) environment(more ...string) map[string]string {
	env := map[string]string{"CLERK_ISSUER": i.URL, "CLERK_AUTHORIZED_PARTIES": party + ",https://www.example.com", "CLERK_WEBHOOK_SECRET": secret}
	for n := 0; n < len(more); n += 2 {
		env[more[n]] = more[n+1]
	}
	return env
}

// session is the content of a session token of Clerk's. Tests change one field at a time.
type session struct {
	method jwt.SigningMethod
	key    any
	header map[string]any
	claims jwt.MapClaims
}

func (i *issuer) session(userId string, edit ...func(*session)) string {
	now := time.Now()
	s := &session{method: jwt.SigningMethodRS256, key: keys()[0], header: map[string]any{"typ": "JWT", "kid": "ins_1", "cat": "cl_B7d4PD111AAA"},
		claims: jwt.MapClaims{"iss": i.URL, "sub": userId, "sid": "sess_1", "azp": party, "iat": now.Unix(), "nbf": now.Add(-10 * time.Second).Unix(),
			"exp": now.Add(time.Minute).Unix(), "v": 2, "fva": []int{0, -1}, "jti": "1"}}
	for _, change := range edit {
		change(s)
	}
	token := jwt.NewWithClaims(s.method, s.claims)
	s.header["alg"] = s.method.Alg()
	token.Header = s.header
	signed, err := token.SignedString(s.key)
	if err != nil {
		panic(err)
	}
	return signed
}

func claim(name string, value any) func(*session) {
	return func(s *session) { s.claims[name] = value }
}

func noClaim(name string) func(*session) {
	return func(s *session) { delete(s.claims, name) }
}

func head(name string, value any) func(*session) {
	return func(s *session) { s.header[name] = value }
}

func by(method jwt.SigningMethod, key any) func(*session) {
	return func(s *session) { s.method, s.key = method, key }
}

func verified(email string) func(*session) {
	return func(s *session) { s.claims["email"], s.claims["email_verified"] = email, true }
}

func publicPEM(t testing.TB, key crypto.PublicKey) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func signIn(s *testkit.Studio, token string) testkit.Answer {
	return s.Do("POST", signInPath, "", map[string]any{"token": token})
}
