package cli

import (
	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"

	"greenroom/hooks/config"
)

func projectList(app core.App, c config.Config) *cobra.Command {
	command := &cobra.Command{Use: "list", Short: "List the projects that go on, one a line", Args: cobra.NoArgs,
		Long: "List the projects that go on, one a line: those that are not completed, of clients who are not archived."}
	all := command.Flags().Bool("all", false, "completed ones and those of archived clients too")
	who := command.Flags().String("client", "", "only those of one client, by email or id")
	command.RunE = func(command *cobra.Command, _ []string) error {
		if err := UpToDate(app); err != nil {
			return err
		}
		clientId := ""
		if command.Flags().Changed("client") {
			client, err := FindClient(app, *who)
			if err != nil {
				return err
			}
			clientId = client.Id
		}
		every, err := readProjects(app)
		if err != nil {
			return err
		}
		projects, lines := []project{}, []string{}
		for _, p := range every {
			if clientId != "" && p.Client.Id != clientId {
				continue
			}
			// An owner who names a client wants their projects, archived or not.
			goesOn := p.Status != "COMPLETED" && (clientId != "" || !p.OfArchivedClient)
			if *all || goesOn {
				projects = append(projects, p)
				lines = append(lines, joined(p.Title, p.clientName(), words(p.ServiceType), words(p.Status), due(p.DueDate, c.Timezone), p.progress()))
			}
		}
		if len(lines) == 0 {
			lines = []string{"No projects to list."}
		}
		return answer(command, projects, lines...)
	}
	return command
}
