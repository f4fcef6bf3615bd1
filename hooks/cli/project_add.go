package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"

	"greenroom/pb_migrations"
)

func projectAdd(app core.App) *cobra.Command {
	command := &cobra.Command{Use: "add CLIENT TITLE", Short: "Add a project for a client", Args: two("the client's email or id", "the new project's title"),
		Example: "greenroom project add nora@example.com \"Live album\" --service audio --due 2026-12-24"}
	services := strings.ToLower(strings.Join(pb_migrations.ServiceTypes, ", "))
	service := command.Flags().String("service", "", "which service it is: "+services)
	due := dayFlag(command, "due", "the day by which it is due, such as 2026-12-24")
	command.RunE = func(command *cobra.Command, args []string) error {
		if !slices.Contains(pb_migrations.ServiceTypes, strings.ToUpper(*service)) {
			return errors.New("--service says which service it is: " + services)
		}
		studio, err := OpenStudio(app)
		if err != nil {
			return err
		}
		client, err := FindClient(app, args[0])
		if err != nil {
			return err
		}
		saved, err := studio.Create("projects", map[string]any{"client": client.Id, "title": strings.TrimSpace(args[1]),
			"serviceType": strings.ToUpper(*service), "dueDate": due.String()})
		if err != nil {
			return err
		}
		p, err := openProject(app, saved.Id)
		if err != nil {
			return err
		}
		return answer(command, p, fmt.Sprintf("Added %s for %s.", p.Title, p.clientName()))
	}
	return command
}
