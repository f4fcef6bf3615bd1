package ui

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/config"
	"greenroom/hooks/testkit"
)

// serve starts a server with the portal, configured by the environment.
func serve(t *testing.T, environment map[string]string) string {
	t.Helper()
	c, err := config.Parse(environment)
	if err != nil {
		t.Fatal(err)
	}
	app := core.NewBaseApp(core.BaseAppConfig{DataDir: testkit.Dir(t)})
	if err := app.Bootstrap(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = app.ClearBootstrap() })
	Register(app, c)
	router, err := apis.NewRouter(app)
	if err != nil {
		t.Fatal(err)
	}
	event := new(core.ServeEvent)
	event.App, event.Router = app, router
	if err := app.OnServe().Trigger(event, func(*core.ServeEvent) error { return nil }); err != nil {
		t.Fatal(err)
	}
	mux, err := router.BuildMux()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

type answer struct {
	*http.Response
	body string
}

// asWritten sends requests without an Accept-Encoding of its own.
var asWritten = &http.Transport{DisableCompression: true}

func get(t *testing.T, url, encodings string, headers ...string) answer {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept-Encoding", encodings)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := asWritten.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response, string(body)}
}

// script returns the path of the bundle that the page loads.
func script(t *testing.T, url string) string {
	t.Helper()
	path := regexp.MustCompile(`/_app/immutable/bundle\.[^"]+\.js`).FindString(get(t, url, "").body)
	if path == "" {
		t.Fatal("the page names no script")
	}
	return path
}

func TestWhereThePageIsAndWhereNot(t *testing.T) {
	url := serve(t, nil)
	for path, want := range map[string]struct {
		status int
		kind   string
	}{
		"/":                             {200, "text/html; charset=utf-8"},
		"/projects/abc":                 {200, "text/html; charset=utf-8"},
		"/no/such/page":                 {200, "text/html; charset=utf-8"},
		"/apiary":                       {200, "text/html; charset=utf-8"},
		"/icon.svg":                     {200, "image/svg+xml"},
		"/service-worker.js":            {200, "text/javascript; charset=utf-8"},
		script(t, url):                  {200, "text/javascript; charset=utf-8"},
		"/_app/version.json":            {200, "application/json"},
		"/api":                          {404, "application/json"},
		"/api/":                         {404, "application/json"},
		"/api/portal/nothing":           {404, "application/json"},
		"/_/nothing":                    {404, "application/json"},
		"/_app/immutable/bundle.old.js": {404, "application/json"},
		"/_app/immutable/":              {404, "application/json"},
		"/favicon.ico":                  {404, "application/json"},
		"/wp-login.php":                 {404, "application/json"},
		"/icon.svg.br":                  {404, "application/json"},
	} {
		a := get(t, url+path, "")
		if a.StatusCode != want.status || a.Header.Get("Content-Type") != want.kind {
			t.Errorf("%s: %d %s", path, a.StatusCode, a.Header.Get("Content-Type"))
		}
	}
}

func TestHowLongFilesAreKept(t *testing.T) {
	url := serve(t, nil)
	for path, want := range map[string]string{
		"/":                  "no-cache",
		"/projects/abc":      "no-cache",
		"/service-worker.js": "no-cache",
		"/_app/version.json": "no-cache",
		script(t, url):       "public, max-age=31536000, immutable",
	} {
		if got := get(t, url+path, "").Header.Get("Cache-Control"); got != want {
			t.Errorf("%s: %s", path, got)
		}
	}
	first := get(t, url, "gzip")
	if again := get(t, url, "gzip", "If-None-Match", first.Header.Get("ETag")); again.StatusCode != 304 || again.body != "" {
		t.Errorf("the same page again: %d with %d bytes", again.StatusCode, len(again.body))
	}
	if other := get(t, url, "", "If-None-Match", first.Header.Get("ETag")); other.StatusCode != 200 {
		t.Errorf("the same page in another encoding: %d", other.StatusCode)
	}
}

