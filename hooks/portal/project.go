package portal

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/access"
	"greenroom/hooks/locks"
	"greenroom/hooks/people"
)

// Every statement names the page's client for each row that it reads: see overview.go.
//
// Rows with equal times, as in one batch, are ordered by rowid, which is the order in which they were written.
const (
	selectProject      = "SELECT {projects} FROM projects WHERE id = ? AND client = ?"
	selectMilestones   = "SELECT {milestones} FROM milestones WHERE project = ? AND +client = ? ORDER BY sortOrder, created, rowid"
	selectSessions     = "SELECT {sessions} FROM sessions WHERE project = ? AND +client = ? ORDER BY date DESC, created DESC, rowid DESC"
	selectGoals        = "SELECT {goals} FROM goals WHERE project = ? AND +client = ? ORDER BY created, rowid"
	selectDeliverables = "SELECT {deliverables} FROM deliverables WHERE project = ? AND +client = ? ORDER BY created, rowid"
	selectAttachments  = "SELECT {attachments} FROM attachments WHERE project = ? AND +client = ? ORDER BY created, rowid"
	selectVersions     = "SELECT {attachments} FROM attachments WHERE project = ? AND +client = ? AND deliverable != '' ORDER BY deliverable, version DESC, rowid DESC"
	// Open items come first, and among them the nearest due date.
	selectActionItems = "SELECT {action_items} FROM action_items WHERE project = ? AND +client = ? ORDER BY completedAt != '', dueDate = '', dueDate, created, rowid"
	// The comments of the project, as one text of thread and rowid for each, because most comments need not be read
	// further.
	selectPlaces = "SELECT milestone || session || goal || deliverable || ' ' || rowid FROM comments" +
		" WHERE (milestone IN (SELECT id FROM milestones WHERE project = ?1 AND +client = ?2) OR session IN (SELECT id FROM sessions WHERE project = ?1 AND +client = ?2)" +
		" OR goal IN (SELECT id FROM goals WHERE project = ?1 AND +client = ?2) OR deliverable IN (SELECT id FROM deliverables WHERE project = ?1 AND +client = ?2))" +
		" AND +client = ?2" +
		" ORDER BY created, rowid"
	// The column mine says whether the reader wrote the comment, and so may change it; the author's id stays on the
	// server.
	selectComments = "SELECT {comments}, comments.author = ?2 AS mine FROM comments WHERE rowid IN (SELECT value FROM json_each(?1)) ORDER BY created, rowid"
)

// newestComments is how many comments of a thread a page shows at first, and how many older ones are answered at a
// time.
const newestComments = 50

// The owner also reads the words of deleted comments.
var selectAllComments = withDeleted(selectComments)

func withDeleted(statement string) string {
	return strings.Replace(statement, "{comments}", "{comments}, comments.deletedBody AS deletedBody", 1)
}

// hasLocked occurs in the page of a project with locked files, and nowhere else: in a text, the quotes would be
// escaped.
var hasLocked = []byte(`"locked":true`)

// project answers with everything on a project's page. If the project has locked files, the payment service is asked
// about them first.
func project(e *core.RequestEvent, s *statements, f *pageCache, client *core.Record, now time.Time) error {
	id := e.Request.PathValue("id")
	_, waits := s.waiting.Load(id)
	if waits {
		locks.OpenPaid(e.Request.Context(), e.App, id)
	}
	return f.answer(e, client, now, func(out []byte) (content, error) {
		build := func(out []byte) ([]byte, error) {
			return buildProject(e.Request.Context(), s, out, id, people.Account(client), client.Id, asClientsSee)
		}
		out, err := build(out)
		// A page that has just begun or ceased to have locked files is remembered, so that the payment service is asked
		// only for those.
		if found := bytes.Contains(out, hasLocked); found != waits {
			if !found {
				s.waiting.Delete(id)
				return content{out, unending}, err
			}
			s.waiting.Store(id, true)
			if locks.OpenPaid(e.Request.Context(), e.App, id) {
				out, err = build(out[:0])
			}
		}
		return content{out, unending}, err
	}, e.NotFoundError(access.NotHere, errors.New("no project "+id+" of client "+client.Id)))
}

// said says how a page's comments are read and written, and whether the reader sees invoices.
type said struct {
	statement string
	element   func(r row, out []byte) []byte

	sessions, deliverables string // statements
}

var (
	asClientsSee   = said{selectComments, row.object, selectSessions, selectDeliverables}
	asTheOwnerSees = said{selectAllComments, func(r row, out []byte) []byte { return r.uncovered("body", "deletedBody").object(out) },
		withInvoice("sessions", selectSessions), withInvoice("deliverables", selectDeliverables)}
)

