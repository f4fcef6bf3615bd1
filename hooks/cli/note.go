package cli

import (
	"fmt"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"

	"greenroom/hooks/config"
	"greenroom/hooks/phrases"
)

func noteCommand(app core.App, c config.Config) *cobra.Command {
	command := &cobra.Command{Use: "note PROJECT", Short: "Write the notes of a session", Args: one("the project's id or a part of its title"),
		Long:    "Write the notes of a session: from standard input or, at a terminal, in the editor that EDITOR names.\nPROJECT is its id or a part of its title.",
		Example: "greenroom note album --title \"Mix review\" --minutes 45 < notes.md"}
	title := command.Flags().String("title", "Session", "what the session was")
	minutes := command.Flags().Int("minutes", 0, "how long it was")
	event := command.Flags().String("event", "", "the calendarEventId of its meeting, from which it takes its duration")
	jsonFlag(command)
	command.RunE = onProject(app, func(command *cobra.Command, writer *Writer, p project, args []string) error {
		notes, err := write(command, app)
		if err != nil {
			return err
		}
		saved, err := writer.Create("sessions", map[string]any{"project": p.Id, "title": *title, "notes": notes.text,
			"date": time.Now().UTC(), "durationMin": *minutes, "calendarEventId": *event})
		if err != nil {
			return notes.rescue(err)
		}
		s := session{Id: saved.Id, Title: saved.GetString("title"), Date: date{saved.GetDateTime("date")}}
		return answer(command, s, fmt.Sprintf("Saved the notes of %s, %s, %s.", s.Title, phrases.Moment(s.Date.Time(), c.Timezone), p.Title))
	})
	return command
}
