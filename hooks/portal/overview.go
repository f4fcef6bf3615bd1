package portal

import (
	"strconv"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/database"
	"greenroom/hooks/people"
)

const latestSessions = 5

// Every statement names the page's client for each row that it reads, even where another column would find the row,
// because the page is cached until a row with that client changes. The unary plus keeps SQLite from using the index of
// the client column.
const (
	selectSelf           = "SELECT {clients}, feedKey != '' AS hasFeed FROM clients WHERE id = ?"
	selectActiveProjects = "SELECT {projects}," +
		" (SELECT count(*) FROM milestones m WHERE m.project = projects.id AND +m.client = projects.client AND m.status = 'DONE') AS milestonesDone," +
		" (SELECT count(*) FROM milestones m WHERE m.project = projects.id AND +m.client = projects.client) AS milestonesTotal" +
		" FROM projects WHERE client = ? AND status = 'ACTIVE' ORDER BY dueDate = '', dueDate, created, rowid"
	countSessions        = "SELECT count(*) AS count FROM sessions WHERE client = ?"
	selectLatestSessions = "SELECT {sessions}, (SELECT title FROM projects p WHERE p.id = sessions.project AND +p.client = sessions.client) AS projectTitle" +
		" FROM sessions WHERE client = ? ORDER BY date DESC, created DESC, rowid DESC LIMIT ?"
	selectNextBooking = "SELECT {bookings} FROM bookings WHERE client = ? AND cancelledAt = '' AND endTime > ? ORDER BY startTime, id LIMIT 1"

	// What waits for the client, in projects that are not finished. A thread waits if its last comment is the owner's.
	stillGoing                = " p.status IN ('ACTIVE', 'IN_REVIEW')"
	selectWaitingDeliverables = "SELECT {deliverables}, p.title AS projectTitle FROM deliverables JOIN projects p ON p.id = deliverables.project AND +p.client = deliverables.client" +
		" WHERE deliverables.client = ? AND deliverables.status = 'DELIVERED' AND" + stillGoing + " ORDER BY deliverables.deliveredAt, deliverables.rowid"
	selectWaitingActionItems = "SELECT {action_items}, p.title AS projectTitle FROM action_items JOIN projects p ON p.id = action_items.project AND +p.client = action_items.client" +
		" WHERE action_items.client = ? AND action_items.assignedTo = 'client' AND action_items.completedAt = '' AND" + stillGoing +
		" ORDER BY action_items.dueDate = '', action_items.dueDate, action_items.created, action_items.rowid"
	selectWaitingComments = "SELECT {comments}, p.id AS project, p.title AS projectTitle FROM comments" +
		" LEFT JOIN sessions s ON s.id = comments.session AND +s.client = comments.client LEFT JOIN milestones m ON m.id = comments.milestone AND +m.client = comments.client" +
		" LEFT JOIN goals g ON g.id = comments.goal AND +g.client = comments.client LEFT JOIN deliverables d ON d.id = comments.deliverable AND +d.client = comments.client" +
		" JOIN projects p ON p.id = coalesce(s.project, m.project, g.project, d.project) AND +p.client = comments.client" +
		" WHERE comments.lastWord AND comments.isJames = 1 AND comments.client = ? AND" + stillGoing + " ORDER BY comments.created DESC, comments.rowid DESC"
)

// overview answers with the client's dashboard: active projects, the next meeting, and what waits for the client.
func overview(e *core.RequestEvent, s *statements, f *pageCache, client *core.Record, now time.Time) error {
	return f.answer(e, client, now, func(out []byte) (c content, err error) {
		err = s.snapshot(e.Request.Context(), func(v view) (err error) {
			c, err = appendOverview(out, v, client, now)
			return err
		})
		return c, err
	}, nil)
}

// appendOverview appends the page. It is valid until the end of the next booking.
func appendOverview(out []byte, v view, viewer *core.Record, now time.Time) (content, error) {
	var projects, deliverables, actionItems, comments, sessions list
	clientId := people.Account(viewer)
	client, nextBooking, until, sessionCount := []byte("null"), []byte("null"), unending, int64(0)
	if err := v.each(selectSelf, func(r row) { client = r.object(nil) }, viewer.Id); err != nil {
		return content{}, err
	}
	into := func(l *list) func(r row) { return func(r row) { l.add(r.object) } }
	for _, part := range []struct {
		statement string
		do        func(r row)
		args      []any
	}{
		{selectActiveProjects, into(&projects), nil},
		{countSessions, func(r row) { sessionCount, _ = r.values[0].(int64) }, nil},
		{selectLatestSessions, into(&sessions), []any{latestSessions}},
		{selectNextBooking, func(r row) { nextBooking, until = r.object(nil), r.text("endTime") }, []any{database.Stored(now)}},
		{selectWaitingDeliverables, into(&deliverables), nil},
		{selectWaitingActionItems, into(&actionItems), nil},
		{selectWaitingComments, into(&comments), nil},
	} {
		if err := v.each(part.statement, part.do, append([]any{clientId}, part.args...)...); err != nil {
			return content{}, err
		}
	}

	out = append(append(out, `{"client":`...), client...)
	out = strconv.AppendInt(append(out, `,"counts":{"activeProjects":`...), int64(projects.count), 10)
	out = strconv.AppendInt(append(out, `,"sessions":`...), sessionCount, 10)
	out = append(append(out, `},"nextBooking":`...), nextBooking...)
	waiting := member(nil, "deliverables", deliverables.out)
	waiting = member(waiting, "actionItems", actionItems.out)
	waiting = member(waiting, "comments", comments.out)
	out = append(append(out, `,"waiting":{`...), waiting[1:]...) // without the leading comma
	out = append(out, '}')
	out = member(out, "projects", projects.out)
	out = member(out, "latestSessions", sessions.out)
	return content{append(out, '}'), until}, nil
}
