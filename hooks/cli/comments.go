package cli

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"

	"greenroom/hooks/config"
	"greenroom/hooks/phrases"
	"greenroom/hooks/records"
)

const removeCommentsPath = "/api/studio/comments/remove"

// removal is the number of comments that were removed, and of verdicts, which were kept.
type removal struct {
	Removed int `json:"removed"`
	Kept    int `json:"kept"`
}

// commentsCommand is `greenroom comments remove WHO`, which deletes what one client or person wrote within a time.
func commentsCommand(app core.App, c config.Config) *cobra.Command {
	command := &cobra.Command{Use: "comments", Short: "Remove the comments of a time"}
	remove := &cobra.Command{Use: "remove WHO --from TIME [--until TIME]", Short: "Remove for good what a client, or one of a client's people, wrote within a time",
		Long: "Remove for good what a client, or one of a client's people, wrote within a time.\nWHO is their email or their id. " +
			"TIME is like 2026-11-28 14:30, on the studio's clock, or 2026-11-28T14:30:00Z. What was said with a verdict stays.",
		Example: "greenroom comments remove nora@example.com --from \"2026-11-28 09:00\" --until \"2026-11-28 11:00\"",
		Args:    one("WHO, the email or the id of who wrote them")}
	from := remove.Flags().String("from", "", "remove what was written at this time or later")
	until := remove.Flags().String("until", "", "keep what was written at this time or later (now)")
	remove.RunE = func(command *cobra.Command, args []string) error {
		start, err := timeOf(*from, c.Timezone)
		if err != nil {
			return fmt.Errorf("--from is malformed: %w", err)
		}
		end := time.Now()
		if *until != "" {
			if end, err = timeOf(*until, c.Timezone); err != nil {
				return fmt.Errorf("--until is malformed: %w", err)
			}
		}
		if !start.Before(end) {
			return errors.New("nothing was removed: --from is not before --until")
		}
		writer, err := OpenWriter(app)
		if err != nil {
			return err
		}
		author, err := FindClient(app, args[0])
		if err != nil {
			return err
		}
		what, err := writer.removeComments(command, records.Range{Author: author, From: start, Until: end})
		if err != nil {
			return err
		}
		say := fmt.Sprintf("Removed %s of %s.", phrases.Count(what.Removed, "comment"), newClient(author))
		if what.Kept > 0 {
			say += fmt.Sprintf(" Kept %s.", phrases.Count(what.Kept, "verdict"))
		}
		return answer(command, what, say)
	}
	jsonFlag(remove)
	command.AddCommand(remove)
	return command
}

// removeComments deletes the comments through the running server, which tells open pages, or directly without one.
func (w *Writer) removeComments(command *cobra.Command, r records.Range) (what removal, err error) {
	if w.server == nil {
		what.Removed, what.Kept, err = records.RemoveComments(w.app, r)
		return what, err
	}
	err = w.send(command.Context(), http.MethodPost, removeCommentsPath,
		map[string]string{"author": r.Author.Id, "from": r.From.Format(time.RFC3339Nano), "until": r.Until.Format(time.RFC3339Nano)}, &what)
	return what, err
}
