// Package ui is what a browser gets from the binary itself: the clients' portal, built from src and kept in build, and
// the owner's Studio inside PocketBase's dashboard, built from studio and kept in studio/build.
//
// The bundle's files never change once built and are kept for a year; the page that names them is looked up anew at
// each visit. Whatever path is asked for gets that page, which finds its way by itself, but an API path or a missing
// file never gets HTML. What a visitor may know before they sign in (the studio's name, its time zone) stands in the
// page already.
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

// Register serves the portal at / and below, and the Studio with the dashboard.
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
