package ui

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"greenroom/hooks/config"
)

type installed struct {
	Name      string `json:"name"`
	ShortName string `json:"short_name"`
	StartURL  string `json:"start_url"`
	Display   string `json:"display"`
	Icons     []icon `json:"icons"`
}

// install reads the manifest that the page links, and each of its icons.
func install(t *testing.T, url string) installed {
	t.Helper()
	if !strings.Contains(get(t, url, "").body, `<link rel="manifest" href="/manifest.webmanifest" />`) {
		t.Error("the page names no manifest")
	}
	a := get(t, url+"/"+manifestName, "")
	var m installed
	if err := json.Unmarshal([]byte(a.body), &m); err != nil || a.StatusCode != 200 || a.Header.Get("Content-Type") != "application/manifest+json" {
		t.Fatalf("%d %s: %v", a.StatusCode, a.Header.Get("Content-Type"), err)
	}
	for _, icon := range m.Icons {
		if got := get(t, url+icon.Src, ""); got.StatusCode != 200 || got.Header.Get("Content-Type") != icon.Type || len(got.body) == 0 {
			t.Errorf("the icon %s: %d %s", icon.Src, got.StatusCode, got.Header.Get("Content-Type"))
		}
	}
	return m
}

func TestThePortalCanBeInstalled(t *testing.T) {
	url := serve(t, map[string]string{"GREENROOM_STUDIO": `Jim & "Co"`})
	m := install(t, url)
	if m.Name != `Jim & "Co" Portal` || m.ShortName != `Jim & "Co"` || m.StartURL != "/" || m.Display != "standalone" || len(m.Icons) != 4 {
		t.Errorf("%+v", m)
	}
	html := get(t, url, "").body
	for _, want := range []string{`<link rel="apple-touch-icon" href="/icon-180.png" />`, `<meta name="apple-mobile-web-app-title" content="Jim &amp; &#34;Co&#34;" />`, `<meta name="theme-color" media="(prefers-color-scheme: dark)"`} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if touch := get(t, url+"/icon-180.png", ""); touch.StatusCode != 200 || touch.Header.Get("Content-Type") != "image/png" {
		t.Errorf("the icon for iOS: %d", touch.StatusCode)
	}
}

func TestTheStudiosLogo(t *testing.T) {
	large, err := os.ReadFile("static/icon-512.png")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ content, path, touch, icon string }{
		{`<svg xmlns="http://www.w3.org/2000/svg"/>`, "/logo.svg", "/icon-180.png", "/logo.svg"},
		{string(large), "/logo.png", "/logo.png", "/logo.png"},
	} {
		file := filepath.Join(t.TempDir(), "mark")
		if err := os.WriteFile(file, []byte(tc.content), 0o600); err != nil {
			t.Fatal(err)
		}
		url := serve(t, map[string]string{"GREENROOM_LOGO": file})
		html := get(t, url, "").body
		if !strings.Contains(html, `"logo":"`+tc.path+`"`) || !strings.Contains(html, `<link rel="apple-touch-icon" href="`+tc.touch+`" />`) {
			t.Errorf("the page knows another logo than %s", tc.path)
		}
		if a := get(t, url+tc.path, ""); a.body != tc.content || a.Header.Get("Content-Security-Policy") != logoPolicy {
			t.Errorf("%s: %d, %s", tc.path, a.StatusCode, a.Header.Get("Content-Security-Policy"))
		}
		if m := install(t, url); m.Icons[0].Src != tc.icon {
			t.Errorf("%+v", m.Icons)
		}
	}
	if html := get(t, serve(t, nil), "").body; strings.Contains(html, `"logo"`) {
		t.Error("there is a logo that nobody gave")
	}
}

func TestTheStudiosColour(t *testing.T) {
	a := get(t, serve(t, map[string]string{"GREENROOM_ACCENT": "#5b21b6"}), "")
	style := regexp.MustCompile(`<style>(.*?)</style>`).FindStringSubmatch(a.body)
	if style == nil || !strings.Contains(style[1], "--accent:#5b21b6") {
		t.Fatalf("the page has %v", style)
	}
	if policy := a.Header.Get("Content-Security-Policy"); !regexp.MustCompile(`style-src 'self' 'sha256-[^']+';`).MatchString(policy) {
		t.Errorf("the policy is %s", policy)
	}
	if strings.Contains(get(t, serve(t, nil), "").body, "<style>") {
		t.Error("there is a colour that nobody gave")
	}
	for _, given := range []string{"#5b21b6", "#000000", "#0b5a6b", "#8a4600", "#6b6b00"} {
		c, err := config.Parse(map[string]string{"GREENROOM_ACCENT": given})
		if err != nil {
			t.Fatalf("%s: %v", given, err)
		}
		white, surface := config.Colour{255, 255, 255}, config.Colour{0x12, 0x15, 0x18}
		for what, contrast := range map[string]float64{
			"white on it": config.Contrast(c.Accent.Light, white), "black on the lighter one": config.Contrast(c.Accent.Dark, config.Colour{0x0a, 0x0c, 0x0e}),
			"it on its soft ground": config.Contrast(c.Accent.Light, soft(c.Accent.Light, white)), "the lighter one on its soft ground": config.Contrast(c.Accent.Dark, soft(c.Accent.Dark, surface)),
		} {
			if contrast < 4.5 {
				t.Errorf("%s: %s is %.2f to 1", given, what, contrast)
			}
		}
	}
}

func TestPrivacyAndTermsAreKnown(t *testing.T) {
	html := get(t, serve(t, map[string]string{"GREENROOM_PRIVACY_URL": "https://example.com/privacy", "GREENROOM_TERMS_URL": "https://example.com/terms?a=1&b=2"}), "").body
	if !strings.Contains(html, `"privacy":"https://example.com/privacy","terms":"https://example.com/terms?a=1\u0026b=2"`) {
		t.Error("the page does not know them")
	}
}
