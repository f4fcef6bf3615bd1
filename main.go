// Greenroom is a client portal for an independent professional: one binary with a database, a portal for the clients
// and a dashboard for the owner.
package main

import (
	"fmt"
	"os"

	"github.com/pocketbase/pocketbase"
	"github.com/pocketbase/pocketbase/plugins/jsvm"
	"github.com/pocketbase/pocketbase/plugins/migratecmd"

	"greenroom/hooks"
	"greenroom/hooks/clerk"
	"greenroom/hooks/cli"
	"greenroom/hooks/config"
	"greenroom/hooks/database"
	"greenroom/hooks/demo"
	"greenroom/hooks/doctor"
	"greenroom/hooks/durable"
	"greenroom/hooks/garbage"
	"greenroom/hooks/importer"
	_ "greenroom/pb_migrations"
	"greenroom/ui"
)

func main() {
	garbage.Pace()
	settings, mistake := config.Load()
	app := pocketbase.NewWithConfig(pocketbase.Config{DefaultDataDir: cli.DataDir(), DBConnect: database.Connect, DataMaxOpenConns: database.Readers, DataMaxIdleConns: database.Readers})

	settings = demo.Reach(app, settings)
	reach := durable.Reach(app.DataDir(), settings)

	hooks.Register(app, reach)
	durable.Register(app, reach, cli.Serves)
	ui.Register(app, reach)
	if automations := cli.HooksDir(app); !durable.IsCopy(app.DataDir()) {
		jsvm.MustRegister(app, jsvm.Config{HooksDir: automations, HooksWatch: true, HooksPoolSize: 4})
	}

	migratecmd.MustRegister(app, app.RootCmd, migratecmd.Config{})
	cli.Register(app, settings)
	demo.Register(app)
	clerk.RegisterCommand(app, reach)
	doctor.Register(app, settings, mistake)
	importer.Register(app, app.RootCmd, reach)

	if err := cli.Run(app, settings, mistake); err != nil {
		fmt.Fprintln(os.Stderr, "greenroom: "+err.Error())
		os.Exit(durable.ExitStatus(err))
	}
}
