// Package ui is what a browser gets from the binary itself.
package ui

import (
	"embed"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
)

//go:embed front
var files embed.FS

// Register serves the front page, for those who come by the address alone.
func Register(app core.App) {
	front := apis.Static(apis.MustSubFS(files, "front"), false)
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Router.GET("/{path...}", front).BindFunc(func(e *core.RequestEvent) error {
			e.Response.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
			e.Response.Header().Set("Cache-Control", "no-cache")
			return e.Next()
		})
		return e.Next()
	})
}
