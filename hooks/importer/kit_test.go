package importer

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"
)

// fill returns SQL for a studio with so many clients, five projects each and forty comments in each project.
func fill(clients int) []string {
	n := fmt.Sprint(clients)
	return []string{
		`INSERT INTO "Client" SELECT 'client'||i, CASE WHEN i % 3 > 0 THEN 'user_'||i END, 'Client'||i||'@example.com', 'Client '||i, CASE WHEN i % 2 = 0 THEN 'cus_'||i END,
			CASE WHEN i % 50 = 0 THEN timestamp '2025-03-01' END, timestamp '2024-01-01' + i * interval '1 hour 0.123 second', timestamp '2024-02-01' FROM generate_series(1, ` + n + `) i`,
		`INSERT INTO "Project" SELECT c.id||'project'||i, c.id, 'Project '||i, (enum_range(NULL::"ServiceType"))[1 + i % 5], (enum_range(NULL::"ProjectStatus"))[1 + i % 4],
			c."createdAt" + i * interval '1 day', c."createdAt" + i * interval '2 days' FROM "Client" c, generate_series(1, 5) i`,
		`INSERT INTO "Milestone" SELECT p.id||'milestone'||i, p.id, 'Milestone '||i, i, (enum_range(NULL::"MilestoneStatus"))[1 + i % 3], CASE WHEN i = 2 THEN timestamp '2026-05-01' END,
			p."createdAt" FROM "Project" p, generate_series(1, 4) i`,
		`INSERT INTO "Session" SELECT p.id||'session'||i, p.id, 'Session '||i, p."createdAt" + i * interval '1 week', 45 + i, CASE WHEN i > 1 THEN 'We listened to “Slow Thaw”.' END,
			CASE WHEN i = 1 THEN 'event '||p.id END, p."createdAt" FROM "Project" p, generate_series(1, 3) i`,
		`INSERT INTO "Goal" SELECT p.id||'goal'||i, p.id, 'Goal '||i, NULL, i = 1, p."createdAt" FROM "Project" p, generate_series(1, 2) i`,
		`INSERT INTO "Attachment" SELECT p.id||'file'||i, p.id, 'mix '||i||'.wav', 'https://files.example/old/'||p.id||'/mix%20'||i||'.wav', 1000 + i, 'audio/wav', CASE WHEN i = 1 THEN 'james' ELSE 'client' END,
			p."createdAt" FROM "Project" p, generate_series(1, 2) i`,
		`INSERT INTO "Deliverable" SELECT p.id||'deliverable'||i, p.id, 'Deliverable '||i, (enum_range(NULL::"DeliverableStatus"))[1 + i], CASE WHEN i = 1 THEN p.id||'file1' END,
			p."createdAt" FROM "Project" p, generate_series(1, 3) i`,
		`INSERT INTO "ActionItem" SELECT p.id||'item'||i, p.id, 'Item '||i, i = 1, CASE WHEN i = 2 THEN timestamp '2026-06-01' END, p."createdAt" FROM "Project" p, generate_series(1, 2) i`,
		`INSERT INTO "Comment" SELECT p.id||'comment'||i, CASE WHEN i % 3 = 0 THEN p.id||'session1' END, CASE WHEN i % 3 = 1 THEN p.id||'milestone1' END, CASE WHEN i % 3 = 2 THEN p.id||'goal1' END,
			'Words '||i, CASE WHEN i % 2 = 0 THEN 'James' ELSE 'Mara' END, i % 2 = 0, p."createdAt" + (41 - i) * interval '1 hour', CASE WHEN i = 5 THEN p."createdAt" END,
			CASE WHEN i = 1 THEN p."createdAt" END FROM "Project" p, generate_series(1, 40) i`,
		`INSERT INTO "Booking" SELECT c.id||'booking', c.id, 'event of '||c.id, 'Call', timestamp '2026-01-01 10:00', timestamp '2026-01-01 11:00', CASE WHEN c.id = 'client2' THEN 'cancelled' ELSE 'confirmed' END,
			c."createdAt" FROM "Client" c`,
	}
}

// stamp formats a PostgreSQL timestamp as the studio stores it.
func stamp(column string) string {
	return `coalesce(to_char("` + column + `", 'YYYY-MM-DD HH24:MI:SS.MS"Z"'), '')`
}

