// Package integrations stores the state of outside services for the owner, in the collection integrations: one row for
// each service, and one named <service>:<key> for each single thing that must outlive a restart.
package integrations

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// OK is the state of a service that works. Setting it also sets lastSuccessAt.
const OK = "ok"

const collection = "integrations"

// Row returns a row by name, or nil without an error.
func Row(app core.App, name string) (*core.Record, error) {
	record, err := app.FindFirstRecordByData(collection, "name", name)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return record, err
}

// Rows returns the rows named <service>:…, oldest first; with a state, only those in that state.
func Rows(app core.App, service, state string) (rows []*core.Record, err error) {
	query := app.RecordQuery(collection).AndWhere(dbx.Like("name", service+":").Match(false, true)).OrderBy("created", "id")
	if state != "" {
		query.AndWhere(dbx.HashExp{"state": state})
	}
	return rows, query.All(&rows)
}

// Set creates or changes a row: its state, its cursor (any text that the service wants to store), and a sentence for
// the owner if something is wrong. An unchanged row is not written, unless its state is OK.
func Set(tx core.App, name, state, cursor, trouble string) error {
	record, err := Row(tx, name)
	if err != nil {
		return err
	}
	if record == nil {
		c, err := tx.FindCachedCollectionByNameOrId(collection)
		if err != nil {
			return err
		}
		record = core.NewRecord(c)
		record.Set("name", name)
	} else if state != OK && record.GetString("state") == state && record.GetString("cursor") == cursor && record.GetString("lastError") == trouble {
		return nil // nothing changed, and lastSuccessAt only changes with OK
	}
	record.Set("state", state)
	record.Set("cursor", cursor)
	record.Set("lastError", trouble)
	if state == OK {
		record.Set("lastSuccessAt", types.NowDateTime())
	}
	if err := tx.Save(record); err != nil {
		return fmt.Errorf("integrations: save %s: %w", name, err)
	}
	return nil
}

// Drop deletes a row, if there is one.
func Drop(tx core.App, name string) error {
	record, err := Row(tx, name)
	if record == nil || err != nil {
		return err
	}
	return tx.Delete(record)
}
