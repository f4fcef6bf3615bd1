package records

import (
	"fmt"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/pocketbase/pocketbase/tools/types"

	"greenroom/hooks/people"
)

// partOfHistory is the sentence that refuses to change or delete the comment of a verdict.
const partOfHistory = "This is what was said with a verdict. It stays as it is."

// These kinds of comments are written with a verdict; other comments have none.
const (
	kindChanges  = "changes"
	kindApproval = "approval"
)

// numberVersion gives a file that names a deliverable the next version number, in the transaction of the write. Two
// files that arrive together are written one after the other, so they get different numbers and the later one is the
// current.
func (w Write) numberVersion() error {
	if w.Was != nil && !w.Changed("deliverable") {
		return nil
	}
	if w.Was != nil && w.Was.GetString("deliverable") != "" {
		err := stayWithDeliverable(w.App, dbx.HashExp{"attachment": w.Record.Id})
		if err != nil {
			return err
		}
	}
	deliverable := w.Record.GetString("deliverable")
	if deliverable == "" {
		w.Record.Set("version", 0)
		return nil
	}
	if err := w.staysInProject("deliverable"); err != nil {
		return err
	}
	next, err := nextVersion(w.App, deliverable)
	if err != nil {
		return err
	}
	w.Record.Set("version", next)
	return nil
}

func nextVersion(app core.App, deliverable string) (n int, err error) {
	err = app.DB().NewQuery("SELECT coalesce(max(version), 0) + 1 FROM attachments WHERE deliverable = {:id}").Bind(dbx.Params{"id": deliverable}).Row(&n)
	return n, err
}

// versions makes a new version the deliverable's current file after its row is written, and refuses to delete a file
// that was approved.
func versions(app core.App, zone *time.Location) {
	makeCurrent := func(e *core.RecordEvent) error {
		// Only this row's own change counts: the owner may have made an earlier version current in the meantime.
		became := e.Record.GetString("deliverable") != "" && (e.Record.IsNew() || e.Record.Original().GetString("deliverable") != e.Record.GetString("deliverable"))
		if err := e.Next(); err != nil || !became {
			return err
		}
		deliverable, err := e.App.FindRecordById("deliverables", e.Record.GetString("deliverable"))
		if err != nil || deliverable.GetString("attachment") == e.Record.Id {
			return err
		}
		deliverable.Set("attachment", e.Record.Id)
		return e.App.Save(deliverable)
	}
	app.OnRecordCreateExecute("attachments").Bind(&hook.Handler[*core.RecordEvent]{Priority: AfterTheRow, Func: makeCurrent})
	app.OnRecordUpdateExecute("attachments").Bind(&hook.Handler[*core.RecordEvent]{Priority: AfterTheRow, Func: makeCurrent})

	// Only a delete that somebody requests is refused. When a project or a client is deleted, its files go with it.
	app.OnRecordDeleteRequest("attachments").BindFunc(func(e *core.RecordRequestEvent) error {
		e.Record.Set(askedKey, true)
		return e.Next()
	})
	app.OnRecordDeleteExecute("attachments").Bind(&hook.Handler[*core.RecordEvent]{Priority: AtTheRow, Func: func(e *core.RecordEvent) error {
		if asked, _ := e.Record.Get(askedKey).(bool); !asked {
			return e.Next()
		}
		var approvedAt types.DateTime
		err := e.App.DB().Select("approvedAt").From("deliverables").Where(dbx.HashExp{"attachment": e.Record.Id, "status": approved}).Limit(1).Row(&approvedAt)
		if err == nil {
			return refuse("file", "This file was approved on "+approvedAt.Time().In(zone).Format("2 January 2006")+". Reopen the deliverable first.")
		}
		if err := ignoreNoRows(err); err != nil {
			return err
		}
		if err := fallBack(e.App, e.Record.Id); err != nil {
			return err
		}
		return e.Next()
	}})
}

