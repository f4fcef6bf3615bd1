package notify

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/live"
	"greenroom/hooks/records"
	"greenroom/pb_migrations"
)

// The notices, by the names that the outbox stores.
const (
	sessionNotes     = "sessionNotes"
	milestoneStatus  = "milestoneStatus"
	ownerComment     = "ownerComment"
	deliverableReady = "deliverableReady"
	actionItem       = "actionItem"
	filesOpen        = pb_migrations.FilesOpen
	clientComment    = "clientComment" // this and the next one go to the owner
	clientVerdict    = "clientVerdict"
)

// noticesOf returns, by collection, the notice that a write of a record causes, or "".
var noticesOf = map[string]func(w records.Write) string{
	"sessions": func(w records.Write) string {
		hadNone := w.Was == nil || strings.TrimSpace(w.Was.GetString("notes")) == ""
		return when(hadNone && strings.TrimSpace(w.Record.GetString("notes")) != "", sessionNotes)
	},
	"milestones": func(w records.Write) string {
		return when(w.Was != nil && w.Was.GetString("status") != w.Record.GetString("status"), milestoneStatus)
	},
	"comments": func(w records.Write) string {
		if w.Record.GetString("kind") != "" {
			return "" // part of a verdict, which is the notice
		}
		if w.Record.GetBool("isJames") {
			return when(w.Was == nil, ownerComment)
		}
		return when(w.Was == nil, clientComment)
	},
	"deliverables": func(w records.Write) string {
		file := w.Record.GetString("attachment")
		newFile := w.Was != nil && file != "" && file != w.Was.GetString("attachment")
		switch {
		case w.ByClient():
			return when(w.Enters("status", "APPROVED") || w.Enters("status", "IN_PROGRESS"), clientVerdict)
		case w.Was != nil && w.Was.GetBool("locked") && !w.Record.GetBool("locked"):
			return when(w.Record.GetString("invoice") != "", filesOpen) // if the invoice was removed from the deliverable, the thread says so
		case w.Was != nil && w.Enters("status", "APPROVED") && hasReceipt(w.Record): // by the owner, in the client's place
			return clientVerdict
		case w.Enters("status", "DELIVERED"), w.Record.GetString("status") == "DELIVERED" && newFile:
			return deliverableReady
		}
		return ""
	},
	"action_items": func(w records.Write) string {
		return when(w.Enters("assignedTo", toClient) && w.Record.GetString("completedAt") == "", actionItem)
	},
}

func when(so bool, notice string) string {
	if so {
		return notice
	}
	return ""
}

// bindTriggers writes a row of the outbox in the transaction of each write that causes a notice. If the row cannot be
// written, the write itself is not affected.
func (o *outbox) bindTriggers() {
	for collection, notice := range noticesOf {
		records.AfterWrite(o.app, collection, func(w records.Write) error {
			name := notice(w)
			if name == "" {
				return nil
			}
			if err := o.enqueue(w.App, name, w.Person(), w.Record); err != nil {
				w.App.Logger().Error("A notice could not be written to the outbox.", "notice", name, "id", w.Record.Id, "error", err)
			}
			return nil
		})
	}
}

// enqueue writes a notice for each of its recipients. person is the client or person who made the change, or "" for the
// owner.
func (o *outbox) enqueue(tx core.App, notice, person string, about *core.Record) error {
	project, err := projectOf(tx, about)
	if err != nil {
		return err
	}
	clientId := about.GetString("client")
	switch notice {
	case clientComment:
		if person == "" {
			person = about.GetString("author") // a command or an import wrote the comment
		}
		return o.enqueueFor(tx, toOwner, clientId, person, project, notice, about)
	case clientVerdict:
		return o.enqueueVerdict(tx, clientId, person, project, about)
	}
	all, err := records.PeopleOf(tx, clientId)
	if err != nil {
		return err
	}
	err = o.enqueueFor(tx, toClient, clientId, "", project, notice, about)
	for _, person := range all {
		err = errors.Join(err, o.enqueueFor(tx, toClient, clientId, person.Id, project, notice, about))
	}
	return err
}

// enqueueVerdict writes the notice of a verdict to the owner, unless the owner gave it. The approval of a file also
// sends its receipt to the client, and to the person who approved.
func (o *outbox) enqueueVerdict(tx core.App, clientId, person, project string, about *core.Record) (err error) {
	if person != "" {
		err = o.enqueueFor(tx, toOwner, clientId, person, project, clientVerdict, about)
	}
	if !hasReceipt(about) {
		return err
	}
	err = errors.Join(err, o.enqueueFor(tx, toClient, clientId, "", project, clientVerdict, about))
	if person != "" && person != clientId {
		err = errors.Join(err, o.enqueueFor(tx, toClient, clientId, person, project, clientVerdict, about))
	}
	return err
}

// hasReceipt reports whether the notice of a deliverable is a receipt. A receipt is sent even to those who saw the
// approval happen.
func hasReceipt(about *core.Record) bool {
	return about.Collection().Name == "deliverables" && about.GetString("status") == "APPROVED" && about.GetString("attachment") != ""
}

// enqueueFor writes a notice for one recipient, unless they want no mail or are looking at the project.
func (o *outbox) enqueueFor(tx core.App, to, clientId, person, project, notice string, about *core.Record) error {
	var r recipient
	var err error
	switch {
	case to != toOwner:
		r, err = o.recipient(tx, to, clientId, person)
	case o.config.OwnerEmail == "":
		return nil // there is no address, so the owner's choice need not be read
	default:
		r, err = o.owner(tx, nil, nil) // the choice does not depend on whom the news is about
	}
	if err != nil {
		return err
	}
	if r.unreachable() != "" || !(notice == clientVerdict && hasReceipt(about)) && r.looksAt(tx, project) {
		return nil
	}
	outbox, err := tx.FindCachedCollectionByNameOrId(outboxName)
	if err != nil {
		return err
	}
	now := o.now()
	row := core.NewRecord(outbox)
	row.Load(map[string]any{"notice": notice, "recipient": to, "client": clientId, "person": person, "project": project, "about": about.Id,
		"state": waiting, "happenedAt": now, "nextAttemptAt": now.Add(gathering)})
	if err := tx.Save(row); err != nil {
		return fmt.Errorf("notify: save %s of %s: %w", notice, about.Id, err)
	}
	return nil
}

// projectOf returns the id of the project that a record belongs to.
func projectOf(app core.App, about *core.Record) (id string, err error) {
	if about.Collection().Name != "comments" {
		return about.GetString("project"), nil
	}
	if id, err = records.ProjectOf(app, about); err != nil {
		return "", fmt.Errorf("notify: find the project of comment %s: %w", about.Id, err)
	}
	return id, nil
}

// threadOf returns the record that a comment belongs to; for other records, the record itself.
func threadOf(app core.App, about *core.Record) (*core.Record, error) {
	if about.Collection().Name != "comments" {
		return about, nil
	}
	return records.Thread(app, about)
}

// looksAt reports whether the recipient has the project's page open, where the news appears by itself.
func (r recipient) looksAt(app core.App, project string) bool {
	if r.to == toOwner {
		return live.Looking(app, "", "", project)
	}
	return live.Looking(app, r.client.Id, r.person.Id, project)
}
