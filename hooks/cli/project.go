package cli

import (
	"fmt"

	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"

	"greenroom/hooks/config"
	"greenroom/hooks/phrases"
)

func projectCommand(app core.App, c config.Config) *cobra.Command {
	command := group("project", "Add and list projects, and show where one stands", projectList(app, c), projectShow(app, c), projectAdd(app))
	jsonFlag(command)
	return command
}

// project is a project in the output of commands.
type project struct {
	Id     string `db:"id" json:"id"`
	Title  string `db:"title" json:"title"`
	Client struct {
		Id    string `db:"id" json:"id"`
		Name  string `db:"name" json:"name"`
		Email string `db:"email" json:"email"`
	} `db:"client" json:"client"`
	ServiceType     string `db:"serviceType" json:"serviceType"`
	Status          string `db:"status" json:"status"`
	DueDate         date   `db:"dueDate" json:"dueDate"`
	MilestonesDone  int    `db:"milestonesDone" json:"milestonesDone"`
	MilestonesTotal int    `db:"milestonesTotal" json:"milestonesTotal"`

	OfArchivedClient bool `db:"ofArchivedClient" json:"-"`
}

// readProjects returns every project, sorted by due date.
func readProjects(app core.App) (projects []project, err error) {
	err = app.DB().NewQuery(`SELECT p.id, p.title, p.serviceType, p.status, p.dueDate,
		c.id AS 'client.id', c.name AS 'client.name', c.email AS 'client.email', c.archivedAt != '' AS ofArchivedClient,
		(SELECT count(*) FROM milestones m WHERE m.project = p.id AND m.status = 'DONE') AS milestonesDone,
		(SELECT count(*) FROM milestones m WHERE m.project = p.id) AS milestonesTotal
		FROM projects p JOIN clients c ON c.id = p.client
		ORDER BY p.dueDate = '', p.dueDate, p.title COLLATE NOCASE, p.id`).All(&projects)
	if err != nil {
		return nil, fmt.Errorf("the projects could not be read: %w", err)
	}
	return projects, nil
}

// clientName returns the display name of the project's client.
func (p project) clientName() string {
	if p.Client.Name == "" {
		return p.Client.Email
	}
	return p.Client.Name
}

func (p project) progress() string {
	if p.MilestonesTotal == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %s done", p.MilestonesDone, phrases.Count(p.MilestonesTotal, "milestone"))
}

// findProject finds a project by id, title or a part of the title.
func findProject(projects []project, what string) (project, error) {
	return find("project", projects, what, func(p project) named { return named{p.Id, p.Title, p.Title + " for " + p.clientName()} })
}

// openProject reads the projects and finds one.
func openProject(app core.App, what string) (project, error) {
	projects, err := readProjects(app)
	if err != nil {
		return project{}, err
	}
	return findProject(projects, what)
}

// onProject runs work for the project that the command's first argument names; work gets the other arguments.
func onProject(app core.App, work func(command *cobra.Command, writer *Writer, p project, args []string) error) func(*cobra.Command, []string) error {
	return func(command *cobra.Command, args []string) error {
		writer, err := OpenWriter(app)
		if err != nil {
			return err
		}
		p, err := openProject(app, args[0])
		if err != nil {
			return err
		}
		return work(command, writer, p, args[1:])
	}
}
