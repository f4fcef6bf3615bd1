package demo

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/filesystem"
)

// owned is a saved project with its client.
type owned struct {
	loader
	client  client
	people  map[string]string // by name: the ids of the client's people
	id      string
	started time.Time
}

func (l loader) project(c client, client string, people map[string]string, p project) error {
	started := l.at(p.started)
	record, err := l.save("projects", started, fields{
		"client": client, "title": p.title, "description": p.description, "serviceType": p.service, "status": p.status, "dueDate": p.due,
	})
	if err != nil {
		return err
	}
	o := owned{l, c, people, record.Id, started}
	for _, part := range []func() error{
		func() error { return each(p.milestones, o.milestone) },
		func() error { return each(p.sessions, o.session) },
		func() error { return each(p.goals, o.goal) },
		func() error { return each(p.deliverables, o.deliverable) },
		func() error { return each(p.actions, o.action) },
		func() error { return o.files(p.files, "") },
	} {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

func (o owned) milestone(number int, m milestone) error {
	record, err := o.save("milestones", o.planned(number), fields{
		"project": o.id, "title": m.title, "description": m.description, "status": m.status, "dueDate": m.due, "sortOrder": number + 1,
	})
	if err != nil {
		return err
	}
	return o.thread("milestone", record, m.thread)
}

func (o owned) session(_ int, s session) error {
	written := o.at(s.date).Add(time.Duration(s.minutes+30) * time.Minute)
	record, err := o.save("sessions", written, fields{
		"project": o.id, "title": s.title, "date": s.date, "durationMin": s.minutes, "notes": paragraphs(s.notes), "calendarEventId": s.event,
	})
	if err != nil {
		return err
	}
	if err := o.files(s.files, record.Id); err != nil {
		return err
	}
	return o.thread("session", record, s.thread)
}

func (o owned) goal(number int, g goal) error {
	record, err := o.save("goals", o.planned(number), fields{
		"project": o.id, "title": g.title, "description": g.description, "targetDate": g.target, "completedAt": g.done,
	})
	if err != nil {
		return err
	}
	return o.thread("goal", record, g.thread)
}

func (o owned) deliverable(number int, d deliverable) (err error) {
	attachment, preview := "", ""
	for _, one := range []struct {
		file *file
		id   *string
	}{{d.file, &attachment}, {d.preview, &preview}} {
		if one.file == nil {
			continue
		}
		if *one.id, err = o.file(*one.file, ""); err != nil {
			return err
		}
	}
	paid := ""
	if o.client.hasPaid(d.invoice) {
		paid = d.invoice
	}
	record, err := o.save("deliverables", o.planned(number), fields{
		"project": o.id, "title": d.title, "description": d.description, "status": d.status, "attachment": attachment,
		"feedback": d.feedback, "deliveredAt": d.delivered, "approvedAt": d.approved,
		"invoice": d.invoice, "invoicePaid": paid, "preview": preview,
	})
	if err != nil {
		return err
	}
	versions := []string{}
	for _, f := range d.earlier {
		id, err := o.file(f, "")
		if err != nil {
			return err
		}
		versions = append(versions, id)
	}
	// These rows are written without hooks: saving a file of a deliverable would make it the current version, dated today.
	for i, id := range append(versions, attachment) {
		_, err := o.tx.DB().Update("attachments", dbx.Params{"deliverable": record.Id, "version": i + 1}, dbx.HashExp{"id": id}).Execute()
		if err != nil {
			return err
		}
	}
	return each(d.thread, func(_ int, c comment) error {
		about := attachment
		if c.version > 0 {
			about = versions[c.version-1]
		}
		return o.comment(fields{"deliverable": record.Id, "attachment": about, "kind": c.kind}, c)
	})
}

func (o owned) action(number int, a action) error {
	_, err := o.save("action_items", o.planned(number), fields{
		"project": o.id, "title": a.title, "assignedTo": a.whose, "dueDate": a.due, "completedAt": a.done,
	})
	return err
}

// thread saves comments on a record. Comments without an author's name get the owner's name from the hook.
func (o owned) thread(relation string, about *core.Record, comments []comment) error {
	return each(comments, func(_ int, c comment) error { return o.comment(fields{relation: about.Id}, c) })
}

func (o owned) comment(values fields, c comment) error {
	maps.Copy(values, fields{"body": paragraphs(c.body), "editedAt": c.edited, "deletedAt": c.deleted})
	switch c.by {
	case byJames:
	case byClient:
		values["authorName"] = cmp.Or(o.client.name, o.client.email)
	default:
		values["authorName"], values["author"] = c.by, o.people[c.by]
	}
	if c.mark != nil {
		values["timed"], values["atMs"], values["untilMs"] = true, milliseconds(c.mark.from), milliseconds(c.mark.until)
	}
	if c.deleted != nil {
		values["body"], values["deletedBody"] = "", values["body"]
	}
	_, err := o.save("comments", o.at(c.at), values)
	return err
}

func milliseconds(seconds float64) int { return int(math.Round(seconds * 1_000)) }

func (o owned) files(all []file, session string) error {
	return each(all, func(_ int, f file) error { _, err := o.file(f, session); return err })
}

func (o owned) file(f file, session string) (id string, err error) {
	content, err := filesystem.NewFileFromBytes(f.content(), f.name)
	if err != nil {
		return "", fmt.Errorf("file %s: %w", f.name, err)
	}
	record, err := o.save("attachments", o.at(f.at), fields{"project": o.id, "session": session, "file": content, "uploadedBy": f.by})
	if err != nil {
		return "", err
	}
	return record.Id, nil
}

// planned returns the time at which a part of the project was created; each is later than the one before, which keeps
// their order.
func (o owned) planned(number int) time.Time {
	return o.started.Add(time.Duration(number+1) * time.Minute)
}
