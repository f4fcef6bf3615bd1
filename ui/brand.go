package ui

import (
	"encoding/json"
	"fmt"

	"greenroom/hooks/config"
)

const (
	manifestName = "manifest.webmanifest"
	// iconSide is from how many pixels on a square PNG is one for home screens.
	iconSide = 192
	// logoPolicy lets an SVG that is opened by itself run and fetch nothing.
	logoPolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
)

// logoPath is where the studio's mark is; empty where there is none.
func logoPath(c config.Config) string {
	switch {
	case c.Logo.SVG:
		return "/logo.svg"
	case len(c.Logo.Content) > 0:
		return "/logo.png"
	}
	return ""
}

type icon struct {
	Src     string `json:"src"`
	Sizes   string `json:"sizes"`
	Type    string `json:"type"`
	Purpose string `json:"purpose,omitempty"`
}

// icons are those of a home screen: the studio's mark where it can be one, else the portal's own.
func icons(c config.Config) []icon {
	switch {
	case c.Logo.SVG:
		return []icon{{logoPath(c), "any", "image/svg+xml", ""}, {"/icon-192.png", "192x192", "image/png", ""}, {"/icon-512.png", "512x512", "image/png", ""}}
	case c.Logo.Side >= iconSide:
		return []icon{{logoPath(c), fmt.Sprintf("%dx%d", c.Logo.Side, c.Logo.Side), "image/png", ""}}
	}
	return []icon{{"/icon.svg", "any", "image/svg+xml", ""}, {"/icon-192.png", "192x192", "image/png", ""}, {"/icon-512.png", "512x512", "image/png", ""},
		{"/icon-maskable-512.png", "512x512", "image/png", "maskable"}}
}

// touchIcon is what iOS puts on a home screen, which takes no SVG.
func touchIcon(c config.Config) string {
	if !c.Logo.SVG && c.Logo.Side >= iconSide {
		return logoPath(c)
	}
	return "/icon-180.png"
}

// manifest lets phones and computers install the portal under the studio's name.
func manifest(c config.Config) ([]byte, error) {
	return json.Marshal(map[string]any{"id": "/", "start_url": "/", "scope": "/", "display": "standalone", "lang": "en-GB", "name": c.Studio + " Portal", "short_name": c.Studio,
		"description": "Where your projects with " + c.Studio + " stand.", "background_color": "#faf8f4", "theme_color": "#faf8f4", "icons": icons(c)})
}

// accentStyle is the style element by which the studio's colour takes the place of the portal's; empty where there is
// none. Those who ask for more contrast keep the portal's.
func accentStyle(c config.Config) string {
	if c.Accent == (config.Accent{}) {
		return ""
	}
	paper, surface, night := config.Colour{0xff, 0xff, 0xff}, config.Colour{0x12, 0x15, 0x18}, config.Colour{0x0a, 0x0c, 0x0e}
	light := fmt.Sprintf("--accent:%s;--accent-ink:#fff;--accent-soft:%s", c.Accent.Light, soft(c.Accent.Light, paper))
	dark := fmt.Sprintf("--accent:%s;--accent-ink:%s;--accent-soft:%s", c.Accent.Dark, night, soft(c.Accent.Dark, surface))
	return "<style>@media (prefers-contrast:no-preference){html:root{" + light + "}}" +
		"@media (prefers-contrast:no-preference) and (prefers-color-scheme:dark){html:root{" + dark + "}}</style>"
}

// soft is a ground with as much of the accent in it as leaves the accent to be read on it.
func soft(accent, ground config.Colour) config.Colour {
	share := 0.12
	for share > 0.01 && config.Contrast(accent, ground.Mixed(accent, share)) < 4.5 {
		share -= 0.01
	}
	return ground.Mixed(accent, share)
}
