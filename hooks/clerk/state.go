package clerk

import (
	"fmt"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// isDeleted tells whether Clerk has said that the user is gone.
func isDeleted(app core.App, userId string) (bool, error) {
	row, err := row(app, integration+":"+userId)
	return row != nil && row.GetString("state") == stateDeleted, err
}

// heard notes that Clerk has spoken.
func heard(tx core.App) error { return setRow(tx, integration, stateOK, "", "") }

// row finds a row of integrations; nil where there is none.
func row(app core.App, name string) (*core.Record, error) {
	return orNone(app.FindFirstRecordByData("integrations", "name", name))
}

func setRow(tx core.App, name, state, content, trouble string) error {
	record, err := row(tx, name)
	if err != nil {
		return err
	}
	if record == nil {
		collection, err := tx.FindCachedCollectionByNameOrId("integrations")
		if err != nil {
			return err
		}
		record = core.NewRecord(collection)
		record.Set("name", name)
	}
	record.Set("state", state)
	record.Set("cursor", content)
	record.Set("lastError", trouble)
	if state == stateOK {
		record.Set("lastSuccessAt", types.NowDateTime())
	}
	if err := tx.Save(record); err != nil {
		return fmt.Errorf("clerk: save %s: %w", name, err)
	}
	return nil
}
