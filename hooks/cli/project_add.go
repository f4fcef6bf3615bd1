package cli

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"

	"greenroom/hooks/studio"
	"greenroom/pb_migrations"
)

func projectAdd(app core.App) *cobra.Command {
	command := &cobra.Command{Use: "add CLIENT TITLE", Short: "Add a project for a client", Args: two("the client's email or id", "the new project's title"),
		Example: "greenroom project add nora@example.com \"Live album\" --service audio --due 2026-12-24"}
	services := strings.ToLower(strings.Join(pb_migrations.ServiceTypes, ", "))
	service := command.Flags().String("service", "", "which service it is: "+services)
	template := command.Flags().Bool("template", false, "with the milestones that such a project usually has")
	due := dayFlag(command, "due", "the day by which it is due, such as 2026-12-24")
	command.RunE = func(command *cobra.Command, args []string) error {
		if !slices.Contains(pb_migrations.ServiceTypes, strings.ToUpper(*service)) {
			return errors.New("--service says which service it is: " + services)
		}
		writer, err := OpenWriter(app)
		if err != nil {
			return err
		}
		client, err := FindClient(app, args[0])
		if err != nil {
			return err
		}
		wanted := studio.NewProject{Client: client.Id, Title: strings.TrimSpace(args[1]), ServiceType: strings.ToUpper(*service), DueDate: due.String()}
		if *template {
			wanted.Milestones = studio.Templates[wanted.ServiceType]
		}
		saved, err := writer.addProject(wanted)
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

// addProject makes a project and its milestones in one change.
func (w *Writer) addProject(wanted studio.NewProject) (*core.Record, error) {
	if w.server != nil {
		return w.ask(http.MethodPost, "projects", "/api/studio/projects", wanted)
	}
	record, err := studio.AddProject(w.app, wanted)
	if err != nil {
		return nil, refusal("Failed to create record", err)
	}
	return record, nil
}
