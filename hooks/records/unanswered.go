package records

import (
	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
)

// UnansweredSQL selects the comments that wait for the owner's answer: the last of their thread, by a client, and no
// approval. Statements have to alias comments as m. An index over lastWord and isJames serves it.
const UnansweredSQL = "m.lastWord AND NOT m.isJames AND m.kind != 'approval'"

// markUnanswered sets lastWord on the last comment of each thread, in the transaction that writes or removes a comment.
// So the portal and the briefing find who waits for an answer without reading whole threads.
func markUnanswered(app core.App) {
	onRow := func(e *core.RecordEvent) error {
		before := e.Record.Original()
		if err := e.Next(); err != nil {
			return err
		}
		return markLastWords(e.App, before, e.Record)
	}
	onNew := func(e *core.RecordEvent) error {
		if err := becomesLastWord(e.App, e.Record); err != nil {
			return err
		}
		return e.Next()
	}
	app.OnRecordCreateExecute("comments").Bind(&hook.Handler[*core.RecordEvent]{Priority: AfterTheRow, Func: onNew})
	app.OnRecordUpdateExecute("comments").Bind(&hook.Handler[*core.RecordEvent]{Priority: AfterTheRow, Func: onRow})
	app.OnRecordDeleteExecute("comments").Bind(&hook.Handler[*core.RecordEvent]{Priority: AfterTheRow, Func: onRow})
}

// becomesLastWord makes a new comment the last of its thread just before its row is written, when its rowid will be the
// largest. So one comment changes, however long the thread is.
func becomesLastWord(tx core.App, comment *core.Record) error {
	thread := ThreadOf(comment)
	id := comment.GetString(thread)
	if id == "" {
		return nil
	}
	shown := comment.GetString("deletedAt") == ""
	comment.SetRaw("lastWord", shown)
	if !shown {
		return nil
	}
	_, err := tx.DB().NewQuery("UPDATE comments SET lastWord = FALSE WHERE lastWord AND rowid = (SELECT max(rowid) FROM comments WHERE [[" + thread + "]] = {:id} AND deletedAt = '')").
		Bind(dbx.Params{"id": id}).Execute()
	return err
}

// markLastWords updates lastWord in the threads in which the comments are and were.
func markLastWords(tx core.App, comments ...*core.Record) error {
	seen := map[string]bool{}
	for _, comment := range comments {
		thread := ThreadOf(comment)
		id := comment.GetString(thread)
		if id == "" || seen[id] {
			continue
		}
		seen[id] = true
		_, err := tx.DB().NewQuery("UPDATE comments SET lastWord = NOT lastWord WHERE [[" + thread + "]] = {:id} AND lastWord !=" +
			" (rowid IS (SELECT max(rowid) FROM comments WHERE [[" + thread + "]] = {:id} AND deletedAt = ''))").Bind(dbx.Params{"id": id}).Execute()
		if err != nil {
			return err
		}
	}
	return nil
}
