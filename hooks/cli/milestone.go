package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"
)

func milestoneCommand(app core.App) *cobra.Command {
	command := group("milestone", "Move a project's milestones",
		milestoneStatus(app, "done", "Mark a milestone as done", "DONE"),
		milestoneStatus(app, "start", "Mark a milestone as the one that is worked on", "ACTIVE"),
		milestoneStatus(app, "reopen", "Mark a milestone as still to do", "TODO"),
		milestoneAdd(app))
	jsonFlag(command)
	return command
}

func milestoneStatus(app core.App, name, short, status string) *cobra.Command {
	return &cobra.Command{Use: name + " PROJECT MILESTONE", Short: short, Args: two("the project", "the milestone"),
		Long: short + ".\nPROJECT and MILESTONE are each an id or a part of a title.",
		RunE: onProject(app, func(command *cobra.Command, writer *Writer, p project, args []string) error {
			var all []milestone
			err := app.DB().NewQuery("SELECT id, title, status, dueDate FROM milestones WHERE project = {:project} ORDER BY sortOrder, created, id").
				Bind(dbx.Params{"project": p.Id}).All(&all)
			if err != nil {
				return fmt.Errorf("the milestones of %q could not be read: %w", p.Title, err)
			}
			m, err := find("milestone", all, args[0], func(m milestone) named { return named{m.Id, m.Title, m.Title} })
			if err != nil {
				return err
			}
			if m.Status == status {
				return answer(command, m, fmt.Sprintf("%s is %s already.", m.Title, words(status)))
			}
			if _, err := writer.Update("milestones", m.Id, map[string]any{"status": status}); err != nil {
				return err
			}
			m.Status = status
			return answer(command, m, fmt.Sprintf("%s is %s, %s.", m.Title, words(status), p.Title))
		})}
}

func milestoneAdd(app core.App) *cobra.Command {
	command := &cobra.Command{Use: "add PROJECT TITLE", Short: "Add a milestone at the end of a project's", Args: two("the project", "the new milestone's title")}
	due := dayFlag(command, "due", "the day by which it is due, such as 2026-12-24")
	command.RunE = onProject(app, func(command *cobra.Command, writer *Writer, p project, args []string) error {
		var last int
		err := app.DB().NewQuery("SELECT coalesce(max(sortOrder), 0) FROM milestones WHERE project = {:project}").Bind(dbx.Params{"project": p.Id}).Row(&last)
		if err != nil {
			return fmt.Errorf("the milestones of %q could not be read: %w", p.Title, err)
		}
		title := strings.TrimSpace(args[0])
		if title == "" {
			return errors.New("the milestone needs a title")
		}
		saved, err := writer.Create("milestones", map[string]any{"project": p.Id, "title": title, "sortOrder": last + 1, "dueDate": due.String()})
		if err != nil {
			return err
		}
		m := milestone{saved.Id, saved.GetString("title"), saved.GetString("status"), date{saved.GetDateTime("dueDate")}}
		return answer(command, m, fmt.Sprintf("Added %s to %s.", m.Title, p.Title))
	})
	return command
}
