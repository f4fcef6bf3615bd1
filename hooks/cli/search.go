package cli

import (
	"errors"
	"fmt"
	"html"
	"strings"

	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"

	"greenroom/hooks/config"
	"greenroom/hooks/phrases"
	"greenroom/hooks/search"
	"greenroom/pb_migrations"
)

func searchCommand(app core.App, c config.Config) *cobra.Command {
	command := &cobra.Command{Use: "search WORDS", Short: "Find words in projects, notes, comments and file names",
		Long:    "Find words in projects, notes, comments and file names, the latest first.\nA word also finds those that begin with it; a phrase in quotes is found as it stands.",
		Example: "greenroom search snare\ngreenroom search '\"snare is late\"' album"}
	rebuild := command.Flags().Bool("rebuild", false, "make the index of words anew, which the doctor asks for where it is wrong")
	command.Args = func(_ *cobra.Command, args []string) error {
		if !*rebuild && len([]rune(strings.TrimSpace(strings.Join(args, " ")))) < 2 {
			return errors.New("say what to look for: at least two letters")
		}
		return nil
	}
	jsonFlag(command)
	command.RunE = func(command *cobra.Command, args []string) error {
		if err := UpToDate(app); err != nil {
			return err
		}
		if *rebuild {
			if err := app.RunInTransaction(func(tx core.App) error { return pb_migrations.RebuildSearch(tx.DB()) }); err != nil {
				return fmt.Errorf("the index of words could not be made anew: %w", err)
			}
			return answer(command, map[string]any{"rebuilt": true}, "The index of words was made anew.")
		}
		items, err := search.Find(command.Context(), app, strings.Join(args, " "), "")
		if err != nil {
			return err
		}
		lines := []string{phrases.Count(len(items), "result") + " for " + strings.Join(args, " ")}
		for _, i := range items {
			excerpt := html.UnescapeString(strings.NewReplacer("<mark>", "", "</mark>", "").Replace(i.Excerpt))
			if excerpt == i.Title {
				excerpt = ""
			}
			lines = append(lines, joined(i.ProjectTitle, kinds[i.Collection]+" "+i.Title, phrases.Moment(i.At.Time(), c.Timezone), excerpt))
		}
		return answer(command, map[string]any{"items": items}, lines...)
	}
	return command
}

// kinds are the names of the collections in the output.
var kinds = map[string]string{"projects": "project", "milestones": "milestone", "sessions": "session", "goals": "goal", "deliverables": "deliverable",
	"action_items": "action item", "attachments": "file", "comments": "comment on"}
