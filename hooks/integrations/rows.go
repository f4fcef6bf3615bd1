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
func Set(app core.App, name, state, cursor, trouble string) error {
	row, err := Row(app, name)
	if err != nil {
		return err
	}
	if row != nil && state != OK && row.GetString("state") == state && row.GetString("cursor") == cursor && row.GetString("lastError") == trouble {
		return nil // nothing changed, and lastSuccessAt only changes with OK
	}
	err = app.RunInTransaction(func(tx core.App) error {
		row, err := rowOrNew(tx, name) // looks again, because another writer can have created it meanwhile
		if err != nil {
			return err
		}
		row.Set("state", state)
		row.Set("cursor", cursor)
		row.Set("lastError", trouble)
		if state == OK {
			row.Set("lastSuccessAt", types.NowDateTime())
		}
		return tx.Save(row)
	})
	if err != nil {
		return fmt.Errorf("integrations: save %s: %w", name, err)
	}
	return nil
}

func rowOrNew(tx core.App, name string) (*core.Record, error) {
	row, err := Row(tx, name)
	if row != nil || err != nil {
		return row, err
	}
	c, err := tx.FindCachedCollectionByNameOrId(collection)
	if err != nil {
		return nil, err
	}
	row = core.NewRecord(c)
	row.Set("name", name)
	return row, nil
}

// Drop deletes a row, if there is one.
func Drop(tx core.App, name string) error {
	record, err := Row(tx, name)
	if record == nil || err != nil {
		return err
	}
	return tx.Delete(record)
}
