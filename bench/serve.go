package main

import (
	"net/http"
	"net/http/pprof"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks"
	"greenroom/hooks/config"
)

// readers is as many connections as Greenroom's own main gives the database. Every variant gets the same, so that what
// differs is the way and not a setting.
const readers = 4

// servePlain is PocketBase's own way: the same schema and rules, and none of our hooks.
func servePlain(dir, address string) error {
	return serve(plainApp(dir), address)
}

// serveHooks is Greenroom with its hooks and, for -profile, the profiler.
func serveHooks(dir, address string) error {
	app := plainApp(dir)
	c, err := config.Parse(nil)
	if err != nil {
		return err
	}
	hooks.Register(app, c)
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Router.GET("/debug/pprof/profile", apis.WrapStdHandler(http.HandlerFunc(pprof.Profile)))
		return e.Next()
	})
	return serve(app, address)
}

func serve(app core.App, address string) error {
	if err := app.Bootstrap(); err != nil {
		return err
	}
	return apis.Serve(app, apis.ServeConfig{HttpAddr: address})
}
