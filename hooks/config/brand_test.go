package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAccentCanBeReadInBothSchemes(t *testing.T) {
	for given, want := range map[string]string{
		"#0b5a6b": "", "0B5A6B": "", "#05a": "", "#a3171c": "", "#000000": "", "#5b21b6": "",
		"#7fcadb":   "its contrast on the portal's light pages is 1.5 to 1 and has to be 4.5; #",
		"#ffffff":   "its contrast on the portal's light pages is 1.0 to 1 and has to be 4.5; #",
		"#ff6600":   "its contrast on the portal's light pages is 2.5 to 1 and has to be 4.5; #",
		"#é1":       "write a colour as #0b5a6b",
		"#12345":    "write a colour as #0b5a6b",
		"red":       "write a colour as #0b5a6b",
		"#gggggg":   "write a colour as #0b5a6b",
		"#0b5a6bff": "write a colour as #0b5a6b",
	} {
		c, err := Parse(map[string]string{"GREENROOM_ACCENT": given})
		if want != "" {
			if err == nil || !strings.HasPrefix(err.Error(), "GREENROOM_ACCENT is malformed: "+want) {
				t.Errorf("%s: %v, want %s", given, err, want)
			}
			if _, better, found := strings.Cut(want, "4.5; #"); found && better == "" {
				suggested := strings.TrimSuffix(err.Error()[strings.LastIndex(err.Error(), "#"):], " would do")
				if _, err := Parse(map[string]string{"GREENROOM_ACCENT": suggested}); err != nil {
					t.Errorf("%s is suggested in the place of %s: %v", suggested, given, err)
				}
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", given, err)
			continue
		}
		for ground, colour := range map[Colour]Colour{{0xf1, 0xee, 0xe7}: c.Accent.Light, {0xff, 0xff, 0xff}: c.Accent.Light, {0x1b, 0x20, 0x25}: c.Accent.Dark, {}: c.Accent.Dark} {
			if contrast := Contrast(ground, colour); contrast < 4.5 {
				t.Errorf("%s is %s on %s: %.2f", given, colour, ground, contrast)
			}
		}
	}
	if c, err := Parse(nil); err != nil || c.Accent != (Accent{}) {
		t.Errorf("%v, %v", c.Accent, err)
	}
}

// The first pair is the portal's own accent on its light background; the others are the ends of WCAG's scale.
func TestContrast(t *testing.T) {
	for _, tc := range []struct {
		a, b Colour
		want float64
	}{{Colour{0x0b, 0x5a, 0x6b}, Colour{0xfa, 0xf8, 0xf4}, 7.4}, {Colour{}, Colour{255, 255, 255}, 21}, {Colour{1, 2, 3}, Colour{1, 2, 3}, 1}} {
		if got := Contrast(tc.a, tc.b); got < tc.want-0.1 || got > tc.want+0.1 {
			t.Errorf("%s on %s: %.2f, want %.1f", tc.a, tc.b, got, tc.want)
		}
	}
}

const onePixel = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"

func TestLogo(t *testing.T) {
	dir := t.TempDir()
	for content, want := range map[string]string{
		`<?xml version="1.0"?><!-- mark --><svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>`: "",
		onePixel: "",
		"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>": "the SVG it names has a script in it",
		"<html><svg/></html>":        "name a file that is an SVG or a PNG",
		"GIF89a":                     "name a file that is an SVG or a PNG",
		"":                           "name a file that is an SVG or a PNG",
		strings.Repeat("x", 300<<10): "the file it names is larger than 256 KB",
	} {
		path := filepath.Join(dir, "logo")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Parse(map[string]string{"GREENROOM_LOGO": path})
		switch {
		case want == "" && (err != nil || string(c.Logo.Content) != content || c.Logo.SVG == (content == onePixel) || (c.Logo.Side == 1) != (content == onePixel)):
			t.Errorf("%.40q: %+v, %v", content, c.Logo, err)
		case want != "" && (err == nil || !strings.HasPrefix(err.Error(), "GREENROOM_LOGO is malformed: "+want)):
			t.Errorf("%.40q: %v, want %s", content, err, want)
		}
	}
	if _, err := Parse(map[string]string{"GREENROOM_LOGO": filepath.Join(dir, "nowhere")}); err == nil || err.Error() != "GREENROOM_LOGO is malformed: the file it names cannot be read" {
		t.Errorf("%v", err)
	}
}

func TestPrivacyAndTerms(t *testing.T) {
	for address, ok := range map[string]bool{"https://example.com/privacy": true, "javascript:alert(1)": false, "/privacy": false, "mailto:a@example.com": false, "https://u:p@example.com/": false, "ftp://example.com/x": false} {
		for _, name := range []string{"GREENROOM_PRIVACY_URL", "GREENROOM_TERMS_URL"} {
			if _, err := Parse(map[string]string{name: address}); (err == nil) != ok || err != nil && !strings.HasPrefix(err.Error(), name+" is malformed") {
				t.Errorf("%s=%s: %v", name, address, err)
			}
		}
	}
}
