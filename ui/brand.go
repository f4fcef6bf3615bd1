package ui

import (
	"encoding/json"
	"fmt"

	"greenroom/hooks/config"
)

const (
	manifestName = "manifest.webmanifest"
	// pixels; a square PNG of this size or more serves as an icon for home screens
	iconSide = 192
	// an SVG that is opened by itself may neither run scripts nor load anything
	logoPolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
)

// logoPath returns the path of the studio's logo; empty if there is none.
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

// icons returns the icons of the manifest: the studio's logo if it is suitable, else the portal's own.
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

// touchIcon returns the icon for iOS, which does not accept SVG.
func touchIcon(c config.Config) string {
	if !c.Logo.SVG && c.Logo.Side >= iconSide {
		return logoPath(c)
	}
	return "/icon-180.png"
}

// manifest returns the web app manifest, with which the portal can be installed under the studio's name.
func manifest(c config.Config) ([]byte, error) {
	return json.Marshal(map[string]any{"id": "/", "start_url": "/", "scope": "/", "display": "standalone", "lang": "en-GB", "name": c.Studio + " Portal", "short_name": c.Studio,
		"description": "Where your projects with " + c.Studio + " stand.", "background_color": "#faf8f4", "theme_color": "#faf8f4", "icons": icons(c)})
}

// accentStyle returns a style element with the studio's accent colours; empty if none is set. Visitors who ask for more
// contrast get the portal's own colours.
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

// soft returns the background with as much of the accent mixed in as leaves the accent readable on it.
func soft(accent, ground config.Colour) config.Colour {
	share := 0.12
	for share > 0.01 && config.Contrast(accent, ground.Mixed(accent, share)) < 4.5 {
		share -= 0.01
	}
	return ground.Mixed(accent, share)
}
