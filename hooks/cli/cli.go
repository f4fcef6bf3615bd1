// Package cli is what the owner can do from the command line. Every command prints plain text that reads well line by
// line, or JSON with --json, and exits with 1 when it failed.
//
// Commands read straight from the database. What they change goes through the server where one runs, so that it tells
// its live clients, and straight into the database where none does: see Writer.
package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/pocketbase/pocketbase"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/config"
	"greenroom/hooks/durable"
)

// Version is the release; the build sets it.
var Version = "dev"

// WithoutData marks commands that run before there is a data directory, and do not make one.
const WithoutData = "withoutData"

// AnyConfig marks commands that run in spite of a mistake in the configuration.
const AnyConfig = "anyConfig"

// DataDir is where the data lies unless --dir says: beside the binary, from whatever folder it is called. A binary in
// the temporary folder is one that `go run` made; for that PocketBase decides.
func DataDir() string {
	binary, err := os.Executable()
	if err != nil || strings.HasPrefix(binary, os.TempDir()) {
		return ""
	}
	return filepath.Join(filepath.Dir(binary), "pb_data")
}

// HooksDir adds the flag that says where the owner's own automations are, and reads it.
func HooksDir(app *pocketbase.PocketBase) string {
	var dir string
	app.RootCmd.PersistentFlags().StringVar(&dir, "hooksDir", "", "the directory with the owner's *.pb.js automations (pb_hooks beside the data directory)")
	_ = app.RootCmd.ParseFlags(os.Args[1:]) // mistakes are said when the command runs
	return dir
}

// Register adds the commands, and lets the server be reached by those that change something.
func Register(app *pocketbase.PocketBase, c config.Config) {
	root := app.RootCmd
	root.Short = "Greenroom, a client portal in one binary"
	root.Version = Version
	root.SilenceUsage = true
	root.DisableSuggestions = true // a mistake is one sentence
	root.FParseErrWhitelist.UnknownFlags = false
	inside := durable.Reach(app.DataDir(), c)
	root.AddCommand(versionCommand(), healthCommand(app, c), briefCommand(app, c), noteCommand(app, c), commentCommand(app), commentsCommand(app, c), milestoneCommand(app), deliverCommand(app), marksCommand(app),
		clientCommand(app, inside), peopleCommand(app, inside), projectCommand(app, c), calendarCommand(app, inside), searchCommand(app, c), invoiceCommand(app, c),
		secondFactorCommand(app, inside), backupCommand(app), restoreCommand(app, c))
	keepPrivate(app)
	answerCommands(app)
	announceStart(app, c)
}

// Run starts what the command line asks for.
func Run(app *pocketbase.PocketBase, c config.Config, mistake error) (err error) {
	defer func() { err = errors.Join(err, durable.GiveBack(app.DataDir())) }()
	command, _, err := app.RootCmd.Find(os.Args[1:])
	if err != nil { // PocketBase's own commands join at the start
		command = app.RootCmd
	}
	if mistake != nil && command.Annotations[AnyConfig] == "" && !asksForHelp() {
		return mistake
	}
	if command.Annotations[WithoutData] != "" {
		return app.RootCmd.Execute()
	}
	return app.Start()
}

func asksForHelp() bool {
	for _, arg := range os.Args[1:] {
		if arg == "--help" || arg == "-h" || arg == "--version" || arg == "-v" {
			return true
		}
	}
	return len(os.Args) == 1
}

// keepPrivate makes a new data directory for its owner alone; PocketBase would let every user of the machine read it.
func keepPrivate(app core.App) {
	app.OnBootstrap().BindFunc(func(e *core.BootstrapEvent) error {
		if err := os.MkdirAll(app.DataDir(), 0o700); err != nil {
			return fmt.Errorf("the data directory cannot be made: %w", err)
		}
		return e.Next()
	})
}

// announceStart says once, when the server starts, which features are off.
func announceStart(app core.App, c config.Config) {
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		if off := c.Off(); len(off) > 0 {
			e.App.Logger().Info("Off, because not configured: " + strings.Join(off, ", ") + ".")
			fmt.Println("Off, because not configured: " + strings.Join(off, ", ") + ".")
		}
		return e.Next()
	})
}
