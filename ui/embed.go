// Package ui serves what a browser gets from the binary: the clients' portal, built from src into build, and the
// owner's Studio inside PocketBase's dashboard, built from studio into studio/build.
//
// Files of the bundle are named by their content and cached for a year; the page that names them is revalidated at each
// visit. Every path gets this page, and its script routes; but an API path or a missing file never gets HTML. What a
// visitor may know before signing in (the studio's name, its time zone) is part of the page.
package ui

import (
	"embed"
	"fmt"
	"io/fs"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/config"
)

//go:embed all:build
var build embed.FS

// Register serves the portal at / and below, and the Studio inside the dashboard.
func Register(app core.App, c config.Config) {
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		bundle, err := fs.Sub(build, "build")
		if err != nil {
			return fmt.Errorf("ui: open the bundle: %w", err)
		}
		site, err := newSite(bundle, c)
		if err != nil {
			return fmt.Errorf("ui: read the bundle: %w", err)
		}
		e.Router.GET("/{path...}", site.serve).Bind(apis.SkipSuccessActivityLog())
		if err := registerStudio(e, c); err != nil {
			return err
		}
		return e.Next()
	})
}