// fallBack makes the previous version the current file of the deliverable whose current file is deleted. It writes SQL
// without hooks, because nothing new has arrived of which anybody should be told.
func fallBack(tx core.App, id string) error {
	_, err := tx.DB().NewQuery(`UPDATE deliverables SET updated = {:now},
		attachment = (SELECT a.id FROM attachments a WHERE a.deliverable = deliverables.id AND a.id != {:id} ORDER BY a.version DESC LIMIT 1)
		WHERE attachment = {:id} AND EXISTS (SELECT 1 FROM attachments a WHERE a.deliverable = deliverables.id AND a.id != {:id})`).
		Bind(dbx.Params{"id": id, "now": types.NowDateTime().String()}).Execute()
	return err
}

// askedKey marks a record whose delete was requested over HTTP. No field has this name.
const askedKey = unshown + "Asked"

// ignoreSeenVersion removes from the record the version that a client says they saw, before its relation is checked. The
// field changes nothing, and a check would tell whether a file of another client exists. The verdict reads it from the
// body.
func ignoreSeenVersion(app core.App) {
	app.OnRecordUpdateRequest("deliverables").BindFunc(func(e *core.RecordRequestEvent) error {
		if !e.HasSuperuserAuth() {
			e.Record.SetRaw("attachment", e.Record.Original().GetRaw("attachment"))
		}
		return e.Next()
	})
}

// currentIsOwn gives the file that becomes a deliverable's current one the next version number, unless it is a version
// of this deliverable already. A version of another deliverable is refused.
func (w Write) currentIsOwn() error {
	id := w.Record.GetString("attachment")
	if id == "" || !w.Changed("attachment") {
		return nil
	}
	var of string
	var version int
	err := w.App.DB().Select("deliverable", "version").From("attachments").Where(dbx.HashExp{"id": id}).Limit(1).Row(&of, &version)
	if err != nil {
		return err
	}
	switch of {
	case w.Record.Id:
		return nil
	case "":
		next, err := nextVersion(w.App, w.Record.Id)
		if err != nil {
			return err
		}
		_, err = w.App.DB().Update("attachments", dbx.Params{"deliverable": w.Record.Id, "version": next}, dbx.HashExp{"id": id}).Execute()
		return err
	}
	return refuse("attachment", fmt.Sprintf("The file is version %d of another deliverable.", version))
}

// rounds writes a comment for each verdict, in the transaction of the verdict.
func rounds(app core.App) {
	AfterWrite(app, "deliverables", func(w Write) error {
		kind, words := "", ""
		switch {
		case w.Was == nil:
		case w.Enters("status", approved):
			kind, words = kindApproval, "Approved."
		case w.ByClient() && w.Enters("status", inProgress):
			kind, words = kindChanges, w.Record.GetString("feedback")
		}
		if kind == "" {
			return nil
		}
		comments, err := w.App.FindCachedCollectionByNameOrId("comments")
		if err != nil {
			return err
		}
		comment := core.NewRecord(comments)
		comment.Load(map[string]any{"deliverable": w.Record.Id, "attachment": w.Record.GetString("attachment"), "kind": kind, "body": words})
		if w.ByClient() {
			person, err := w.App.FindRecordById("clients", w.client.personId)
			if err != nil {
				return err
			}
			comment.Set("authorName", people.DisplayName(person))
			comment.Set("author", person.Id)
		}
		return w.App.Save(comment)
	})
}

// aboutVersion sets the version that a comment on a deliverable is about: the current one, unless the comment names
// another.
func (w Write) aboutVersion() error {
	deliverable, version := w.Record.GetString("deliverable"), w.Record.GetString("attachment")
	switch {
	case w.client != nil && w.Was != nil && w.Changed("attachment"):
		return refuse("attachment", "A comment stays about the version that it was written about. You can change its body.")
	case deliverable == "" && version != "" && w.Changed("attachment"):
		return refuse("attachment", "Only a comment on a deliverable can name a version.")
	case w.Was == nil && deliverable != "" && version == "":
		current, err := lookUp(w.App, w.Record, "deliverable", "attachment")
		w.Record.Set("attachment", current)
		return err
	case version != "" && w.Changed("attachment"):
		of, err := lookUp(w.App, w.Record, "attachment", "deliverable")
		if err == nil && of != deliverable {
			return noSuchParent("attachment")
		}
		return err
	}
	return nil
}
