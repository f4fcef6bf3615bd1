package demo

import (
	"cmp"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/filesystem"
	"github.com/pocketbase/pocketbase/tools/types"
)

// loader writes the studio as any program would, through every hook, in one transaction.
type loader struct {
	tx  core.App
	now time.Time
}

// fields are a record's values; a moment among them becomes its time.
type fields map[string]any

func (l loader) everything() error {
	if _, err := l.save(markerCollection, l.now, fields{"name": marker, "state": "loaded", "lastSuccessAt": l.now}); err != nil {
		return err
	}
	if _, err := l.save(core.CollectionNameSuperusers, l.now, fields{"email": ownerEmail, "password": ownerPassword}); err != nil {
		return err
	}
	if err := each(studio(), func(_ int, c client) error { return l.client(c) }); err != nil {
		return err
	}
	_, err := l.tx.DB().Delete("outbox", nil).Execute() // none of it is news to anybody
	return err
}

func (l loader) client(c client) error {
	record, err := l.save("clients", l.at(c.since), fields{
		"name": c.name, "email": c.email, "company": c.company, "stripeCustomerId": c.stripe, "notices": c.notices, "archivedAt": c.archived,
	})
	if err != nil {
		return err
	}
	if err := each(c.projects, func(_ int, p project) error { return l.project(c, record.Id, p) }); err != nil {
		return err
	}
	return each(c.bookings, func(i int, b booking) error { return l.booking(c, record.Id, i, b) })
}

// calendarDays is how far the calendar looks ahead: a booking appears then, and none of the tables' is further away.
const calendarDays = 30

func (l loader) booking(c client, client string, number int, b booking) error {
	start := l.at(b.start)
	event := cmp.Or(b.event, fmt.Sprintf("demo-%s-%02d", c.email, number+1))
	meetUrl := ""
	if b.meet != "" {
		meetUrl = "https://meet.example/" + b.meet
	}
	_, err := l.save("bookings", start.AddDate(0, 0, -calendarDays), fields{
		"client": client, "calendarEventId": event, "title": b.title, "startTime": start,
		"endTime": start.Add(time.Duration(b.minutes) * time.Minute), "meetUrl": meetUrl, "cancelledAt": b.cancelled,
	})
	return err
}

// owned is a project that has been saved, and whose it is.
type owned struct {
	loader
	client  client
	id      string
	started time.Time
}

func (l loader) project(c client, client string, p project) error {
	started := l.at(p.started)
	record, err := l.save("projects", started, fields{
		"client": client, "title": p.title, "description": p.description, "serviceType": p.service, "status": p.status, "dueDate": p.due,
	})
	if err != nil {
		return err
	}
	o := owned{l, c, record.Id, started}
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
	attachment := ""
	if d.file != nil {
		if attachment, err = o.file(*d.file, ""); err != nil {
			return err
		}
	}
	record, err := o.save("deliverables", o.planned(number), fields{
		"project": o.id, "title": d.title, "description": d.description, "status": d.status, "attachment": attachment,
		"feedback": d.feedback, "deliveredAt": d.delivered, "approvedAt": d.approved,
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
	// A file that is delivered now would become the current one, and be dated today.
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

// thread saves comments about a record. James's are signed by the hook, with the name that is configured.
func (o owned) thread(relation string, about *core.Record, comments []comment) error {
	return each(comments, func(_ int, c comment) error { return o.comment(fields{relation: about.Id}, c) })
}

func (o owned) comment(values fields, c comment) error {
	maps.Copy(values, fields{"body": paragraphs(c.body), "editedAt": c.edited, "deletedAt": c.deleted})
	if c.by == byClient {
		values["authorName"] = cmp.Or(o.client.name, o.client.email)
	}
	if c.deleted != nil {
		values["body"], values["deletedBody"] = "", values["body"]
	}
	_, err := o.save("comments", o.at(c.at), values)
	return err
}

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

// planned is when the parts of a project were written down, one after the other, so that they keep their order.
func (o owned) planned(number int) time.Time {
	return o.started.Add(time.Duration(number+1) * time.Minute)
}

func (l loader) at(m moment) time.Time {
	if m == nil {
		return time.Time{}
	}
	return m(l.now)
}

// save makes a record as if it had been made at the given time, and last touched when the last thing happened to it.
func (l loader) save(collection string, made time.Time, values fields) (*core.Record, error) {
	c, err := l.tx.FindCachedCollectionByNameOrId(collection)
	if err != nil {
		return nil, err
	}
	record := core.NewRecord(c)
	touched := made
	for name, value := range values {
		if m, ok := value.(moment); ok {
			at := l.at(m)
			value = at
			if strings.HasSuffix(name, "At") && at.After(touched) {
				touched = at
			}
		}
		record.Set(name, value)
	}
	for name, at := range map[string]time.Time{"created": made, "updated": touched} {
		stamp, err := types.ParseDateTime(at)
		if err != nil {
			return nil, err
		}
		record.SetRaw(name, stamp)
	}
	if err := l.tx.Save(record); err != nil {
		what := cmp.Or(record.GetString("title"), record.GetString("name"), record.GetString("body"))
		return nil, fmt.Errorf("save %q in %s: %w", what, collection, err)
	}
	return record, nil
}

// paragraphs takes a text as it stands in the tables, wrapped and indented, and gives it back as somebody would type
// it: one line a paragraph, an empty line between two, and what begins with a hyphen on a line of its own.
func paragraphs(wrapped string) string {
	var out strings.Builder
	between := ""
	for line := range strings.Lines(wrapped) {
		line = strings.TrimSpace(line)
		if line == "" {
			between = "\n\n"
			continue
		}
		if strings.HasPrefix(line, "- ") && between == " " {
			between = "\n"
		}
		if out.Len() > 0 {
			out.WriteString(between)
		}
		out.WriteString(line)
		between = " "
	}
	return out.String()
}

func each[T any](all []T, do func(number int, one T) error) error {
	for i, one := range all {
		if err := do(i, one); err != nil {
			return err
		}
	}
	return nil
}
