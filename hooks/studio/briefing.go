package studio

import (
	"fmt"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/config"
	"greenroom/hooks/database"
	"greenroom/hooks/integrations"
	"greenroom/hooks/people"
	"greenroom/hooks/phrases"
	"greenroom/hooks/records"
)

const (
	longestList  = 100
	nextBookings = 5
	lookBack     = 7 * 24 * time.Hour // how far back meetings without notes are listed
	excerptChars = 300
)

// Briefing is what the owner reads first each day, the most urgent first. The Studio shows it and `greenroom brief`
// prints it.
//
// Each list is read from an index over what is still open, so that its cost does not grow with the past, and has an
// upper limit.
type Briefing struct {
	Comments     []Comment             `json:"comments"`     // threads in which the client has the last word, the latest first
	Changes      []Entry               `json:"changes"`      // deliverables for which clients asked for changes
	Overdue      []Entry               `json:"overdue"`      // milestones, action items and projects that were due before today
	DueThisWeek  []Entry               `json:"dueThisWeek"`  // due today or in the six days after
	Unnoted      []Booking             `json:"unnoted"`      // meetings of the last week that have no session yet
	NextBookings []Booking             `json:"nextBookings"` // the soonest first
	Approvals    []Entry               `json:"approvals"`    // deliverables that wait for a client's approval
	Troubles     []integrations.Health `json:"troubles"`     // integrations that are configured and not well
}

// About names the project and the client to which something belongs.
type About struct {
	ProjectId    string `db:"project" json:"project"`
	ProjectTitle string `db:"projectTitle" json:"projectTitle"`
	ClientId     string `db:"client" json:"client"`
	ClientName   string `db:"clientName" json:"clientName"`
}

// Entry is a record about which there is something to do.
type Entry struct {
	Collection string        `db:"collection" json:"collection"`
	Id         string        `db:"id" json:"id"`
	Title      string        `db:"title" json:"title"`
	When       database.Time `db:"at" json:"when"`         // the due date, or the moment since which it waits
	Note       string        `db:"note" json:"note"`       // what the client wrote
	AssignedTo string        `db:"side" json:"assignedTo"` // of an action item: client or james
	About
}

// Comment is the last comment of a thread, by a client.
type Comment struct {
	Id          string        `db:"id" json:"id"`
	AuthorName  string        `db:"authorName" json:"authorName"`
	Body        string        `db:"body" json:"body"` // only the beginning
	Created     database.Time `db:"created" json:"created"`
	Thread      string        `db:"thread" json:"thread"` // sessions, milestones, goals or deliverables
	ThreadId    string        `db:"threadId" json:"threadId"`
	ThreadTitle string        `db:"threadTitle" json:"threadTitle"`
	About
}

// Booking is a meeting of the calendar.
type Booking struct {
	Id         string        `db:"id" json:"id"`
	Title      string        `db:"title" json:"title"`
	StartTime  database.Time `db:"startTime" json:"startTime"`
	EndTime    database.Time `db:"endTime" json:"endTime"`
	MeetURL    string        `db:"meetUrl" json:"meetUrl"`
	Note       string        `db:"note" json:"note"` // what the client wrote when booking
	ClientId   string        `db:"client" json:"client"`
	ClientName string        `db:"clientName" json:"clientName"`
}

// Every query ends with this condition: ongoing projects of clients who are not archived.
const (
	ongoing = " p.status IN ('ACTIVE', 'IN_REVIEW') AND c.archivedAt = ''"
	// The unary plus keeps SQLite from using the index on status, which finds most projects, instead of the one on the due
	// date.
	ongoingDue = " +p.status IN ('ACTIVE', 'IN_REVIEW') AND c.archivedAt = ''"
	about      = " p.id AS project, p.title AS projectTitle, c.id AS client, " + people.NameSQL + " AS clientName"
)

const selectUnanswered = `SELECT m.id, m.authorName, substr(m.body, 1, {:excerpt}) AS body, m.created,
	CASE WHEN m.session != '' THEN 'sessions' WHEN m.milestone != '' THEN 'milestones' WHEN m.goal != '' THEN 'goals' ELSE 'deliverables' END AS thread,
	coalesce(s.id, ms.id, g.id, d.id) AS threadId, coalesce(s.title, ms.title, g.title, d.title) AS threadTitle,` + about + `
	FROM comments m LEFT JOIN sessions s ON s.id = m.session LEFT JOIN milestones ms ON ms.id = m.milestone LEFT JOIN goals g ON g.id = m.goal
	LEFT JOIN deliverables d ON d.id = m.deliverable
	JOIN projects p ON p.id = coalesce(s.project, ms.project, g.project, d.project) JOIN clients c ON c.id = p.client
	WHERE ` + records.UnansweredSQL + ` AND` + ongoing + ` ORDER BY m.created DESC, m.id DESC LIMIT {:limit}`

// selectBriefedDeliverables selects the deliverables in a status, the oldest first. It is a format with three parameters:
// the column of the time since which they wait, the status, and a further condition.
const selectBriefedDeliverables = `SELECT 'deliverables' AS collection, d.id, d.title, d.feedback AS note, %s AS at,` + about + `
	FROM deliverables d JOIN projects p ON p.id = d.project JOIN clients c ON c.id = p.client
	WHERE d.status = '%s' AND d.client != '' AND %s AND` + ongoing + ` ORDER BY at, d.id LIMIT {:limit}`

