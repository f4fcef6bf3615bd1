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

// noteConflict writes down for the owner that two Clerk users claim one client's address. It names nobody.
func noteConflict(tx core.App, userId, clientId string) error {
	return setRow(tx, integration+":"+userId, stateConflict,
		fmt.Sprintf("The Clerk user %s has the email address of the client %s, who is somebody else. Change one of the two addresses.", userId, clientId))
}

// clearConflict forgets a conflict that is over.
func clearConflict(tx core.App, userId string) error {
	row, err := row(tx, integration+":"+userId)
	if err != nil || row == nil || row.GetString("state") != stateConflict {
		return err
	}
	return tx.Delete(row)
}

// heard notes that Clerk has spoken.
func heard(tx core.App) error { return setRow(tx, integration, stateOK, "") }

// row finds a row of integrations; nil where there is none.
func row(app core.App, name string) (*core.Record, error) {
	return orNone(app.FindFirstRecordByData("integrations", "name", name))
}

func setRow(tx core.App, name, state, trouble string) error {
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
	record.Set("lastError", trouble)
	if state == stateOK {
		record.Set("lastSuccessAt", types.NowDateTime())
	}
	if err := tx.Save(record); err != nil {
		return fmt.Errorf("clerk: save %s: %w", name, err)
	}
	return nil
}
