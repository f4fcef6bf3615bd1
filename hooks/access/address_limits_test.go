package access_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/pocketbase/pocketbase/tools/logger"

	"greenroom/hooks/access"
	"greenroom/hooks/testkit"
)

// limited returns a studio with rate limits, which other tests switch off.
func limited(t *testing.T, environment map[string]string) *testkit.Studio {
	t.Helper()
	s := testkit.New(t, environment)
	settings := s.App.Settings()
	settings.RateLimits.Enabled = true
	if err := s.App.Save(settings); err != nil {
		t.Fatal(err)
	}
	return s
}

// from sends a request that a proxy forwards for an address.
func from(t *testing.T, s *testkit.Studio, address, method, path string) *http.Response {
	t.Helper()
	request, err := http.NewRequest(method, s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if address != "" {
		request.Header.Set("X-Forwarded-For", address)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		t.Fatal(err)
	}
	return answer
}

var behindAProxy = map[string]string{"GREENROOM_URL": "https://portal.example.com"}

// Requests for what does not exist are counted too, although PocketBase does not count them.
func TestEveryRequestCounts(t *testing.T) {
	for _, path := range []string{"/api/collections/nothing/records", "/api/files/nothing/x/y", "/no/such/page", "/api/nothing", "/_/nothing.js"} {
		t.Run(path, func(t *testing.T) {
			s := limited(t, behindAProxy)
			refused := 0
			for range 320 {
				if answer := from(t, s, "203.0.113.9", "GET", path); answer.StatusCode == http.StatusTooManyRequests {
					refused++
					if answer.Header.Get("Retry-After") == "" {
						t.Fatal("nobody says how long to wait")
					}
				}
			}
			if refused < 10 { // a window may have ended in between
				t.Errorf("of 320 requests %d are refused", refused)
			}
			if other := from(t, s, "203.0.113.10", "GET", "/api/health"); other.StatusCode != http.StatusOK {
				t.Errorf("another address gets %d", other.StatusCode)
			}
		})
	}
}

// The requests of one address are used up; each case says which other visitors are then refused.
func TestCountedRequests(t *testing.T) {
	for name, tc := range map[string]struct {
		environment  map[string]string
		spends, asks string
		theSame      bool
	}{
		"one network of IPv6":             {behindAProxy, "2001:db8:1:2::3", "2001:db8:1:2:ffff::4", true},
		"two networks of IPv6":            {behindAProxy, "2001:db8:1:2::3", "2001:db8:1:3::3", false},
		"two addresses of IPv4":           {behindAProxy, "203.0.113.1", "203.0.113.2", false},
		"the first entry is anybody's":    {behindAProxy, "198.51.100.1, 203.0.113.1", "198.51.100.2, 203.0.113.1", true},
		"nobody is believed":              {map[string]string{"GREENROOM_URL": "http://127.0.0.1:8090"}, "203.0.113.1", "203.0.113.2", true},
		"a proxy that is named":           {map[string]string{"GREENROOM_TRUSTED_PROXIES": "127.0.0.0/8"}, "203.0.113.1", "203.0.113.2", false},
		"two proxies that are named":      {map[string]string{"GREENROOM_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8"}, "203.0.113.1, 10.1.1.1", "203.0.113.2, 10.1.1.1", false},
		"a second proxy that is not ours": {map[string]string{"GREENROOM_TRUSTED_PROXIES": "127.0.0.1"}, "203.0.113.1, 10.1.1.1", "203.0.113.2, 10.1.1.1", true},
		"another proxy is named":          {map[string]string{"GREENROOM_TRUSTED_PROXIES": "10.0.0.0/8"}, "203.0.113.1", "203.0.113.2", true},
		"with a port":                     {behindAProxy, "203.0.113.1:4711", "203.0.113.1:4712", true},
	} {
		t.Run(name, func(t *testing.T) {
			s := limited(t, tc.environment)
			for range 10 {
				from(t, s, tc.spends, "POST", "/api/collections/clients/request-otp") // PocketBase's own limit counts by the same address
			}
			got := from(t, s, tc.asks, "POST", "/api/collections/clients/request-otp").StatusCode
			if (got == http.StatusTooManyRequests) != tc.theSame {
				t.Errorf("after %q, %q gets %d", tc.spends, tc.asks, got)
			}
		})
	}
}

// A visitor cannot set the header in which the server stores the visitor's address.
func TestNobodyNamesThemselves(t *testing.T) {
	s := limited(t, nil)
	seen := ""
	s.App.OnRecordsListRequest("projects").BindFunc(func(e *core.RecordsListRequestEvent) error {
		seen = e.RealIP()
		return e.Next()
	})
	_, token := s.Client("Ana")
	request, err := http.NewRequest("GET", s.URL+"/api/collections/projects/records", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", token)
	request.Header.Set("Greenroom-Visitor", "203.0.113.1")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if seen != "127.0.0.1" {
		t.Errorf("the visitor is %q", seen)
	}
}

func TestCountsAreOffWithTheOwnersLimits(t *testing.T) {
	s := testkit.New(t, nil)
	for range 1300 {
		if got := from(t, s, "", "GET", "/api/health").StatusCode; got != http.StatusOK {
			t.Fatalf("with the limits off a request gets %d", got)
		}
	}
}

// An attacker's requests leave short lines in the log, or none, and its database stays small.
func TestTheLogIsBounded(t *testing.T) {
	s := testkit.New(t, nil)
	_, token := s.Client("Ana")
	var offered atomic.Int64 // lines of requests, also of those that are not logged
	s.App.OnModelCreate(core.LogsTableName).Bind(&hook.Handler[*core.ModelEvent]{Priority: -100, Func: func(e *core.ModelEvent) error {
		if e.Model.(*core.Log).Data["type"] == "request" {
			offered.Add(1)
		}
		return e.Next()
	}})
	long := strings.Repeat("x", 20_000)
	paths := []string{"/api/collections/nothing/records?q=" + long, "/nothing/" + long, "/api/collections/projects/records?filter=" + long,
		"/api/files/attachments/a/b?token=hunter2&thumb=1"}
	for i, path := range paths {
		request, err := http.NewRequest("GET", s.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", token)
		request.Header.Set("User-Agent", long[:5000])
		request.Header.Set("Referer", s.URL+"/x?token=hunter2")
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if i == 2 && answer.StatusCode != http.StatusBadRequest {
			t.Fatalf("a bad filter gets %d", answer.StatusCode)
		}
	}
	s.App.Logger().Error("Something else: /api/files/a/b/c?x=1&token=hunter2", "url", "/api/x?token=hunter2", "deep", map[string]any{"text": long})
	var lines []string
	testkit.Eventually(t, "each request's line, which PocketBase writes in the background, has come", func() bool {
		lines = s.Logged()
		return int(offered.Load()) == len(paths)
	})
	if len(lines) < 2 {
		t.Fatalf("too little is logged: %q", lines)
	}
	for _, line := range lines {
		if strings.Contains(line, "hunter2") {
			t.Errorf("a token is in the log: %s", line)
		}
		if strings.Contains(line, `"status":404`) {
			t.Errorf("a 404 is logged: %s", line)
		}
		if len(line) > 8*600 || strings.Contains(line, long[:600]) {
			t.Errorf("a line has %d bytes", len(line))
		}
	}
}

// A log that is full loses its oldest lines and keeps its size.
func TestTheLogHasASize(t *testing.T) {
	const size = 2 << 20
	app := core.NewBaseApp(core.BaseAppConfig{DataDir: testkit.Dir(t)})
	access.BoundLog(app, size)
	if err := app.Bootstrap(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = testkit.End(app) }()
	const lines = 20_100
	words := strings.Repeat("words ", 60)
	for i := range lines {
		app.Logger().Error(fmt.Sprintf("line %d", i), "text", words)
	}
	if err := app.Logger().Handler().(*logger.BatchHandler).WriteAll(context.WithValue(t.Context(), logger.BlockKey, true)); err != nil {
		t.Fatal(err)
	}
	var pages, kept int64
	if err := app.AuxDB().NewQuery("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").Row(&pages); err != nil {
		t.Fatal(err)
	}
	if err := app.AuxDB().NewQuery("SELECT count(*) FROM _logs").Row(&kept); err != nil {
		t.Fatal(err)
	}
	if pages > 2*size || kept < 100 || kept > lines/2 {
		t.Errorf("the database has %d bytes and %d lines", pages, kept)
	}
}

func TestTheSiteSaysHowItIsTreated(t *testing.T) {
	for name, tc := range map[string]struct {
		environment map[string]string
		hsts        string
	}{"https": {behindAProxy, "max-age=31536000"}, "http": {nil, ""}} {
		t.Run(name, func(t *testing.T) {
			s := testkit.New(t, tc.environment)
			for _, path := range []string{"/api/health", "/api/collections/nothing/records", "/api/portal/overview"} {
				h := from(t, s, "", "GET", path).Header
				if got := h.Get("Strict-Transport-Security"); got != tc.hsts {
					t.Errorf("%s: Strict-Transport-Security %q", path, got)
				}
				if !strings.Contains(h.Get("Permissions-Policy"), "camera=()") {
					t.Errorf("%s: Permissions-Policy %q", path, h.Get("Permissions-Policy"))
				}
			}
		})
	}
}
