package records

import (
	"context"
	"fmt"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/database"
	"greenroom/hooks/people"
)

// Range selects the comments of one author that were created from From on and before Until.
type Range struct {
	Author      *core.Record // a client, or one of a client's people
	From, Until time.Time
}

func (r Range) where() (sql string, params dbx.Params) {
	return "client = {:client} AND author = {:author} AND NOT isJames AND created >= {:from} AND created < {:until}",
		dbx.Params{"client": people.Account(r.Author), "author": r.Author.Id, "from": database.Stored(r.From), "until": database.Stored(r.Until)}
}

// RemoveComments deletes the comments of the range for good, and reports how many it removed and how many verdicts it
// kept, because verdicts are part of a deliverable's history. It takes one transaction and few statements, because a
// client who floods a project writes thousands.
func RemoveComments(app core.App, r Range) (removed, kept int, err error) {
	collection, err := app.FindCachedCollectionByNameOrId("comments")
	if err != nil {
		return 0, 0, err
	}
	where, params := r.where()
	var gone []dbx.NullStringMap
	err = app.RunInTransaction(func(tx core.App) error {
		gone, kept = nil, 0
		if err := tx.DB().NewQuery("DELETE FROM comments WHERE " + where + " AND kind = '' RETURNING id, client, session, milestone, goal, deliverable").Bind(params).All(&gone); err != nil {
			return fmt.Errorf("records: remove comments of %s: %w", r.Author.Id, err)
		}
		if err := tx.DB().NewQuery("SELECT count(*) FROM comments WHERE " + where).Bind(params).Row(&kept); err != nil {
			return fmt.Errorf("records: count comments of %s: %w", r.Author.Id, err)
		}
		return markLastWords(tx, commentsFrom(collection, gone)...)
	})
	if err != nil {
		return 0, 0, err
	}
	for _, comment := range commentsFrom(collection, gone) {
		event := new(core.ModelEvent)
		event.App, event.Context, event.Type, event.Model = app, context.Background(), core.ModelEventTypeDelete, comment
		if err := app.OnModelAfterDeleteSuccess().Trigger(event); err != nil {
			app.Logger().Error("A hook after a delete failed.", "collection", collection.Name, "id", comment.Id, "error", err)
		}
	}
	return len(gone), kept, nil
}

// commentsFrom makes records of deleted rows for the hooks after a delete. They have only the id, the client and the
// thread.
func commentsFrom(collection *core.Collection, rows []dbx.NullStringMap) (out []*core.Record) {
	for _, row := range rows {
		comment := core.NewRecord(collection)
		for name, value := range row {
			comment.SetRaw(name, value.String)
		}
		comment.MarkAsNotNew()
		out = append(out, comment)
	}
	return out
}