// selectDue selects open records that are due before a day. Each part reads an index over just those, up to the limit.
// likelihood() tells SQLite how few they are; without it the planner reads all projects first.
const selectDue = `SELECT * FROM (
	SELECT * FROM (SELECT 'action_items' AS collection, a.id, a.title, a.dueDate AS at, a.assignedTo AS side,` + about + `
		FROM action_items a JOIN projects p ON p.id = a.project JOIN clients c ON c.id = p.client
		WHERE a.completedAt = '' AND a.dueDate != '' AND likelihood(a.dueDate < {:before}, 0.001) AND` + ongoing + ` ORDER BY a.dueDate LIMIT {:limit})
	UNION ALL SELECT * FROM (SELECT 'milestones', m.id, m.title, m.dueDate, '',` + about + `
		FROM milestones m JOIN projects p ON p.id = m.project JOIN clients c ON c.id = p.client
		WHERE m.status != 'DONE' AND m.dueDate != '' AND likelihood(m.dueDate < {:before}, 0.001) AND` + ongoing + ` ORDER BY m.dueDate LIMIT {:limit})
	UNION ALL SELECT * FROM (SELECT 'projects', p.id, p.title, p.dueDate, '',` + about + `
		FROM projects p JOIN clients c ON c.id = p.client
		WHERE p.client != '' AND p.dueDate != '' AND p.dueDate < {:before} AND` + ongoingDue + ` ORDER BY p.dueDate LIMIT {:limit})
	) ORDER BY at, collection, title, id LIMIT {:limit}`

const bookingColumns = `SELECT b.id, b.title, b.startTime, b.endTime, b.meetUrl, b.note, c.id AS client, ` + people.NameSQL + ` AS clientName
	FROM bookings b JOIN clients c ON c.id = b.client WHERE b.cancelledAt = '' AND c.archivedAt = '' AND `

const (
	selectNextBookings = bookingColumns + `b.startTime > {:dayAgo} AND b.endTime > {:now} ORDER BY b.startTime, b.id LIMIT {:limit}`
	selectUnnoted      = bookingColumns + `b.startTime > {:since} AND b.endTime <= {:now}
		AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.client = b.client AND s.calendarEventId = b.calendarEventId)
		ORDER BY b.startTime DESC, b.id LIMIT {:limit}`
)

// ReadBriefing returns the briefing at a moment. Due dates are compared by the studio's day.
func ReadBriefing(app core.App, c config.Config, now time.Time) (b Briefing, err error) {
	day := now.In(c.Timezone).Format(time.DateOnly)
	today, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return b, err
	}
	// A day of the studio's may end up to twelve hours after that of UTC, so one day more is read, and left out by split.
	params := dbx.Params{"limit": longestList, "excerpt": excerptChars, "before": database.Stored(today.AddDate(0, 0, 8)),
		"now": database.Stored(now), "dayAgo": database.Stored(now.Add(-24 * time.Hour)), "since": database.Stored(now.Add(-lookBack))}
	due := []Entry{}
	for _, part := range []struct {
		sql  string
		into any
	}{
		{selectUnanswered, &b.Comments},
		{fmt.Sprintf(selectBriefedDeliverables, "d.updated", "IN_PROGRESS", "d.feedback != ''"), &b.Changes},
		{fmt.Sprintf(selectBriefedDeliverables, "d.deliveredAt", "DELIVERED", "true"), &b.Approvals},
		{selectDue, &due},
		{selectUnnoted, &b.Unnoted},
		{selectNextBookings, &b.NextBookings},
	} {
		if err := app.DB().NewQuery(part.sql).Bind(params).All(part.into); err != nil {
			return b, fmt.Errorf("briefing: %w", err)
		}
	}
	b.NextBookings = b.NextBookings[:min(len(b.NextBookings), nextBookings)]
	b.Overdue, b.DueThisWeek = split(due, today, c.Timezone)
	b.Troubles, err = troubles(app, c)
	return b, err
}

// split divides what is due into overdue and coming, by the day that the Studio shows.
func split(due []Entry, today time.Time, zone *time.Location) (overdue, coming []Entry) {
	overdue, coming = []Entry{}, []Entry{}
	first, end := today.Format(time.DateOnly), today.AddDate(0, 0, 7).Format(time.DateOnly)
	for _, e := range due {
		switch day := phrases.Day(e.When.Time(), zone).Format(time.DateOnly); {
		case day < first:
			overdue = append(overdue, e)
		case day < end:
			coming = append(coming, e)
		}
	}
	return overdue, coming
}

// well are the states of an integration that need no mention.
var well = map[string]bool{"off": true, "ok": true, "waiting": true}

func troubles(app core.App, c config.Config) ([]integrations.Health, error) {
	all, err := integrations.HealthOf(app, c)
	out := []integrations.Health{}
	for _, h := range all {
		if h.Configured && (!well[h.State] || h.Troubles > 0) {
			out = append(out, h)
		}
	}
	return out, err
}
