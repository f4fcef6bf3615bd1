package cli

import (
	"fmt"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
	"github.com/spf13/cobra"

	"greenroom/hooks/config"
	"greenroom/hooks/phrases"
	"greenroom/hooks/records"
)

func projectShow(app core.App, c config.Config) *cobra.Command {
	command := &cobra.Command{Use: "show PROJECT", Short: "Show where a project stands", Args: one("the project's id or a part of its title"),
		Long: "Show where a project stands.\nPROJECT is its id or a part of its title."}
	command.RunE = func(command *cobra.Command, args []string) error {
		if err := UpToDate(app); err != nil {
			return err
		}
		projects, err := readProjects(app)
		if err != nil {
			return err
		}
		p, err := findProject(projects, args[0])
		if err != nil {
			return err
		}
		standing, err := readStanding(app, p, time.Now())
		if err != nil {
			return fmt.Errorf("the project %q could not be read: %w", p.Title, err)
		}
		return answer(command, standing, standing.lines(c)...)
	}
	return command
}

// standing is the state of a project.
type standing struct {
	project
	Milestones      []milestone   `json:"milestones"`
	Deliverables    []deliverable `json:"deliverables"`
	OpenActionItems []actionItem  `json:"openActionItems"`
	LastSession     *session      `json:"lastSession"`
	Unanswered      int           `json:"unanswered"` // threads in which the client has the last word
}

type milestone struct {
	Id      string `db:"id" json:"id"`
	Title   string `db:"title" json:"title"`
	Status  string `db:"status" json:"status"`
	DueDate date   `db:"dueDate" json:"dueDate"`
}

type deliverable struct {
	Id     string `db:"id" json:"id"`
	Title  string `db:"title" json:"title"`
	Status string `db:"status" json:"status"`
}

type actionItem struct {
	Id         string `db:"id" json:"id"`
	Title      string `db:"title" json:"title"`
	AssignedTo string `db:"assignedTo" json:"assignedTo"`
	DueDate    date   `db:"dueDate" json:"dueDate"`
}

type session struct {
	Id    string `db:"id" json:"id"`
	Title string `db:"title" json:"title"`
	Date  date   `db:"date" json:"date"`
}

// countUnanswered counts threads, like the Studio.
const countUnanswered = "SELECT count(*) FROM comments m WHERE " + records.UnansweredSQL + `
	AND (m.session IN (SELECT id FROM sessions WHERE project = {:project})
		OR m.milestone IN (SELECT id FROM milestones WHERE project = {:project})
		OR m.goal IN (SELECT id FROM goals WHERE project = {:project})
		OR m.deliverable IN (SELECT id FROM deliverables WHERE project = {:project}))`

func readStanding(app core.App, p project, now time.Time) (standing, error) {
	s := standing{project: p}
	var sessions []session
	for _, part := range []struct {
		sql  string
		into any
	}{
		{"SELECT id, title, status, dueDate FROM milestones WHERE project = {:project} ORDER BY sortOrder, created, id", &s.Milestones},
		{"SELECT id, title, status FROM deliverables WHERE project = {:project} ORDER BY created, id", &s.Deliverables},
		{"SELECT id, title, assignedTo, dueDate FROM action_items WHERE project = {:project} AND completedAt = ''" +
			" ORDER BY assignedTo, dueDate = '', dueDate, created, id", &s.OpenActionItems},
		{"SELECT id, title, date FROM sessions WHERE project = {:project} AND date <= {:now} ORDER BY date DESC, created DESC, id LIMIT 1", &sessions},
	} {
		params := dbx.Params{"project": p.Id, "now": now.UTC().Format(types.DefaultDateLayout)}
		if err := app.DB().NewQuery(part.sql).Bind(params).All(part.into); err != nil { // an empty list, never nil
			return s, err
		}
	}
	if len(sessions) > 0 {
		s.LastSession = &sessions[0]
	}
	return s, app.DB().NewQuery(countUnanswered).Bind(dbx.Params{"project": p.Id}).Row(&s.Unanswered)
}

// lines prints each fact on a line that can be understood alone.
func (s standing) lines(c config.Config) []string {
	lines := []string{
		joined(s.Title, words(s.ServiceType), words(s.Status), due(s.DueDate, c.Timezone)),
		"Client: " + joined(s.Client.Name, s.Client.Email),
	}
	for _, m := range s.Milestones {
		lines = append(lines, joined("Milestone "+words(m.Status)+": "+m.Title, due(m.DueDate, c.Timezone)))
	}
	for _, d := range s.Deliverables {
		lines = append(lines, "Deliverable "+words(d.Status)+": "+d.Title)
	}
	for _, a := range s.OpenActionItems {
		side := s.clientName()
		if a.AssignedTo == "james" {
			side = c.Owner
		}
		lines = append(lines, joined("To do by "+side+": "+a.Title, due(a.DueDate, c.Timezone)))
	}
	if s.LastSession != nil {
		lines = append(lines, "Last session: "+phrases.Moment(s.LastSession.Date.Time(), c.Timezone)+": "+s.LastSession.Title)
	}
	if s.Unanswered > 0 {
		lines = append(lines, "Unanswered: "+phrases.Count(s.Unanswered, "thread"))
	}
	return lines
}
