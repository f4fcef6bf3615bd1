// Package cli is what the owner can do from the command line. Every command prints plain text that reads well line by
// line, or JSON with --json, and exits with 1 when it failed.
package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/pocketbase/pocketbase"
	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"

	"greenroom/hooks/config"
)

// Version is the release; the build sets it.
var Version = "dev"

// withoutData marks commands that need no data directory, and that a mistake in the configuration does not stop.
const withoutData = "withoutData"

// AnyConfig marks commands that run in spite of a mistake in the configuration.
const AnyConfig = "anyConfig"

// HooksDir adds the flag that says where the owner's own automations are, and reads it.
func HooksDir(app *pocketbase.PocketBase) string {
	var dir string
	app.RootCmd.PersistentFlags().StringVar(&dir, "hooksDir", "", "the directory with the owner's *.pb.js automations (pb_hooks beside the data directory)")
	_ = app.RootCmd.ParseFlags(os.Args[1:]) // mistakes are said when the command runs
	return dir
}

// Register adds the commands.
func Register(app *pocketbase.PocketBase, c config.Config) {
	app.RootCmd.Short = "Greenroom, a client portal in one binary"
	app.RootCmd.Version = Version
	app.RootCmd.AddCommand(versionCommand(), clientCommand(app), projectCommand(app, c))
	announceStart(app, c)
}

// Run starts what the command line asks for.
func Run(app *pocketbase.PocketBase, c config.Config, mistake error) error {
	command, _, err := app.RootCmd.Find(os.Args[1:])
	if err != nil { // PocketBase's own commands join at the start
		command = app.RootCmd
	}
	if command.Annotations[withoutData] != "" {
		return app.RootCmd.Execute()
	}
	if mistake != nil && command.Annotations[AnyConfig] == "" && !asksForHelp() {
		return mistake
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

// announceStart says once, when the server starts, which features are off and where mail goes.
func announceStart(app core.App, c config.Config) {
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		if off := c.Off(); len(off) > 0 {
			e.App.Logger().Info("Off, because not configured: " + strings.Join(off, ", ") + ".")
			fmt.Println("Off, because not configured: " + strings.Join(off, ", ") + ".")
		}
		return e.Next()
	})
}

func versionCommand() *cobra.Command {
	command := &cobra.Command{Use: "version", Short: "Print the version", Args: cobra.NoArgs, Annotations: map[string]string{withoutData: "yes"}}
	asJSON := jsonFlag(command)
	command.RunE = func(command *cobra.Command, _ []string) error {
		return Print(command.OutOrStdout(), *asJSON, map[string]string{"version": Version, "pocketbase": pocketBaseVersion()},
			"greenroom "+Version+" (PocketBase "+pocketBaseVersion()+")")
	}
	return command
}

func jsonFlag(command *cobra.Command) *bool {
	return command.PersistentFlags().Bool("json", false, "print JSON for programs")
}

// Print writes what a command has to say: lines for people, or value as JSON.
func Print(out io.Writer, asJSON bool, value any, lines ...string) error {
	if asJSON {
		encoder := json.NewEncoder(out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(value)
	}
	for _, line := range lines {
		if _, err := fmt.Fprintln(out, line); err != nil {
			return err
		}
	}
	return nil
}
