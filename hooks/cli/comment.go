package cli

import (
	"fmt"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"
)

func commentCommand(app core.App) *cobra.Command {
	command := &cobra.Command{Use: "comment PROJECT ABOUT", Short: "Write to the client about a session, a milestone, a goal or a deliverable",
		Args: two("the project", "what it is about"),
		Long: "Write to the client: from standard input or, at a terminal, in the editor that EDITOR names.\n" +
			"PROJECT is its id or a part of its title, ABOUT that of one of its sessions, milestones, goals or deliverables.",
		Example: "echo \"Mix 3 is up.\" | greenroom comment album \"second mix\""}
	jsonFlag(command)
	command.RunE = onProject(app, func(command *cobra.Command, writer *Writer, p project, args []string) error {
		about, err := findThread(app, p, args[0])
		if err != nil {
			return err
		}
		words, err := write(command, app)
		if err != nil {
			return err
		}
		saved, err := writer.Create("comments", map[string]any{about.Relation: about.Id, "body": words.text})
		if err != nil {
			return words.rescue(err)
		}
		return answer(command, map[string]string{"id": saved.Id, about.Relation: about.Id}, fmt.Sprintf("Written about %s, %s.", about.Title, p.Title))
	})
	return command
}

// thread is a record on which there can be comments.
type thread struct {
	Relation string `db:"relation"` // the field of the comment: session, milestone, goal or deliverable
	Id       string `db:"id"`
	Title    string `db:"title"`
}

func findThread(app core.App, p project, what string) (thread, error) {
	var all []thread
	err := app.DB().NewQuery(`SELECT 'milestone' AS relation, id, title FROM milestones WHERE project = {:project}
		UNION ALL SELECT 'session', id, title FROM sessions WHERE project = {:project}
		UNION ALL SELECT 'goal', id, title FROM goals WHERE project = {:project}
		UNION ALL SELECT 'deliverable', id, title FROM deliverables WHERE project = {:project}`).Bind(dbx.Params{"project": p.Id}).All(&all)
	if err != nil {
		return thread{}, fmt.Errorf("the project %q could not be read: %w", p.Title, err)
	}
	return find("thread", all, what, func(t thread) named { return named{t.Id, t.Title, "the " + t.Relation + " " + t.Title} })
}
