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

// projectRow is a project in the Studio's table.
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
	Unanswered      int           `db:"unanswered" json:"unanswered"` // threads in which the client has the last word
	Updated         database.Time `db:"updated" json:"updated"`
}

// The unanswered threads are found by an index of their own, so the cost grows with what is unanswered and not with all
// comments.
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

// maxListed is the most rows of one answer: more than most studios have, and no more than a browser shows in a second.
const maxListed = 1000

// part is the page of a list that is requested.
type part struct{ page, perPage int }

// partOf parses the query parameters page and perPage; both are optional.
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

// sql returns LIMIT and OFFSET with one row too many, which shows that there are more.
func (p part) sql() string {
	return fmt.Sprintf(" LIMIT %d OFFSET %d", p.perPage+1, (p.page-1)*p.perPage)
}

// listed is the answer of a list. More tells whether there is another page.
type listed[T any] struct {
	Items []T  `json:"items"`
	More  bool `json:"more"`
}

func listedOf[T any](rows []T, p part) listed[T] {
	return listed[T]{rows[:min(len(rows), p.perPage)], len(rows) > p.perPage}
}

// listProjects returns the unfinished projects of clients who are not archived; with ?all=1 all projects.
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

// clientRow is a client in the Studio's table.
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

// This has to agree with people.Joined.
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
