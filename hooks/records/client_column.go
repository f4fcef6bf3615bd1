package records

import (
	"fmt"

	"github.com/pocketbase/dbx"
)

// under lists, for each collection, the relations by which other records hang under its records.
var under = map[string][]struct{ collection, relation string }{
	"projects": {
		{"milestones", "project"}, {"sessions", "project"}, {"goals", "project"},
		{"deliverables", "project"}, {"action_items", "project"}, {"attachments", "project"},
	},
	"milestones":   {{"comments", "milestone"}},
	"goals":        {{"comments", "goal"}},
	"deliverables": {{"comments", "deliverable"}},
	"sessions":     {{"comments", "session"}, {"attachments", "session"}},
}

// moveClient writes a record's new client into all records under it, in the transaction that moves it.
func moveClient(w Write) error {
	if w.Was == nil || !w.Changed("client") {
		return nil
	}
	return moveUnder(w.App.DB(), w.Record.Collection().Name, "{:id}", dbx.Params{"id": w.Record.Id, "client": w.Record.GetString("client")})
}

// moveUnder sets the client column of the records under those whose ids the SQL expression yields, and recursively of
// the records under these.
func moveUnder(db dbx.Builder, collection, ids string, params dbx.Params) error {
	for _, child := range under[collection] {
		where := fmt.Sprintf("[[%s]] IN (%s)", child.relation, ids)
		if _, err := db.NewQuery(fmt.Sprintf("UPDATE {{%s}} SET [[client]] = {:client} WHERE %s", child.collection, where)).Bind(params).Execute(); err != nil {
			return fmt.Errorf("move %s to another client: %w", child.collection, err)
		}
		below := fmt.Sprintf("SELECT [[id]] FROM {{%s}} WHERE %s", child.collection, where)
		if err := moveUnder(db, child.collection, below, params); err != nil {
			return err
		}
	}
	return nil
}
