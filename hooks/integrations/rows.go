// Package integrations keeps the rows by which each outside service tells the owner how it fares: one row for the
// service, and one named <service>:<key> for each single thing about it that must outlive a restart.
package integrations

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// OK is the state of a service that does what it should, and dates its row.
const OK = "ok"

const collection = "integrations"

// Row finds a row; nil where there is none.
func Row(app core.App, name string) (*core.Record, error) {
	record, err := app.FindFirstRecordByData(collection, "name", name)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return record, err
}

// Rows gives the rows named <service>:…, oldest first; those in one state where a state is given.
func Rows(app core.App, service, state string) (rows []*core.Record, err error) {
	query := app.RecordQuery(collection).AndWhere(dbx.Like("name", service+":").Match(false, true)).OrderBy("created", "id")
	if state != "" {
		query.AndWhere(dbx.HashExp{"state": state})
	}
	return rows, query.All(&rows)
}

// Set writes a row, new or not: its state, what the service wants to remember (cursor), and a sentence for the owner
// where something is wrong.
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
		return nil // nothing new, and no time of success to keep
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

// Drop removes a row, if there is one.
func Drop(tx core.App, name string) error {
	record, err := Row(tx, name)
	if record == nil || err != nil {
		return err
	}
	return tx.Delete(record)
}