// sides are queries that select the same rows from the old and the new database; old ids are translated.
var sides = []struct{ collection, there, here string }{
	{"clients", `SELECT '#'||id, email, name, coalesce("clerkId", ''), coalesce("stripeCustomerId", ''), ` + stamp("archivedAt") + `, ` + stamp("createdAt") + `, ` + stamp("updatedAt") + ` FROM "Client"`,
		"SELECT id, email, name, clerkId, stripeCustomerId, archivedAt, created, updated FROM clients"},
	{"projects", `SELECT '#'||id, '#'||"clientId", title, "serviceType"::text, status::text, ` + stamp("createdAt") + `, ` + stamp("updatedAt") + ` FROM "Project"`,
		"SELECT id, client, title, serviceType, status, created, updated FROM projects"},
	{"milestones", `SELECT '#'||m.id, '#'||"projectId", '#'||"clientId", m.title, "sortOrder"::text, m.status::text, ` + stamp("dueDate") + ` FROM "Milestone" m JOIN "Project" p ON p.id = m."projectId"`,
		"SELECT id, project, client, title, cast(sortOrder AS text), status, dueDate FROM milestones"},
	{"sessions", `SELECT '#'||s.id, '#'||"projectId", '#'||"clientId", s.title, ` + stamp("date") + `, "durationMin"::text, coalesce(notes, ''), coalesce("calendarEventId", '') FROM "Session" s JOIN "Project" p ON p.id = s."projectId"`,
		"SELECT id, project, client, title, date, cast(durationMin AS text), notes, calendarEventId FROM sessions"},
	{"goals", `SELECT '#'||g.id, '#'||"projectId", g.title, done::text FROM "Goal" g`, "SELECT id, project, title, CASE WHEN completedAt != '' THEN 'true' ELSE 'false' END FROM goals"},
	{"attachments", `SELECT '#'||id, '#'||"projectId", filename, size::text, "mimeType", "uploadedBy" FROM "Attachment"`,
		"SELECT id, project, filename, cast(size AS text), mimeType, uploadedBy FROM attachments"},
	{"deliverables", `SELECT '#'||id, '#'||"projectId", title, status::text, coalesce('#'||"attachmentId", '') FROM "Deliverable"`,
		"SELECT id, project, title, status, attachment FROM deliverables"},
	{"action_items", `SELECT '#'||id, '#'||"projectId", title, done::text, ` + stamp("dueDate") + ` FROM "ActionItem"`,
		"SELECT id, project, title, CASE WHEN completedAt != '' THEN 'true' ELSE 'false' END, dueDate FROM action_items"},
	{"comments", `SELECT '#'||id, coalesce('#'||"sessionId", ''), coalesce('#'||"milestoneId", ''), coalesce('#'||"goalId", ''), body, "authorName", "isJames"::text, ` + stamp("createdAt") + `, ` +
		stamp("editedAt") + `, ` + stamp("deletedAt") + ` FROM "Comment"`,
		"SELECT id, session, milestone, goal, body || deletedBody, authorName, CASE WHEN isJames THEN 'true' ELSE 'false' END, created, editedAt, deletedAt FROM comments"},
	{"bookings", `SELECT '#'||id, '#'||"clientId", "calendarEventId", title, ` + stamp("startTime") + `, ` + stamp("endTime") + `, (status = 'cancelled')::text FROM "Booking"`,
		"SELECT id, client, calendarEventId, title, startTime, endTime, CASE WHEN cancelledAt != '' THEN 'true' ELSE 'false' END FROM bookings"},
}

type scanner interface {
	Next() bool
	Scan(into ...any) error
	Err() error
}

// content returns the number of rows and a hash of them that does not depend on their order.
func content(t *testing.T, rows scanner, columns int, translate bool) string {
	t.Helper()
	var lines []string
	for rows.Next() {
		values, into := make([]string, columns), make([]any, columns)
		for i := range into {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		for i, v := range values {
			if id, isId := strings.CutPrefix(v, "#"); translate && isId {
				values[i] = NewId(id)
			}
		}
		lines = append(lines, strings.Join(values, "|"))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(lines)
	return fmt.Sprintf("%d rows, %x", len(lines), sha256.Sum256([]byte(strings.Join(lines, "\n"))))
}

func compare(t *testing.T, address string, app core.App) {
	t.Helper()
	conn := connect(t, address)
	for _, side := range sides {
		rows, err := conn.Query(context.Background(), side.there)
		if err != nil {
			t.Fatal(side.collection, err)
		}
		there := content(t, rows, len(rows.FieldDescriptions()), true)
		rows.Close()
		found, err := app.DB().NewQuery(side.here).Rows()
		if err != nil {
			t.Fatal(side.collection, err)
		}
		columns, err := found.Columns()
		if err != nil {
			t.Fatal(side.collection, err)
		}
		here := content(t, found, len(columns), false)
		found.Close()
		if there != here {
			t.Errorf("%s: %s there, %s here", side.collection, there, here)
		}
	}
}

func at() time.Time { return time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC) }

func importInto(t *testing.T, app core.App, o options) (*report, error) {
	t.Helper()
	if o.files == "" {
		o.files = "skip"
	}
	return run(context.Background(), app, o, at)
}
