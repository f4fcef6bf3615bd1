package ui

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"
)

// studioScript returns the path of the first script of the dashboard's extensions.
func studioScript(t *testing.T, url string) string {
	t.Helper()
	path := regexp.MustCompile(`/_/extensions/studio/assets/main-[^'"]+\.js`).FindString(get(t, url+"/_/extensions.js", "").body)
	if path == "" {
		t.Fatal("the dashboard's extensions name no script of the Studio's")
	}
	return path
}

// A new release must never run with cached code of the one before.
func TestHowLongTheStudioIsKept(t *testing.T) {
	url := serve(t, nil)
	if got := get(t, url+"/_/extensions.js", "").Header.Values("Cache-Control"); len(got) != 1 || got[0] != "no-cache" {
		t.Errorf("what names the Studio's files is kept: %q", got)
	}
	const forever = "public, max-age=31536000, immutable"
	files := 0
	err := fs.WalkDir(studioBuild, "studio/build/assets", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files++
		a := get(t, url+"/_/extensions/studio/"+strings.TrimPrefix(name, "studio/build/"), "")
		if got := a.Header.Values("Cache-Control"); a.StatusCode != 200 || len(got) != 1 || got[0] != forever {
			t.Errorf("%s: %d, %q", name, a.StatusCode, got)
		}
		return nil
	})
	if err != nil || files == 0 {
		t.Errorf("%d files: %v", files, err)
	}
	for _, path := range []string{"/_/extensions/studio/main.js", "/_/extensions/studio/assets/main-old.js", "/_/"} {
		if got := get(t, url+path, "").Header.Get("Cache-Control"); got == forever {
			t.Errorf("%s is kept for ever", path)
		}
	}
}

func TestTheStudioIsServedWithTheDashboard(t *testing.T) {
	url := serve(t, nil)
	a := get(t, url+studioScript(t, url), "")
	if a.StatusCode != 200 || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/javascript") {
		t.Errorf("%d %s", a.StatusCode, a.Header.Get("Content-Type"))
	}
	if compressed := get(t, url+studioScript(t, url), "gzip"); compressed.Header.Get("Content-Encoding") != "gzip" || len(compressed.body) >= len(a.body) {
		t.Errorf("%d bytes of %d", len(compressed.body), len(a.body))
	}
}

// With a bucket, the Studio uploads files straight to it and plays them from it, as the portal does.
func TestTheDashboardMayReachTheBucketAlone(t *testing.T) {
	const origin = "https://account.r2.example.com"
	url := serve(t, map[string]string{"R2_ENDPOINT": origin, "R2_BUCKET": "files", "R2_ACCESS_KEY_ID": "key", "R2_SECRET_ACCESS_KEY": "secret"})
	policies := get(t, url+"/_/", "").Header.Values("Content-Security-Policy")
	if len(policies) != 1 {
		t.Fatalf("the policies are %q", policies)
	}
	for _, directive := range strings.Split(policies[0], "; ") {
		name, sources, _ := strings.Cut(directive, " ")
		reaches := strings.Contains(" connect-src img-src media-src frame-src ", " "+name+" ")
		if strings.Contains(sources, origin) != reaches {
			t.Errorf("%s", directive)
		}
		if name == "script-src" && sources != "'self'" {
			t.Errorf("scripts come from %s", sources)
		}
	}
	if got := get(t, serve(t, nil)+"/_/", "").Header.Get("Content-Security-Policy"); strings.Contains(got, origin) {
		t.Errorf("without a bucket: %q", got)
	}
}

func TestTheDashboardHasAPolicyOfItsOwn(t *testing.T) {
	url := serve(t, nil)
	for _, path := range []string{"/_/", "/_/extensions.js"} {
		policies := get(t, url+path, "").Header.Values("Content-Security-Policy")
		if len(policies) != 1 || strings.Contains(policies[0], "127.0.0.1") {
			t.Fatalf("%s: the policies are %q", path, policies)
		}
		for _, directive := range []string{"object-src 'none'", "base-uri 'self'", "form-action 'self'"} {
			if !strings.Contains(policies[0], directive) {
				t.Errorf("%s: no %s in %s", path, directive, policies[0])
			}
		}
	}
}
