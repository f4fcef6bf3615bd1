package cli

import (
	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"
	"greenroom/hooks/config"
)

func clientCommand(app core.App) *cobra.Command { return &cobra.Command{Use: "client"} }
func projectCommand(app core.App, c config.Config) *cobra.Command {
	return &cobra.Command{Use: "project"}
}
