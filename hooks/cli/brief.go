package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"

	"greenroom/hooks/config"
	"greenroom/hooks/people"
	"greenroom/hooks/phrases"
	"greenroom/hooks/studio"
)

// briefCommand prints what needs the owner today, one fact a line with the most important word first, for reading line
// by line by ear or on a braille display of forty cells.
func briefCommand(app core.App, c config.Config) *cobra.Command {
	command := &cobra.Command{Use: "brief", Short: "Say what needs you today", Args: cobra.NoArgs}
	jsonFlag(command)
	command.RunE = func(command *cobra.Command, _ []string) error {
		if err := UpToDate(app); err != nil {
			return err
		}
		now := time.Now()
		b, err := studio.ReadBriefing(app, c, now)
		if err != nil {
			return err
		}
		return answer(command, b, briefLines(b, c, now)...)
	}
	return command
}

func briefLines(b studio.Briefing, c config.Config, now time.Time) []string {
	lines := []string{now.In(c.Timezone).Format("Monday 2 January 2006")}
	part := func(heading string, said []string) {
		if len(said) > 0 {
			lines = append(append(lines, "", fmt.Sprintf("%s, %d", heading, len(said))), said...)
		}
	}
	part("Unanswered", each(b.Comments, func(m studio.Comment) string {
		return joined(m.AuthorName+": "+firstLine(m.Body), m.ThreadTitle, m.ProjectTitle)
	}))
	part("Asked to be changed", each(b.Changes, func(e studio.Entry) string {
		return joined(e.Title+": "+firstLine(e.Note), e.ClientName, e.ProjectTitle)
	}))
	part("Overdue", each(b.Overdue, func(e studio.Entry) string { return dueLine(e, c) }))
	part("Due this week", each(b.DueThisWeek, func(e studio.Entry) string { return dueLine(e, c) }))
	part("Meetings without notes", each(b.Unnoted, func(m studio.Booking) string { return meetingLine(m, c) }))
	part("Next meetings", each(b.NextBookings, func(m studio.Booking) string { return meetingLine(m, c) }))
	part("Waiting for approval", each(b.Approvals, func(e studio.Entry) string { return joined(e.Title, e.ClientName, e.ProjectTitle) }))
	var troubles []string
	for _, h := range b.Troubles {
		trouble := h.LastError
		if trouble == "" {
			trouble = phrases.Count(h.Troubles, "thing") + " to look at; greenroom doctor says more"
		}
		troubles = append(troubles, h.Title+": "+trouble)
	}
	part("In trouble", troubles)
	if len(lines) == 1 {
		lines = append(lines, "Nothing needs you today.")
	}
	return lines
}

func dueLine(e studio.Entry, c config.Config) string {
	who, project := e.ClientName, e.ProjectTitle
	switch {
	case e.AssignedTo == "james":
		who = "yours, for " + e.ClientName
	case e.AssignedTo == "client":
		who = "by " + e.ClientName
	}
	if e.Collection == "projects" { // the project's own title is in the line already
		project = ""
	}
	return joined(e.Title, due(date{e.When.DateTime}, c.Timezone), who, project)
}

func meetingLine(m studio.Booking, c config.Config) string {
	note := ""
	if m.Note != "" {
		note = "“" + firstLine(m.Note) + "”"
	}
	return joined(m.Title, m.ClientName, phrases.Moment(m.StartTime.Time(), c.Timezone), note)
}

// firstLine returns the beginning of a text without control characters.
func firstLine(text string) string {
	line, _, more := strings.Cut(strings.TrimSpace(text), "\n")
	line = people.OneLine(line, longestLine)
	if more {
		line += " …"
	}
	return line
}

// longestLine is the number of characters of a comment that the briefing prints.
const longestLine = 300

func each[T any](list []T, say func(T) string) (lines []string) {
	for _, item := range list {
		lines = append(lines, say(item))
	}
	return lines
}
