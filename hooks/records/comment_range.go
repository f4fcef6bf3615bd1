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

// Range is what one author wrote from one moment until before another.
type Range struct {
	Author      *core.Record // a client, or one of a client's people
	From, Until time.Time
}

func (r Range) where() (sql string, params dbx.Params) {
	return "client = {:client} AND author = {:author} AND NOT isJames AND created >= {:from} AND created < {:until}",
		dbx.Params{"client": people.Account(r.Author), "author": r.Author.Id, "from": database.Stored(r.From), "until": database.Stored(r.Until)}
}

// RemoveComments deletes them all, for good, in one transaction and in few statements however many there are: a client
// who fills a project fills it with thousands. Verdicts stay, for they are part of a deliverable's history.
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

// commentsFrom makes records of rows that are gone: whose they were and where they stood is all that anybody hears of
// them.
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