func TestEncodings(t *testing.T) {
	url := serve(t, nil)
	path := script(t, url)
	plain := get(t, url+path, "")
	for accepted, want := range map[string]string{
		"": "", "identity": "", "gzip": "gzip", "br": "br", "gzip, deflate, br": "br", "GZIP;q=0.5, deflate": "gzip", "br;q=0, gzip": "gzip", "br; q=0.0": "", "brotli": "",
	} {
		a := get(t, url+path, accepted)
		if got := a.Header.Get("Content-Encoding"); got != want || !strings.Contains(strings.Join(a.Header.Values("Vary"), ", "), "Accept-Encoding") {
			t.Errorf("%q: %q, Vary %v", accepted, got, a.Header.Values("Vary"))
		}
		if want != "" && len(a.body) >= len(plain.body) {
			t.Errorf("%q: %d bytes of %d", accepted, len(a.body), len(plain.body))
		}
	}
	for _, path := range []string{path, "/"} {
		unpacked, err := gzip.NewReader(strings.NewReader(get(t, url+path, "gzip").body))
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(unpacked)
		if err != nil {
			t.Fatal(err)
		}
		if string(content) != get(t, url+path, "").body {
			t.Errorf("%s differs when it is compressed", path)
		}
	}
}

func TestThePageKnowsTheStudio(t *testing.T) {
	const name = `Jim & "Co" 'Sounds'`
	url := serve(t, map[string]string{"GREENROOM_STUDIO": name, "GREENROOM_OWNER": "Jim", "GREENROOM_TIMEZONE": "Pacific/Auckland"})
	html := get(t, url, "").body
	if !strings.Contains(html, "<title>Portal – Jim &amp; &#34;Co&#34; &#39;Sounds&#39;</title>") {
		t.Error("the title does not name the studio")
	}
	_, data, _ := strings.Cut(html, `id="studio">`)
	data, _, _ = strings.Cut(data, "</script>")
	var got facts
	if err := json.Unmarshal([]byte(data), &got); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	if want := (facts{Studio: name, Owner: "Jim", TimeZone: "Pacific/Auckland"}); got != want {
		t.Errorf("the page knows %+v", got)
	}
	withClerk := serve(t, map[string]string{"CLERK_ISSUER": "https://clerk.example.com", "CLERK_AUTHORIZED_PARTIES": "https://portal.example.com",
		"CLERK_OAUTH_CLIENT_ID": "id", "CLERK_OAUTH_CLIENT_SECRET": "the-secret"})
	html = get(t, withClerk, "").body
	if !strings.Contains(html, `"clerk":true`) || strings.Contains(html, "the-secret") {
		t.Error("the page does not know that one can sign in at Clerk, or knows too much")
	}
}

func TestPolicy(t *testing.T) {
	url := serve(t, map[string]string{"R2_ENDPOINT": "https://account.r2.example.com", "R2_BUCKET": "files", "R2_ACCESS_KEY_ID": "key", "R2_SECRET_ACCESS_KEY": "secret"})
	a := get(t, url+"/projects", "")
	directives := map[string]string{}
	for _, directive := range strings.Split(a.Header.Get("Content-Security-Policy"), "; ") {
		name, value, _ := strings.Cut(directive, " ")
		directives[name] = value
	}
	for name, want := range map[string]string{
		"default-src": "'none'", "frame-ancestors": "'none'", "base-uri": "'none'", "style-src": "'self'",
		"connect-src": "'self' https://account.r2.example.com", "media-src": "'self' https://account.r2.example.com",
	} {
		if directives[name] != want {
			t.Errorf("%s is %s", name, directives[name])
		}
	}
	if scripts := strings.Count(a.body, "<script>"); strings.Count(directives["script-src"], "'sha256-") != scripts || strings.Contains(a.Header.Get("Content-Security-Policy"), "unsafe") {
		t.Errorf("%d scripts in the page, and the policy is %s", scripts, directives["script-src"])
	}
	for name, want := range map[string]string{"X-Robots-Tag": "noindex, nofollow", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY"} {
		if a.Header.Get(name) != want {
			t.Errorf("%s is %q", name, a.Header.Get(name))
		}
	}
}
