package durable_test

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// writer writes in a loop. A step is a few requests, each noted in the writer's ledger before and after it.
type writer interface {
	step(s *studio) error
	known() *ledger
	// found is a query for the id and state of each of the writer's records.
	found() string
}

// commenter is a client who writes comments.
type commenter struct {
	*ledger
	n int
}

func (w *commenter) step(s *studio) error {
	w.n++
	id, body := fmt.Sprintf("comment%08d", w.n), fmt.Sprintf("Comment %d", w.n)
	w.asked(map[string]string{id: body})
	_, err := s.ask("POST", records("comments"), s.client, map[string]any{"id": id, "milestone": milestoneId, "body": body})
	return w.answered(err)
}

func (w *commenter) found() string {
	return "SELECT id, body FROM comments WHERE milestone = '" + milestoneId + "'"
}

// approver is a client who approves what the owner delivers.
type approver struct {
	*ledger
	n int
}

func (w *approver) step(s *studio) error {
	w.n++
	id := fmt.Sprintf("deliver%08d", w.n)
	w.asked(map[string]string{id: "DELIVERED since then"})
	_, err := s.ask("POST", records("deliverables"), s.owner, map[string]any{"id": id, "project": projectId, "title": "Mix", "status": "DELIVERED"})
	if w.answered(err) != nil {
		return err
	}
	w.asked(map[string]string{id: "APPROVED since then"})
	_, err = s.ask("PATCH", records("deliverables")+"/"+id, s.client, map[string]any{"status": "APPROVED"})
	return w.answered(err)
}

func (w *approver) found() string {
	return "SELECT id, status || iif(CASE status WHEN 'APPROVED' THEN approvedAt ELSE deliveredAt END != '', ' since then', '')" +
		" FROM deliverables WHERE project = '" + projectId + "'"
}

// calendar creates and moves bookings, a few in each transaction.
type calendar struct {
	*ledger
	choose   *rand.Rand
	revision int
}

const (
	meetings        = 40
	meetingsAtATime = 5
)

func (w *calendar) step(s *studio) error {
	w.revision++
	var upserts batch
	states := map[string]string{}
	for range meetingsAtATime {
		n := w.choose.IntN(meetings)
		id := fmt.Sprintf("meeting%08d", n)
		title, link := fmt.Sprintf("Revision %d", w.revision), fmt.Sprintf("https://meet.example.com/%d", w.revision)
		states[id] = title + " at " + link
		upserts.add("PUT", "bookings", map[string]any{"id": id, "calendarEventId": fmt.Sprintf("event%d", n), "client": clientId,
			"title": title, "meetUrl": link, "startTime": "2026-11-23 10:00:00.000Z", "endTime": "2026-11-23 11:00:00.000Z"})
	}
	w.asked(states)
	return w.answered(s.send(upserts))
}

func (w *calendar) found() string {
	return "SELECT id, title || ' at ' || meetUrl FROM bookings"
}

// planter creates whole projects and deletes them. The state of a project is the number of records below it.
type planter struct {
	*ledger
	choose   *rand.Rand
	n        int
	deletes  int
	took     time.Duration      // of the last deletion
	deleting chan time.Duration // receives, just before each deletion, an estimate of how long it will take
}

func newPlanter(choose *rand.Rand) *planter {
	return &planter{ledger: newLedger(), choose: choose, took: 10 * time.Millisecond, deleting: make(chan time.Duration, 1)}
}

const (
	branches  = 8 // how many milestones, sessions and goals a project gets of each
	maxGrowth = 4
	maxTrees  = 3
)

func (w *planter) step(s *studio) error {
	w.n++
	project := fmt.Sprintf("project%08d", w.n)
	size, growth := 0, w.choose.IntN(maxGrowth+1)
	for layer := range growth + 1 {
		requests := w.layer(project, layer)
		size += len(requests)
		if layer == 0 {
			size-- // the project itself
		}
		w.asked(map[string]string{project: fmt.Sprintf("a tree of %d", size)})
		if err := w.answered(s.send(requests)); err != nil {
			return err
		}
	}
	trees := w.there()
	if len(trees) <= maxTrees {
		return nil
	}
	victim := trees[w.choose.IntN(len(trees))]
	w.asked(map[string]string{victim: absent})
	select {
	case w.deleting <- w.took:
	default:
	}
	sent := time.Now()
	_, err := s.ask("DELETE", records("projects")+"/"+victim, s.owner, nil)
	if err == nil {
		w.deletes, w.took = w.deletes+1, time.Since(sent)
	}
	return w.answered(err)
}

// layer is the part of a project that one transaction creates: first the project with what threads hang on, then what
// hangs on that.
func (w *planter) layer(project string, layer int) (b batch) {
	if layer == 0 {
		b.add("POST", "projects", map[string]any{"id": project, "client": clientId, "title": "Tree", "serviceType": "MUSICIAN"})
	}
	for i := range branches {
		for _, kind := range []string{"milestone", "session", "goal"} {
			id := fmt.Sprintf("t%06d%s%07d", w.n, kind[:1], i)
			if layer == 0 {
				b.add("POST", kind+"s", map[string]any{"id": id, "project": project, "title": "Branch"})
			}
			b.add("POST", "comments", map[string]any{kind: id, "body": "A leaf"})
		}
		if layer > 0 {
			b.add("POST", "deliverables", map[string]any{"project": project, "title": "Fruit"})
			b.add("POST", "action_items", map[string]any{"project": project, "title": "Water it", "assignedTo": "client"})
		}
	}
	return b
}

func (w *planter) found() string {
	return `SELECT id, 'a tree of ' || (
		(SELECT count(*) FROM milestones WHERE project = p.id) + (SELECT count(*) FROM sessions WHERE project = p.id) +
		(SELECT count(*) FROM goals WHERE project = p.id) + (SELECT count(*) FROM deliverables WHERE project = p.id) +
		(SELECT count(*) FROM action_items WHERE project = p.id) +
		(SELECT count(*) FROM comments WHERE milestone IN (SELECT id FROM milestones WHERE project = p.id)) +
		(SELECT count(*) FROM comments WHERE session IN (SELECT id FROM sessions WHERE project = p.id)) +
		(SELECT count(*) FROM comments WHERE goal IN (SELECT id FROM goals WHERE project = p.id)))
		FROM projects p WHERE id != '` + projectId + "'"
}
