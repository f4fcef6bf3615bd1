package studio

import (
	"fmt"
	"strconv"

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

// maxListed is how many rows an answer has at most: more than most studios have, and no more than a second's work of a
// browser.
const maxListed = 1000

// part is which rows of a list are asked for.
type part struct{ page, perPage int }

// partOf reads page and perPage, which a request may leave out.
func partOf(e *core.RequestEvent) (part, error) {
	p := part{1, maxListed}
	for name, into := range map[string]*int{"page": &p.page, "perPage": &p.perPage} {
		given := e.Request.URL.Query().Get(name)
		if given == "" {
			continue
		}
		n, err := strconv.Atoi(given)
		if err != nil || n < 1 || n > 1_000_000 || name == "perPage" && n > maxListed {
			return part{}, e.BadRequestError(fmt.Sprintf("Ask for a page from 1 on, of 1 to %d rows.", maxListed), err)
		}
		*into = n
	}
	return p, nil
}

// sql asks for one row too many, which tells that there are more.
func (p part) sql() string {
	return fmt.Sprintf(" LIMIT %d OFFSET %d", p.perPage+1, (p.page-1)*p.perPage)
}

// listed is the answer to a list: more tells whether there is another page.
type listed[T any] struct {
	Items []T  `json:"items"`
	More  bool `json:"more"`
}

func listedOf[T any](rows []T, p part) listed[T] {
	return listed[T]{rows[:min(len(rows), p.perPage)], len(rows) > p.perPage}
}

// listProjects gives what is not finished, of clients who are not archived; or all there is.
func listProjects(e *core.RequestEvent) (any, error) {
	p, err := partOf(e)
	if err != nil {
		return nil, err
	}
	which := open
	if e.Request.URL.Query().Get("all") == "1" {
		which = "true"
	}
	rows, err := projectRows(e.App, anyComment, which, p.sql(), nil)
	return listedOf(rows, p), err
}

func projectRows(app core.App, comments, which, limit string, params dbx.Params) ([]projectRow, error) {
	rows := []projectRow{}
	if err := app.DB().NewQuery(fmt.Sprintf(selectProjects, comments, which) + limit).Bind(params).All(&rows); err != nil {
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

func listClients(e *core.RequestEvent) (any, error) {
	p, err := partOf(e)
	if err != nil {
		return nil, err
	}
	rows := []clientRow{}
	if err := e.App.DB().NewQuery(selectClients + p.sql()).All(&rows); err != nil {
		return nil, fmt.Errorf("studio: list clients: %w", err)
	}
	return listedOf(rows, p), nil
}
