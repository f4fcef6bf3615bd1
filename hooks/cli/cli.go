// Package cli has the owner's commands. Every command prints plain text that can be read line by line, or JSON with
// --json, and exits with 1 if it failed.
//
// Commands read the database directly. A change goes through the running server, so that its live connections are told;
// without a server it is written to the database. See Writer.
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

// Version is the version of the release, which the build sets.
var Version = "dev"

// WithoutData is the annotation of commands that need no data directory and do not make one.
const WithoutData = "withoutData"

// AnyConfig is the annotation of commands that run even if the configuration is wrong.
const AnyConfig = "anyConfig"

// DataDir returns the default data directory: beside the binary, wherever it is called from. For a binary in the
// temporary folder, as `go run` makes it, it returns "" and PocketBase decides.
func DataDir() string {
	binary, err := os.Executable()
	if err != nil || strings.HasPrefix(binary, os.TempDir()) {
		return ""
	}
	return filepath.Join(filepath.Dir(binary), "pb_data")
}

// HooksDir adds the flag for the directory of the owner's automations, and returns its value.
func HooksDir(app *pocketbase.PocketBase) string {
	var dir string
	app.RootCmd.PersistentFlags().StringVar(&dir, "hooksDir", "", "the directory with the owner's *.pb.js automations (pb_hooks beside the data directory)")
	_ = app.RootCmd.ParseFlags(os.Args[1:]) // errors are reported when the command runs
	return dir
}

// Register adds the commands, and opens the socket by which they reach the server.
func Register(app *pocketbase.PocketBase, c config.Config) {
	root := app.RootCmd
	root.Short = "Greenroom, a client portal in one binary"
	root.Version = Version
	root.SilenceUsage = true
	root.DisableSuggestions = true // an error is then a single sentence
	root.FParseErrWhitelist.UnknownFlags = false
	inside := durable.Reach(app.DataDir(), c)
	root.AddCommand(versionCommand(), healthCommand(app, c), briefCommand(app, c), noteCommand(app, c), commentCommand(app), commentsCommand(app, c), milestoneCommand(app), deliverCommand(app), marksCommand(app),
		clientCommand(app, inside), peopleCommand(app, inside), projectCommand(app, c), calendarCommand(app, inside), searchCommand(app, c), invoiceCommand(app, c),
		secondFactorCommand(app, inside), backupCommand(app), restoreCommand(app, c))
	makePrivate(app)
	answerCommands(app)
	announceStart(app, c)
}

// Run executes the command line.
func Run(app *pocketbase.PocketBase, c config.Config, mistake error) (err error) {
	defer func() { err = errors.Join(err, durable.RestoreOwner(app.DataDir())) }()
	command, _, err := app.RootCmd.Find(os.Args[1:])
	if err != nil { // PocketBase adds its own commands when it starts
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

// makePrivate makes a new data directory readable by its owner alone; PocketBase would let every user of the machine
// read it.
func makePrivate(app core.App) {
	app.OnBootstrap().BindFunc(func(e *core.BootstrapEvent) error {
		if err := os.MkdirAll(app.DataDir(), 0o700); err != nil {
			return fmt.Errorf("the data directory cannot be made: %w", err)
		}
		return e.Next()
	})
}

// announceStart logs which services are off when the server starts.
func announceStart(app core.App, c config.Config) {
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		if off := c.Off(); len(off) > 0 {
			e.App.Logger().Info("Off, because not configured: " + strings.Join(off, ", ") + ".")
			fmt.Println("Off, because not configured: " + strings.Join(off, ", ") + ".")
		}
		return e.Next()
	})
}
