package cli

import (
	"fmt"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
	"github.com/spf13/cobra"
)

func clientArchive(app core.App) *cobra.Command {
	return archiving(app, "archive", "End a client's sign-ins and take them out of the lists; all that is theirs is kept", true,
		"Archived %s. Their sign-ins have ended.", "%s was archived already.")
}

func clientRestore(app core.App) *cobra.Command {
	return archiving(app, "restore", "Let an archived client sign in again", false,
		"Restored %s. They can sign in again.", "%s is not archived.")
}

func archiving(app core.App, name, short string, archived bool, done, already string) *cobra.Command {
	command := &cobra.Command{Use: name + " WHO", Short: short, Long: short + ".\nWHO is their email or their id.", Args: one("WHO, the client's email or id")}
	command.RunE = onClient(app, func(command *cobra.Command, writer *Writer, record *core.Record) error {
		c := newClient(record)
		if c.archived() == archived {
			return answer(command, c, fmt.Sprintf(already, c))
		}
		archivedAt := types.DateTime{}
		if archived {
			archivedAt = types.NowDateTime()
		}
		changed, err := writer.Update("clients", c.Id, map[string]any{"archivedAt": archivedAt})
		if err != nil {
			return err
		}
		return answer(command, newClient(changed), fmt.Sprintf(done, c))
	})
	return command
}
