package demo

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// This row of integrations marks a data directory as a demo.
const (
	markerCollection = "integrations"
	marker           = "demo"
)

// Load fills an empty data directory with the demo in one transaction. It returns false if the demo is loaded already,
// and an error if the directory contains anything else.
func Load(app core.App, now time.Time) (loaded bool, err error) {
	there, err := isDemo(app)
	if err != nil || there {
		return false, err
	}
	if err := refuseOthers(app); err != nil { // before the migrations, which would change the directory
		return false, err
	}
	if err := app.RunAllMigrations(); err != nil {
		return false, fmt.Errorf("demo: prepare the data directory: %w", err)
	}
	if err := markLoaded(app.DataDir(), now); err != nil {
		return false, fmt.Errorf("demo: %w", err)
	}
	err = app.RunInTransaction(func(tx core.App) error { return loader{tx: tx, now: now}.everything() })
	if err != nil {
		return false, errors.Join(fmt.Errorf("demo: nothing was loaded: %w", err), os.Remove(filepath.Join(app.DataDir(), loadedFile)))
	}
	return true, nil
}

// isDemo reports whether the data directory is a demo. One without a schema is not.
func isDemo(app core.App) (bool, error) {
	_, err := app.FindFirstRecordByData(markerCollection, "name", marker)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// refuseOthers refuses a data directory with an account or a record. Rows that services write about themselves do not
// count.
func refuseOthers(app core.App) error {
	collections, err := app.FindAllCollections()
	if err != nil {
		return err
	}
	for _, c := range collections {
		var whose []dbx.Expression
		what := "there are " + c.Name
		switch {
		case c.Name == core.CollectionNameSuperusers:
			whose = append(whose, dbx.Not(dbx.HashExp{"email": core.DefaultInstallerEmail}))
			what = "an owner has an account there"
		case c.System, c.IsView(), c.Name == markerCollection:
			continue
		}
		count, err := app.CountRecords(c, whose...)
		if err != nil {
			return err
		}
		if count > 0 {
			return fmt.Errorf("the data directory %s is in use (%s) and stays as it is: name another one with --dir, such as --dir demo_data",
				app.DataDir(), what)
		}
	}
	return nil
}