// withInvoice adds the column invoice to a statement, which only the owner sees.
func withInvoice(collection, statement string) string {
	return strings.Replace(statement, "{"+collection+"}", "{"+collection+"}, "+collection+".invoice AS invoice", 1)
}

func buildProject(ctx context.Context, s *statements, out []byte, id, clientId, reader string, comments said) ([]byte, error) {
	err := s.snapshot(ctx, func(v view) (err error) {
		out, err = appendProject(out, v, id, clientId, reader, comments)
		return err
	})
	return out, err
}

// appendProject appends the page as the reader sees it, or nothing if the project is not the client's.
func appendProject(out []byte, v view, id, clientId, reader string, said said) ([]byte, error) {
	out = append(out, `{"project":`...)
	found := false
	err := v.each(selectProject, func(r row) { out, found = r.object(out), true }, id, clientId)
	if err != nil || !found {
		return out[:0], err
	}

	// Records that are written inside others are read first.
	comments, ofSession, byId, versions := groups{}, groups{}, groups{}, groups{}
	newest, older, err := newestOfEach(v, id, clientId)
	if err != nil {
		return nil, err
	}
	err = v.each(said.statement, func(r row) {
		parent := r.text("milestone") + r.text("session") + r.text("goal") + r.text("deliverable") // exactly one is set
		comments.add(parent, func(out []byte) []byte { return said.element(r, out) })
	}, newest, reader)
	if err != nil {
		return nil, err
	}
	attachments := list{}
	err = v.each(selectAttachments, func(r row) {
		attachments.add(r.object)
		byId.add(r.text("id"), r.object)
		if session := r.text("session"); session != "" {
			ofSession.add(session, r.object)
		}
	}, id, clientId)
	if err != nil {
		return nil, err
	}

	if err := v.each(selectVersions, func(r row) { versions.add(r.text("deliverable"), r.object) }, id, clientId); err != nil {
		return nil, err
	}
	thread := func(out []byte, r row) []byte {
		out = append(member(out, "comments", comments[r.text("id")]), `,"olderComments":`...)
		return strconv.AppendInt(out, int64(older[r.text("id")]), 10)
	}
	withThread := func(out []byte, r row) []byte { return append(thread(r.open(out), r), '}') }
	sections := []struct {
		name, statement string
		element         func(out []byte, r row) []byte
	}{
		{"milestones", selectMilestones, withThread},
		{"sessions", said.sessions, func(out []byte, r row) []byte {
			return append(thread(member(r.open(out), "attachments", ofSession[r.text("id")]), r), '}')
		}},
		{"goals", selectGoals, withThread},
		{"deliverables", said.deliverables, func(out []byte, r row) []byte {
			out = appendDeliverable(out, r, byId[r.text("attachment")])
			out = member(out[:len(out)-1], "versions", versions[r.text("id")])
			return append(thread(out, r), '}')
		}},
		{"actionItems", selectActionItems, func(out []byte, r row) []byte { return r.object(out) }},
	}
	for _, section := range sections {
		elements := list{}
		err := v.each(section.statement, func(r row) {
			elements.add(func(out []byte) []byte { return section.element(out, r) })
		}, id, clientId)
		if err != nil {
			return nil, err
		}
		out = member(out, section.name, elements.out)
	}
	return append(member(out, "attachments", attachments.out), '}'), nil
}

// newestOfEach returns the rowids of the newest comments of each thread of a project, as a JSON array, and how many
// older ones each thread has.
func newestOfEach(v view, project, client string) (rows string, older map[string]int, err error) {
	places := map[string][]string{}
	older = map[string]int{}
	err = v.each(selectPlaces, func(r row) {
		thread, place, _ := strings.Cut(r.text("count"), " ")
		kept := append(places[thread], place)
		if len(kept) == 2*newestComments { // the first half is older
			kept = append(kept[:0], kept[newestComments:]...)
			older[thread] += newestComments
		}
		places[thread] = kept
	}, project, client)
	var all []string
	for thread, kept := range places {
		if extra := len(kept) - newestComments; extra > 0 {
			kept = kept[extra:]
			older[thread] += extra
		}
		all = append(all, kept...)
	}
	return "[" + strings.Join(all, ",") + "]", older, err
}

// appendDeliverable appends a deliverable with its file in place of the file's id.
func appendDeliverable(out []byte, r row, attachment []byte) []byte {
	out = append(r.without("attachment").open(out), `,"attachment":`...)
	if attachment == nil {
		attachment = []byte("null")
	}
	return append(append(out, attachment...), '}')
}
