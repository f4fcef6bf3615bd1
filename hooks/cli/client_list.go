package cli

import (
	"fmt"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"
)

func clientList(app core.App) *cobra.Command {
	command := &cobra.Command{Use: "list", Short: "List the clients, one a line", Args: cobra.NoArgs}
	all := command.Flags().Bool("all", false, "archived ones too")
	command.RunE = func(command *cobra.Command, _ []string) error {
		if err := UpToDate(app); err != nil {
			return err
		}
		query := app.RecordQuery("clients").AndWhere(dbx.HashExp{"account": ""}).OrderBy("lower(name)", "lower(email)")
		if !*all {
			query.AndWhere(dbx.HashExp{"archivedAt": ""})
		}
		var records []*core.Record
		if err := query.All(&records); err != nil {
			return fmt.Errorf("the clients could not be read: %w", err)
		}
		clients, lines := []client{}, []string{}
		for _, record := range records {
			c := newClient(record)
			clients, lines = append(clients, c), append(lines, c.line())
		}
		if len(lines) == 0 {
			lines = []string{"No clients to list."}
		}
		return answer(command, clients, lines...)
	}
	return command
}
