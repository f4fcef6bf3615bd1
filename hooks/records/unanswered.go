package records

import (
	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
)

// UnansweredSQL is true of the comment by which a thread waits for the owner: the client has the last word in it, and
// it is no approval. The statement calls comments m; an index of these two columns finds them.
const UnansweredSQL = "m.lastWord AND NOT m.isJames AND m.kind != 'approval'"

// markUnanswered marks the comment that ends each thread, in the transaction that writes or removes one: by it the
// portal and the briefing find who waits for whose answer, without a look at what was said before.
func markUnanswered(app core.App) {
	onRow := func(e *core.RecordEvent) error {
		before := e.Record.Original()
		if err := e.Next(); err != nil {
			return err
		}
		return markLastWords(e.App, before, e.Record)
	}
	app.OnRecordCreateExecute("comments").Bind(&hook.Handler[*core.RecordEvent]{Priority: AfterTheRow, Func: onRow})
	app.OnRecordUpdateExecute("comments").Bind(&hook.Handler[*core.RecordEvent]{Priority: AfterTheRow, Func: onRow})
	app.OnRecordDeleteExecute("comments").Bind(&hook.Handler[*core.RecordEvent]{Priority: AfterTheRow, Func: onRow})
}

// markLastWords looks at the threads that a comment was and is in.
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
