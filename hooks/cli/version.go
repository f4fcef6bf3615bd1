package cli

import (
	"runtime/debug"

	"github.com/spf13/cobra"
)

func versionCommand() *cobra.Command {
	command := &cobra.Command{Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		Annotations: map[string]string{WithoutData: "yes", AnyConfig: "yes"}}
	jsonFlag(command)
	command.RunE = func(command *cobra.Command, _ []string) error {
		return answer(command, map[string]string{"version": Version, "pocketbase": pocketBaseVersion()},
			"greenroom "+Version+" (PocketBase "+pocketBaseVersion()+")")
	}
	return command
}

// pocketBaseVersion returns the version of PocketBase in this binary.
func pocketBaseVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			if module.Path == "github.com/pocketbase/pocketbase" {
				return module.Version
			}
		}
	}
	return "unknown"
}
