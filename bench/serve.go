package main

import (
	"net/http"
	"net/http/pprof"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks"
	"greenroom/hooks/config"
	"greenroom/hooks/database"
	"greenroom/hooks/garbage"
)

// readers is the number of connections that read the database in all variants, as in the release binary.
const readers = database.Readers

// servePlain is PocketBase's own way: the same schema and rules without Greenroom's hooks. Its commits wait for the
// disk as Greenroom's do, because a comparison with commits that can be lost would mean nothing.
func servePlain(dir, address string) error {
	return serve(core.NewBaseApp(core.BaseAppConfig{DataDir: dir, DBConnect: connectFully, DataMaxOpenConns: readers, DataMaxIdleConns: readers}), address)
}

// fully are PocketBase's own pragmas except synchronous, which is FULL here and NORMAL there.
const fully = "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=journal_size_limit(200000000)&_pragma=synchronous(FULL)" +
	"&_pragma=foreign_keys(ON)&_pragma=temp_store(MEMORY)&_pragma=cache_size(-32000)&_defensive=1"

func connectFully(path string) (*dbx.DB, error) { return dbx.Open("sqlite", path+fully) }

// serveHooks is Greenroom with its hooks and, for -profile, the profiler.
func serveHooks(dir, address string) error {
	app := core.NewBaseApp(core.BaseAppConfig{DataDir: dir, DBConnect: database.Connect, DataMaxOpenConns: readers, DataMaxIdleConns: readers})
	c, err := config.Parse(nil)
	if err != nil {
		return err
	}
	garbage.Pace()
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
