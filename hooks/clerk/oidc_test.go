package clerk_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"greenroom/hooks/testkit"
)

const (
	oauthId     = "client_id_of_the_portal"
	oauthSecret = "client-secret-that-nobody-may-see"
)

// provider is a fake of Clerk as an OIDC provider. It exchanges its codes for tokens, and tokens for the user.
type provider struct {
	*httptest.Server
	t     testing.TB
	mu    sync.Mutex
	users map[string]map[string]any // by "code …" and by token
}

func newProvider(t testing.TB) *provider {
	t.Helper()
	p := &provider{t: t, users: map[string]map[string]any{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /oauth/token", p.token)
	mux.HandleFunc("GET /oauth/userinfo", p.userinfo)
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func (p *provider) token(w http.ResponseWriter, r *http.Request) {
	id, password, basic := r.BasicAuth()
	if !basic {
		id, password = r.FormValue("client_id"), r.FormValue("client_secret")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	user, known := p.users["code "+r.FormValue("code")]
	if id != oauthId || password != oauthSecret || !known || r.FormValue("grant_type") != "authorization_code" ||
		r.FormValue("code_verifier") != "verifier" || r.FormValue("redirect_uri") != party+"/signed-in" {
		w.WriteHeader(http.StatusBadRequest)
		p.write(w, map[string]any{"error": "invalid_grant"})
		return
	}
	delete(p.users, "code "+r.FormValue("code")) // each code works once
	p.users["token "+r.FormValue("code")] = user
	p.write(w, map[string]any{"access_token": r.FormValue("code"), "token_type": "bearer", "expires_in": 7200})
}

func (p *provider) userinfo(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	user, known := p.users["token "+strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	if !known {
		http.Error(w, "who?", http.StatusUnauthorized)
		return
	}
	p.write(w, user)
}

func (p *provider) write(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(value); err != nil {
		p.t.Error(err)
	}
}

func (p *provider) environment(more ...string) map[string]string {
	env := map[string]string{"CLERK_ISSUER": p.URL, "CLERK_AUTHORIZED_PARTIES": party, "CLERK_OAUTH_CLIENT_ID": oauthId,
		"CLERK_OAUTH_CLIENT_SECRET": oauthSecret, "CLERK_WEBHOOK_SECRET": secret}
	for _, without := range more {
		delete(env, without)
	}
	return env
}

// come signs a user in through the provider, as after the redirect from Clerk.
func (p *provider) come(s *testkit.Studio, token, sub, email string, verified any) testkit.Answer {
	p.mu.Lock()
	code := strings.ReplaceAll(p.t.Name()+sub+email, "/", "-")
	p.users["code "+code] = map[string]any{"sub": sub, "email": email, "email_verified": verified, "name": "Name Of " + sub}
	p.mu.Unlock()
	return s.Do("POST", "/api/collections/clients/auth-with-oauth2", token, map[string]any{"provider": "oidc", "code": code,
		"codeVerifier": "verifier", "redirectURL": party + "/signed-in",
		"createData": map[string]any{"email": "smuggled@example.com", "clerkId": "user_smuggled", "archivedAt": ""}})
}

func TestContinueWithClerk(t *testing.T) {
	p := newProvider(t)
	s := testkit.New(t, p.environment())
	mara := s.Make("clients", map[string]any{"name": "", "email": "Mara@example.com"})
	wantRefused(t, "not verified", p.come(s, "", "user_x", "mara@example.com", false), http.StatusConflict)
	wantRefused(t, "verified is not said", p.come(s, "", "user_x", "mara@example.com", nil), http.StatusConflict)
	wantRefused(t, "no email", p.come(s, "", "user_x", "", true), http.StatusConflict)
	wantRefused(t, "no sub", p.come(s, "", "", "mara@example.com", true), http.StatusUnauthorized)
	wantRefused(t, "sub of no user", p.come(s, "", "org_1", "mara@example.com", true), http.StatusUnauthorized)
	if s.Reload(mara).GetString("clerkId") != "" {
		t.Fatal("linked without proof")
	}

	wantSignedIn(t, s, p.come(s, "", "user_mara", "mARA@example.com", true), "user_mara")
	if linked := wantClient(t, s, "user_mara", "Name Of user_mara", "mara@example.com"); linked.Id != mara.Id {
		t.Error("another client was made")
	}
	// The user is linked, so the sub suffices.
	wantSignedIn(t, s, p.come(s, "", "user_mara", "mara@example.com", false), "user_mara")
	wantSignedIn(t, s, p.come(s, "", "user_new", "new@example.com", true), "user_new")
	wantClient(t, s, "user_new", "Name Of user_new", "new@example.com")

	// The sub decides who signs in, whatever the email is.
	wantSignedIn(t, s, p.come(s, "", "user_new", "mara@example.com", true), "user_new")
	wantClient(t, s, "user_new", "Name Of user_new", "new@example.com")
	wantRefused(t, "email of another linked client", p.come(s, "", "user_thief", "mara@example.com", true), http.StatusConflict)
	if count, err := s.App.CountRecords("clients"); count != 2 || err != nil {
		t.Errorf("%d clients, %v", count, err)
	}
	if answer := s.Do("POST", "/api/collections/clients/auth-with-oauth2", "", map[string]any{"provider": "oidc", "code": "made-up",
		"codeVerifier": "verifier", "redirectURL": party + "/signed-in"}); answer.Status != http.StatusBadRequest {
		t.Errorf("a code that is none: %d %s", answer.Status, answer.Raw)
	}
}

// PocketBase would link the user to whoever is signed in. Here only the sub and the verified email count.
func TestASignedInClientCannotTakeAnAccount(t *testing.T) {
	p := newProvider(t)
	s := testkit.New(t, p.environment())
	bob, token := s.Client("bob")
	mara := s.Make("clients", map[string]any{"name": "Mara", "email": "mara@example.com"})
	wantSignedIn(t, s, p.come(s, token, "user_mara", "mara@example.com", true), "user_mara")
	wantSignedIn(t, s, p.come(s, token, "user_new", "new@example.com", true), "user_new")
	wantRefused(t, "unproved", p.come(s, token, "user_x", "x@example.com", false), http.StatusConflict)
	if s.Reload(bob).GetString("clerkId") != "" || s.Reload(mara).GetString("clerkId") != "user_mara" {
		t.Errorf("%v %v", s.Reload(bob).GetString("clerkId"), s.Reload(mara).GetString("clerkId"))
	}
	if links, err := s.App.FindAllExternalAuthsByRecord(bob); len(links) > 0 || err != nil {
		t.Errorf("%v, %v", links, err)
	}
}

func TestNoStrangersByOIDCWithoutTheWebhook(t *testing.T) {
	p := newProvider(t)
	s := testkit.New(t, p.environment("CLERK_WEBHOOK_SECRET"))
	s.Make("clients", map[string]any{"name": "Mara", "email": "mara@example.com"})
	wantRefused(t, "stranger", p.come(s, "", "user_x", "x@example.com", true), http.StatusConflict)
	wantSignedIn(t, s, p.come(s, "", "user_mara", "mara@example.com", true), "user_mara")
	if count, err := s.App.CountRecords("clients"); count != 1 || err != nil {
		t.Errorf("%d clients, %v", count, err)
	}
}

func TestTheDeletedAndTheArchivedStayOutByOIDC(t *testing.T) {
	p := newProvider(t)
	s := testkit.New(t, p.environment())
	wantSignedIn(t, s, p.come(s, "", "user_ann", "ann@example.com", true), "user_ann")
	deliver(t, s, person{id: "user_ann"}.event(t, "deleted"), http.StatusNoContent)
	wantRefused(t, "deleted", p.come(s, "", "user_ann", "ann@example.com", true), http.StatusUnauthorized)
	if clientOf(t, s, "user_ann") != nil {
		t.Error("a deleted user came back")
	}
	archived := s.Make("clients", map[string]any{"name": "Bob", "email": "bob@example.com", "archivedAt": "2026-01-01 00:00:00.000Z"})
	wantRefused(t, "archived", p.come(s, "", "user_bob", "bob@example.com", true), http.StatusForbidden)
	if s.Reload(archived).GetString("archivedAt") == "" {
		t.Error("restored")
	}
}

func TestTheProviderFollowsTheEnvironment(t *testing.T) {
	p := newProvider(t)
	dir := testkit.Dir(t)
	t.Run("configured", func(t *testing.T) {
		s := testkit.Open(t, dir, p.environment())
		methods := oauth2(t, s)
		providers, _ := methods["providers"].([]any)
		if methods["enabled"] != true || len(providers) != 1 {
			t.Fatalf("%v", methods)
		}
		first := providers[0].(map[string]any)
		if first["name"] != "oidc" || first["displayName"] != "Clerk" || !strings.HasPrefix(first["authURL"].(string), p.URL+"/oauth/authorize?") ||
			first["codeChallengeMethod"] != "S256" {
			t.Errorf("%v", first)
		}
		p.t = t
		signedIn := p.come(s, "", "user_ann", "ann@example.com", true)
		wantSignedIn(t, s, signedIn, "user_ann")
		client, _ := signedIn.JSON()["token"].(string)
		for _, token := range []string{"", client, s.Owner} {
			for _, path := range []string{"/api/collections/clients/auth-methods", "/api/collections/clients", "/api/collections", "/api/settings",
				"/api/collections/meta/scaffolds", "/api/collections/meta/oauth2-providers", "/api/portal/health", "/api/portal/overview", "/api/logs"} {
				if answer := s.Do("GET", path, token, nil); strings.Contains(string(answer.Raw), oauthSecret) {
					t.Errorf("%s tells the secret", path)
				}
			}
		}
		for _, line := range s.Logged() {
			if strings.Contains(line, oauthSecret) {
				t.Errorf("the log tells the secret: %s", line)
			}
		}
	})
	t.Run("not any more", func(t *testing.T) {
		s := testkit.Open(t, dir, map[string]string{})
		if methods := oauth2(t, s); methods["enabled"] != false || len(methods["providers"].([]any)) != 0 {
			t.Errorf("%v", methods)
		}
		p.t = t
		if answer := p.come(s, "", "user_ann", "ann@example.com", true); answer.Status < 400 {
			t.Errorf("%d %s", answer.Status, answer.Raw)
		}
	})
	t.Run("again, with another id", func(t *testing.T) {
		env := p.environment()
		env["CLERK_OAUTH_CLIENT_ID"] = "another"
		providers, _ := oauth2(t, testkit.Open(t, dir, env))["providers"].([]any)
		if len(providers) != 1 || !strings.Contains(providers[0].(map[string]any)["authURL"].(string), "client_id=another") {
			t.Errorf("%v", providers)
		}
	})
}

func oauth2(t *testing.T, s *testkit.Studio) map[string]any {
	t.Helper()
	methods, ok := s.Do("GET", "/api/collections/clients/auth-methods", "", nil).JSON()["oauth2"].(map[string]any)
	if !ok {
		t.Fatal("no methods")
	}
	return methods
}
