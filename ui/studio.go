package ui

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/config"
)

// The owner's Studio is an extension of PocketBase's dashboard, built from studio into studio/build.

//go:embed all:studio/build
var studioBuild embed.FS

const (
	dashboard  = "/_/"
	extensions = dashboard + "extensions.js" // the script by which the dashboard loads extensions
	studioPath = dashboard + "extensions/studio/"
)

// registerStudio adds the Studio to the dashboard.
func registerStudio(e *core.ServeEvent, c config.Config) error {
	bundle, err := fs.Sub(studioBuild, "studio/build")
	if err != nil {
		return fmt.Errorf("ui: open the Studio's bundle: %w", err)
	}
	hashed, err := fs.Glob(bundle, "assets/*")
	if err != nil {
		return fmt.Errorf("ui: read the Studio's bundle: %w", err)
	}
	e.UIExtensions = append(e.UIExtensions, core.UIExtension{Name: "studio", FS: bundle})
	e.Router.BindFunc(cacheFor(hashed))
	e.Router.BindFunc(dashboardPolicy(bucketOf(c)))
	return nil
}

// cacheFor sets how long a browser caches the files of the dashboard's extensions. PocketBase would allow two weeks, so
// that after an upgrade the owner would go on with the old Studio. Here the file that names the others is revalidated
// at each visit, and files named by their content are cached for good.
func cacheFor(hashed []string) func(*core.RequestEvent) error {
	kept := map[string]string{extensions: "no-cache"}
	for _, name := range hashed {
		kept[studioPath+name] = "public, max-age=31536000, immutable"
	}
	return func(e *core.RequestEvent) error {
		if path := e.Request.URL.Path; strings.HasPrefix(path, dashboard) && kept[path] != "" {
			e.Response.Header().Set("Cache-Control", kept[path])
		}
		return e.Next()
	}
}

// dashboardPolicy sets what the dashboard may load and connect to: its own server, the maps, and the bucket with the
// studio's files. PocketBase's own policy would allow any server on the owner's machine, and restricts neither objects
// nor the base address nor the targets of forms.
func dashboardPolicy(bucket string) func(*core.RequestEvent) error {
	and := func(directive string) string { return strings.TrimSpace(directive + " " + bucket) }
	policy := strings.Join([]string{
		"default-src 'self'", "script-src 'self'", "style-src 'self' 'unsafe-inline'", and("connect-src 'self' https://nominatim.openstreetmap.org"),
		and("img-src 'self' data: blob: https://tile.openstreetmap.org"), and("media-src 'self'"), and("frame-src 'self'"),
		"object-src 'none'", "base-uri 'self'", "form-action 'self'", "frame-ancestors 'none'",
	}, "; ")
	return func(e *core.RequestEvent) error {
		if strings.HasPrefix(e.Request.URL.Path, dashboard) {
			e.Response.Header().Set("Content-Security-Policy", policy)
		}
		return e.Next()
	}
}
