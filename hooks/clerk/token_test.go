package clerk_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"greenroom/hooks/clerk"
	"greenroom/hooks/testkit"
)

// linkedStudio returns a studio with a client who is linked to user_ann.
func linkedStudio(t testing.TB, i *issuer, more ...string) *testkit.Studio {
	t.Helper()
	s := testkit.New(t, i.environment(more...))
	deliver(t, s, person{id: "user_ann", first: "Ann", email: "ann@example.com", at: 1}.event(t, "created"), http.StatusNoContent)
	return s
}

// wantSignedIn checks that the answer is PocketBase's to a sign-in, and that its token opens the portal.
func wantSignedIn(t testing.TB, s *testkit.Studio, answer testkit.Answer, userId string) {
	t.Helper()
	client := clientOf(t, s, userId)
	record, _ := answer.JSON()["record"].(map[string]any)
	token, _ := answer.JSON()["token"].(string)
	if answer.Status != http.StatusOK || client == nil || record["id"] != client.Id || record["email"] != client.Email() || token == "" {
		t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	overview := s.Do("GET", "/api/portal/overview", token, nil)
	if seen, _ := overview.JSON()["client"].(map[string]any); overview.Status != http.StatusOK || seen["id"] != client.Id {
		t.Errorf("the token opens %d %s", overview.Status, overview.Raw)
	}
}

// wantRefused checks that the answer is a sentence with the status, and contains no token.
func wantRefused(t testing.TB, name string, answer testkit.Answer, status int) {
	t.Helper()
	if answer.Status != status || !strings.HasSuffix(answer.Message(), ".") || answer.JSON()["token"] != nil || answer.JSON()["record"] != nil {
		t.Errorf("%s: %d %s, want %d", name, answer.Status, answer.Raw, status)
	}
}

func TestAGoodTokenSignsIn(t *testing.T) {
	i := newIssuer(t)
	s := linkedStudio(t, i)
	for name, edit := range map[string]func(*session){
		"plain":                  func(*session) {},
		"another of the parties": claim("azp", "https://www.example.com"),
		"clocks a little apart":  func(s *session) { s.claims["nbf"] = time.Now().Add(3 * time.Second).Unix() },
		"unknown header fields":  head("x5t#S256", "x"),
		"unknown claims":         claim("metadata", map[string]any{"role": "admin"}),
		"an active session":      claim("sts", "active"),
		"a session of no status": claim("sts", ""),
		"a status that is null":  claim("sts", nil),
		// Clerk's documentation names the status "pending" of a session that is not signed in yet.
		"a status yet to come": claim("sts", "renewed"),
		"no key id":            func(s *session) { delete(s.header, "kid") },
	} {
		t.Log(name)
		wantSignedIn(t, s, signIn(s, i.session("user_ann", edit)), "user_ann")
	}
	if n := i.fetched(); n != 1 {
		t.Errorf("the keys were fetched %d times", n)
	}
}

func TestEveryWrongTokenIsRefused(t *testing.T) {
	i := newIssuer(t)
	for name, more := range map[string][]string{"published keys": nil, "fixed key": {"CLERK_JWT_KEY", publicPEM(t, keys()[0].Public())}} {
		t.Run(name, func(t *testing.T) {
			s := linkedStudio(t, i, more...)
			before := content(t, s)
			for name, edit := range wrongTokens(t, i) {
				wantRefused(t, name, signIn(s, i.session("user_ann", edit)), http.StatusUnauthorized)
			}
			good := i.session("user_ann")
			parts := strings.Split(good, ".")
			stripped := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT","kid":"ins_1"}`)) + "." + parts[1] + "."
			for name, token := range map[string]string{
				"garbage": "garbage", "dots": "..", "no signature": parts[0] + "." + parts[1] + ".", "alg none over good claims": stripped,
				"altered claims": parts[0] + "." + strings.Replace(parts[1], "e", "f", 1) + "." + parts[2], "with a space": good + " ", "Bearer": "Bearer " + good,
				"a token of PocketBase's": s.Owner, "half": good[:len(good)/2], "two": good + "." + good, "control characters": "\x00\x1b[31m",
				"20 KB": strings.Repeat("x", 20<<10),
			} {
				wantRefused(t, name, signIn(s, token), http.StatusUnauthorized)
			}
			wantRefused(t, "empty", signIn(s, ""), http.StatusBadRequest)
			wantRefused(t, "100 KB", signIn(s, good+strings.Repeat("x", 100<<10)), http.StatusUnauthorized)
			wantRefused(t, "a list", s.Do("POST", signInPath, "", []string{good}), http.StatusBadRequest)
			wantRefused(t, "no string", s.Do("POST", signInPath, "", map[string]any{"token": []string{good}}), http.StatusBadRequest)
			if answer := s.Do("POST", signInPath, good, nil); answer.Status == http.StatusOK {
				t.Error("the token counts in the header too")
			}
			if after := content(t, s); after != before {
				t.Errorf("the database changed:\n%s\n%s", before, after)
			}
			wantSignedIn(t, s, signIn(s, good), "user_ann")
		})
	}
}

// wrongTokens are valid tokens of user_ann except for one field.
func wrongTokens(t *testing.T, i *issuer) map[string]func(*session) {
	now, public := time.Now(), publicPEM(t, keys()[0].Public())
	return map[string]func(*session){
		"alg none":                by(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType),
		"HS256 by the public key": by(jwt.SigningMethodHS256, []byte(public)),
		"HS256 by the modulus":    by(jwt.SigningMethodHS256, keys()[0].N.Bytes()),
		"RS512":                   by(jwt.SigningMethodRS512, keys()[0]),
		"PS256":                   by(jwt.SigningMethodPS256, keys()[0]),
		"other key":               by(jwt.SigningMethodRS256, keys()[2]),
		"other key, no key id": func(s *session) {
			s.key = keys()[2]
			delete(s.header, "kid")
		},
		"other issuer":               claim("iss", "https://clerk.example.net"),
		"issuer with a slash":        claim("iss", i.URL+"/"),
		"issuer with a path":         claim("iss", i.URL+"/x"),
		"no issuer":                  noClaim("iss"),
		"expired":                    claim("exp", now.Add(-10*time.Second).Unix()),
		"no exp":                     noClaim("exp"),
		"exp null":                   claim("exp", nil),
		"exp no number":              claim("exp", "tomorrow"),
		"nbf in the future":          claim("nbf", now.Add(30*time.Second).Unix()),
		"iat in the future":          claim("iat", now.Add(30*time.Second).Unix()),
		"no sid":                     noClaim("sid"),
		"sid empty":                  claim("sid", ""),
		"sid of another kind":        claim("sid", "oat_1"),
		"no sub":                     noClaim("sub"),
		"sub empty":                  claim("sub", ""),
		"sub of a machine":           claim("sub", "mch_1"),
		"sub of an organisation":     claim("sub", "org_user_ann"),
		"sub with a control":         claim("sub", "user_ann\n"),
		"sub no string":              claim("sub", []string{"user_ann"}),
		"typ at+jwt":                 head("typ", "at+jwt"),
		"typ of no case":             head("typ", "jwt"),
		"typ null":                   head("typ", nil),
		"no typ":                     func(s *session) { delete(s.header, "typ") },
		"no azp":                     noClaim("azp"),
		"azp empty":                  claim("azp", ""),
		"azp not allowed":            claim("azp", "https://evil.example.com"),
		"azp with a slash":           claim("azp", party+"/"),
		"azp of several, in one":     claim("azp", party+",https://www.example.com"),
		"azp a list":                 claim("azp", []string{party}),
		"pending":                    claim("sts", "pending"),
		"pending in a list":          claim("sts", []string{"pending"}),
		"pending as a number":        claim("sts", 0),
		"a verified email that lies": claim("email_verified", "yes"),
	}
}

func TestAFixedKeyNeedsNoNetwork(t *testing.T) {
	i := newIssuer(t)
	public := publicPEM(t, keys()[0].Public())
	for name, value := range map[string]string{"lines": public, `literal \n`: strings.ReplaceAll(public, "\n", `\n`)} {
		s := linkedStudio(t, i, "CLERK_JWT_KEY", value)
		t.Log(name)
		wantSignedIn(t, s, signIn(s, i.session("user_ann")), "user_ann")
		wantSignedIn(t, s, signIn(s, i.session("user_ann", head("kid", "another"))), "user_ann")
		wantRefused(t, name, signIn(s, i.session("user_ann", by(jwt.SigningMethodRS256, keys()[2]))), http.StatusUnauthorized)
	}
	if n := i.fetched(); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestARotatedKeyIsFound(t *testing.T) {
	i := newIssuer(t)
	s := linkedStudio(t, i)
	wantSignedIn(t, s, signIn(s, i.session("user_ann")), "user_ann")
	rotated := func(s *session) { s.key, s.header["kid"] = keys()[1], "ins_2" }
	i.set(func() { i.keys["ins_2"] = keys()[1] })
	wantSignedIn(t, s, signIn(s, i.session("user_ann", rotated)), "user_ann")
	if n := i.fetched(); n != 2 {
		t.Errorf("the keys were fetched %d times", n)
	}
	wantSignedIn(t, s, signIn(s, i.session("user_ann")), "user_ann") // both keys are valid during a rotation
	wantRefused(t, "the old key by the new name", signIn(s, i.session("user_ann", head("kid", "ins_2"))), http.StatusUnauthorized)
}

func TestAFloodOfUnknownKeysIsNoFloodOfFetches(t *testing.T) {
	i := newIssuer(t)
	s := linkedStudio(t, i)
	began := time.Now()
	for n := range 200 {
		wantRefused(t, "unknown key", signIn(s, i.session("user_ann", head("kid", fmt.Sprint("ins_x", n)))), http.StatusUnauthorized)
	}
	if n := i.fetched(); n > 3 {
		t.Errorf("%d fetches", n)
	}
	wantSignedIn(t, s, signIn(s, i.session("user_ann")), "user_ann") // a known key needs no fetch
	if took := time.Since(began); took > patience {
		t.Errorf("refusing took %v", took)
	}
}

// The issuer's answer is larger than one with keys can be. It is not read to its end.
func TestOfTheKeysOnlySoMuchIsRead(t *testing.T) {
	i := newIssuer(t)
	s := linkedStudio(t, i)
	i.set(func() { i.padding = 33 << 20 })
	wantRefused(t, "endless", signIn(s, i.session("user_ann")), http.StatusUnauthorized)
}

// The issuer is down when the first client comes, and up again immediately afterwards.
func TestAnIssuerThatWasDownAtFirst(t *testing.T) {
	i := newIssuer(t)
	s := linkedStudio(t, i)
	i.set(func() { i.down = 1 })
	wantSignedIn(t, s, signIn(s, i.session("user_ann")), "user_ann")
}

// The issuer is down until a client is refused. Sign-in works again by itself as soon as the keys may be fetched again.
func TestSignInRecoversWhenTheIssuerDoes(t *testing.T) {
	clerk.RefetchEvery(t, time.Second)
	i := newIssuer(t)
	s := linkedStudio(t, i)
	i.set(func() { i.down = -1 })
	wantRefused(t, "down", signIn(s, i.session("user_ann")), http.StatusUnauthorized)
	i.set(func() { i.down = 0 })
	answer := signIn(s, i.session("user_ann"))
	for deadline := time.Now().Add(time.Minute); answer.Status != http.StatusOK && time.Now().Before(deadline); answer = signIn(s, i.session("user_ann")) {
		time.Sleep(100 * time.Millisecond)
	}
	wantSignedIn(t, s, answer, "user_ann")
	i.set(func() { i.down = -1 })
	wantSignedIn(t, s, signIn(s, i.session("user_ann")), "user_ann") // the keys were fetched before
}

func TestAClientWhoseEventHasNotArrived(t *testing.T) {
	i := newIssuer(t)
	s := testkit.New(t, i.environment())
	mara := s.Make("clients", map[string]any{"name": "Mara", "email": "Mara@example.com"})

	wantSignedIn(t, s, signIn(s, i.session("user_mara", verified("mARA@example.com"))), "user_mara")
	if linked := clientOf(t, s, "user_mara"); linked.Id != mara.Id || linked.GetString("name") != "Mara" {
		t.Errorf("%v", linked)
	}
	wantSignedIn(t, s, signIn(s, i.session("user_new", verified("new@example.com"), claim("name", "New"))), "user_new")
	wantClient(t, s, "user_new", "New", "new@example.com")
	deliver(t, s, person{id: "user_new", first: "Newest", email: "newest@example.com", at: 1}.event(t, "created"), http.StatusNoContent)
	wantClient(t, s, "user_new", "Newest", "newest@example.com")

	for name, edit := range map[string]func(*session){
		"no email": func(*session) {}, "email without proof": claim("email", "late@example.com"),
		"not verified": func(s *session) { verified("late@example.com")(s); s.claims["email_verified"] = false },
		"verified":     claim("email_verified", true), "empty": verified(""),
	} {
		answer := signIn(s, i.session("user_late", edit))
		wantRefused(t, name, answer, http.StatusConflict)
		if clientOf(t, s, "user_late") != nil {
			t.Errorf("%s: linked", name)
		}
	}
	deliver(t, s, person{id: "user_late", first: "Late", email: "late@example.com", at: 1}.event(t, "created"), http.StatusNoContent)
	wantSignedIn(t, s, signIn(s, i.session("user_late")), "user_late")

	// Another client's address, even if verified, does not give access to that client's records.
	wantRefused(t, "taken", signIn(s, i.session("user_thief", verified("mara@example.com"))), http.StatusConflict)
	if conflict := row(t, s, "clerk:user_thief"); conflict == nil || conflict.GetString("state") != "conflict" {
		t.Errorf("%v", conflict)
	}
	if owner := s.Reload(mara).GetString("clerkId"); owner != "user_mara" {
		t.Errorf("given to %q", owner)
	}
}

// Without the webhook no client is made; only clients whom James made can sign in.
func TestATokenMakesNoStrangerWithoutTheWebhook(t *testing.T) {
	i := newIssuer(t)
	env := i.environment()
	delete(env, "CLERK_WEBHOOK_SECRET")
	s := testkit.New(t, env)
	s.Make("clients", map[string]any{"name": "Mara", "email": "mara@example.com"})
	wantSignedIn(t, s, signIn(s, i.session("user_mara", verified("mara@example.com"))), "user_mara")
	wantRefused(t, "stranger", signIn(s, i.session("user_x", verified("x@example.com"))), http.StatusConflict)
	if count, err := s.App.CountRecords("clients"); count != 1 || err != nil {
		t.Errorf("%d clients, %v", count, err)
	}
}

func TestTheArchivedAndTheDeletedStayOut(t *testing.T) {
	i := newIssuer(t)
	s := linkedStudio(t, i)
	client := clientOf(t, s, "user_ann")
	archive := func(at string) {
		if answer := s.Do("PATCH", "/api/collections/clients/records/"+client.Id, s.Owner, map[string]any{"archivedAt": at}); answer.Status != http.StatusOK {
			t.Fatalf("%d %s", answer.Status, answer.Raw)
		}
	}
	archive("2026-01-01 00:00:00.000Z")
	wantRefused(t, "archived", signIn(s, i.session("user_ann")), http.StatusForbidden)
	s.Make("clients", map[string]any{"name": "Bob", "email": "bob@example.com", "archivedAt": "2026-01-01 00:00:00.000Z"})
	wantRefused(t, "archived, linked now", signIn(s, i.session("user_bob", verified("bob@example.com"))), http.StatusForbidden)
	archive("")
	good := signIn(s, i.session("user_ann"))
	wantSignedIn(t, s, good, "user_ann")

	deliver(t, s, person{id: "user_ann"}.event(t, "deleted"), http.StatusNoContent)
	if answer := s.Do("GET", "/api/portal/overview", good.JSON()["token"].(string), nil); answer.Status != http.StatusUnauthorized {
		t.Errorf("the old token opens %d", answer.Status)
	}
	wantRefused(t, "deleted", signIn(s, i.session("user_ann")), http.StatusUnauthorized)
	wantRefused(t, "deleted, with the email", signIn(s, i.session("user_ann", verified("ann@example.com"))), http.StatusUnauthorized)
	deliver(t, s, person{id: "user_ghost"}.event(t, "deleted"), http.StatusNoContent)
	wantRefused(t, "deleted before there was a client", signIn(s, i.session("user_ghost", verified("ghost@example.com"))), http.StatusUnauthorized)
	if clientOf(t, s, "user_ann") != nil || clientOf(t, s, "user_ghost") != nil {
		t.Error("a deleted user came back")
	}
}
