package studio

import (
	"fmt"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/database"
	"greenroom/hooks/people"
	"greenroom/hooks/records"
)

// projectRow is a project in a table.
type projectRow struct {
	Id              string        `db:"id" json:"id"`
	Title           string        `db:"title" json:"title"`
	ServiceType     string        `db:"serviceType" json:"serviceType"`
	Status          string        `db:"status" json:"status"`
	DueDate         database.Time `db:"dueDate" json:"dueDate"`
	ClientId        string        `db:"client" json:"client"`
	ClientName      string        `db:"clientName" json:"clientName"`
	MilestonesDone  int           `db:"milestonesDone" json:"milestonesDone"`
	MilestonesTotal int           `db:"milestonesTotal" json:"milestonesTotal"`
	Unanswered      int           `db:"unanswered" json:"unanswered"` // threads in which the client had the last word
	Updated         database.Time `db:"updated" json:"updated"`
}

// The unanswered threads have an index of just that, so the answer costs what there is to answer, not what was ever
// said.
const selectProjects = `WITH unanswered AS (
		SELECT coalesce(s.project, ms.project, g.project, d.project) AS project, count(*) AS n FROM comments m
		LEFT JOIN sessions s ON s.id = m.session LEFT JOIN milestones ms ON ms.id = m.milestone LEFT JOIN goals g ON g.id = m.goal
		LEFT JOIN deliverables d ON d.id = m.deliverable
		WHERE ` + records.UnansweredSQL + ` AND %s GROUP BY 1)
	SELECT p.id, p.title, p.serviceType, p.status, p.dueDate, p.client, ` + people.NameSQL + ` AS clientName, p.updated,
		(SELECT count(*) FROM milestones m WHERE m.project = p.id) AS milestonesTotal,
		(SELECT count(*) FROM milestones m WHERE m.project = p.id AND m.status = 'DONE') AS milestonesDone,
		coalesce(u.n, 0) AS unanswered
	FROM projects p JOIN clients c ON c.id = p.client LEFT JOIN unanswered u ON u.project = p.id
	WHERE %s ORDER BY p.dueDate = '', p.dueDate, p.title, p.id`

const (
	anyComment = "true"
	open       = "p.client != '' AND p.status IN ('ACTIVE', 'IN_REVIEW', 'ON_HOLD') AND c.archivedAt = ''"
)

// listProjects gives what is not finished, of clients who are not archived; or all there is.
func listProjects(app core.App, all bool) ([]projectRow, error) {
	which := open
	if all {
		which = "true"
	}
	return projectRows(app, anyComment, which, nil)
}

func projectRows(app core.App, comments, which string, params dbx.Params) ([]projectRow, error) {
	rows := []projectRow{}
	if err := app.DB().NewQuery(fmt.Sprintf(selectProjects, comments, which)).Bind(params).All(&rows); err != nil {
		return nil, fmt.Errorf("studio: list projects: %w", err)
	}
	return rows, nil
}

// clientRow is a client in a table.
type clientRow struct {
	Id             string        `db:"id" json:"id"`
	Name           string        `db:"name" json:"name"`
	Email          string        `db:"email" json:"email"`
	Company        string        `db:"company" json:"company"`
	ArchivedAt     database.Time `db:"archivedAt" json:"archivedAt"`
	Joined         bool          `db:"joined" json:"joined"`
	InvitedAt      database.Time `db:"invitedAt" json:"invitedAt"`
	ActiveProjects int           `db:"activeProjects" json:"activeProjects"`
}

// people.Joined tells who has joined.
const selectClients = `SELECT c.id, c.name, c.email, c.company, c.archivedAt, c.invitedAt, c.clerkId != '' OR c.verified AS joined,
	(SELECT count(*) FROM projects p WHERE p.client = c.id AND p.status = 'ACTIVE') AS activeProjects
	FROM clients c WHERE c.account = '' ORDER BY lower(` + people.NameSQL + `), c.id`

func listClients(app core.App) ([]clientRow, error) {
	rows := []clientRow{}
	if err := app.DB().NewQuery(selectClients).All(&rows); err != nil {
		return nil, fmt.Errorf("studio: list clients: %w", err)
	}
	return rows, nil
}
