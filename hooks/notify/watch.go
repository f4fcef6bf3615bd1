package notify

import (
	"fmt"
	"strings"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"

	"greenroom/hooks/portal"
)

// The seven notices, as the outbox names them.
const (
	sessionNotes     = "sessionNotes"
	milestoneStatus  = "milestoneStatus"
	ownerComment     = "ownerComment"
	deliverableReady = "deliverableReady"
	actionItem       = "actionItem"
	clientComment    = "clientComment" // to the owner, like the next
	clientVerdict    = "clientVerdict"
)

// withTheRow is the priority of handlers that run inside the transaction of a write, closest to its SQL statement: after
// those that set and check what is written.
const withTheRow = 200

// change is one write of a record; was is nil where it is new.
type change struct {
	was, is  *core.Record
	byClient bool
}

func (c change) became(field, value string) bool {
	return c.is.GetString(field) == value && (c.was == nil || c.was.GetString(field) != value)
}

// happenings say which notice a change of a collection's record is; none where empty.
var happenings = map[string]func(c change) string{
	"sessions": func(c change) string {
		hadNone := c.was == nil || strings.TrimSpace(c.was.GetString("notes")) == ""
		return when(hadNone && strings.TrimSpace(c.is.GetString("notes")) != "", sessionNotes)
	},
	"milestones": func(c change) string {
		return when(c.was != nil && c.was.GetString("status") != c.is.GetString("status"), milestoneStatus)
	},
	"comments": func(c change) string {
		if c.is.GetBool("isJames") {
			return when(c.was == nil, ownerComment)
		}
		return when(c.was == nil, clientComment)
	},
	"deliverables": func(c change) string {
		file := c.is.GetString("attachment")
		newFile := c.was != nil && file != "" && file != c.was.GetString("attachment")
		switch {
		case c.byClient:
			return when(c.became("status", "APPROVED") || c.became("status", "IN_PROGRESS"), clientVerdict)
		case c.became("status", "DELIVERED"), c.is.GetString("status") == "DELIVERED" && newFile:
			return deliverableReady
		}
		return ""
	},
	"action_items": func(c change) string {
		return when(c.became("assignedTo", toClient) && c.is.GetString("completedAt") == "", actionItem)
	},
}

func when(so bool, notice string) string {
	if so {
		return notice
	}
	return ""
}

// byClientKey marks a record that a client's request is changing. It names no field, so that no input can set it.
const byClientKey = "@changedByClient"

// watch writes a row of the outbox in the transaction of each change that is a notice.
func (d *desk) watch() {
	for collection, notice := range happenings {
		d.app.OnRecordUpdateRequest(collection).BindFunc(func(e *core.RecordRequestEvent) error {
			e.Record.Set(byClientKey, e.Auth != nil && !e.HasSuperuserAuth())
			return e.Next()
		})
		d.app.OnRecordCreateExecute(collection).Bind(&hook.Handler[*core.RecordEvent]{Priority: withTheRow, Func: func(e *core.RecordEvent) error {
			return d.follow(e, change{is: e.Record}, notice)
		}})
		d.app.OnRecordUpdateExecute(collection).Bind(&hook.Handler[*core.RecordEvent]{Priority: withTheRow, Func: func(e *core.RecordEvent) error {
			return d.follow(e, change{was: e.Record.Original(), is: e.Record, byClient: e.Record.GetBool(byClientKey)}, notice)
		}})
	}
}

// follow makes the change, and writes the notice of it. A notice that cannot be written takes no change with it.
func (d *desk) follow(e *core.RecordEvent, c change, notice func(c change) string) error {
	if err := e.Next(); err != nil {
		return err
	}
	name := notice(c)
	if name == "" {
		return nil
	}
	if err := d.enqueue(e.App, name, e.Record); err != nil {
		e.App.Logger().Error("A notice could not be written to the outbox.", "notice", name, "id", e.Record.Id, "error", err)
	}
	return nil
}

// enqueue writes a notice for whom it is, unless they do not want or need one.
func (d *desk) enqueue(tx core.App, notice string, about *core.Record) error {
	project, err := projectOf(tx, about)
	if err != nil {
		return err
	}
	to := toClient
	if notice == clientComment || notice == clientVerdict {
		to = toOwner
	}
	r, err := d.recipient(tx, to, about.GetString("client"))
	if err != nil {
		return err
	}
	if r.unreachable() != "" || r.looksAt(tx, project) {
		return nil
	}
	outbox, err := tx.FindCachedCollectionByNameOrId(outboxName)
	if err != nil {
		return err
	}
	now := d.now()
	row := core.NewRecord(outbox)
	row.Load(map[string]any{"notice": notice, "recipient": to, "client": r.client.Id, "project": project, "about": about.Id,
		"state": waiting, "happenedAt": now, "nextAttemptAt": now.Add(gathering)})
	if err := tx.Save(row); err != nil {
		return fmt.Errorf("notify: save %s of %s: %w", notice, about.Id, err)
	}
	return nil
}

// threadRelations are the relations of which a comment has exactly one, and the collections that they lead to.
var threadRelations = map[string]string{"session": "sessions", "milestone": "milestones", "goal": "goals"}

// threadOf is what a comment is about, and any other record itself.
func threadOf(app core.App, about *core.Record) (*core.Record, error) {
	for relation, collection := range threadRelations {
		if id := about.GetString(relation); id != "" && about.Collection().Name == "comments" {
			return app.FindRecordById(collection, id)
		}
	}
	return about, nil
}

func projectOf(app core.App, about *core.Record) (id string, err error) {
	thread, err := threadOf(app, about)
	if err != nil {
		return "", fmt.Errorf("notify: find the project of %s %s: %w", about.Collection().Name, about.Id, err)
	}
	return thread.GetString("project"), nil
}

// looksAt tells whether the recipient has the project's page open and sees what happens there.
func (r recipient) looksAt(app core.App, project string) bool {
	if r.to == toOwner {
		return portal.Looking(app, "", project)
	}
	return portal.Looking(app, r.client.Id, project)
}
