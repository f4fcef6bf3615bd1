package portal

import (
	"encoding/json"
	"fmt"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// countComments adds the field commentCount to lists of sessions, by one statement for a page of the list. Deleted
// comments do not count.
func countComments(app core.App) {
	app.OnRecordsListRequest("sessions").BindFunc(func(e *core.RecordsListRequestEvent) error {
		counts, err := commentsOf(e.App, e.Records)
		if err != nil {
			return err
		}
		for _, session := range e.Records {
			session.WithCustomData(true)
			session.Set("commentCount", counts[session.Id])
		}
		return e.Next()
	})
}

func commentsOf(app core.App, sessions []*core.Record) (map[string]int, error) {
	counts := map[string]int{}
	if len(sessions) == 0 {
		return counts, nil
	}
	ids := make([]string, len(sessions))
	for i, session := range sessions {
		ids[i] = session.Id
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	var rows []struct {
		Session string `db:"session"`
		Count   int    `db:"count"`
	}
	err = app.DB().NewQuery("SELECT session, count(*) AS count FROM comments WHERE session IN (SELECT value FROM json_each({:list})) AND deletedAt = '' GROUP BY session").
		Bind(dbx.Params{"list": string(list)}).All(&rows)
	if err != nil {
		return nil, fmt.Errorf("portal: count the comments of sessions: %w", err)
	}
	for _, row := range rows {
		counts[row.Session] = row.Count
	}
	return counts, nil
}
