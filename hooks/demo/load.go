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

// The row of integrations that marks a data directory as a demo.
const (
	markerCollection = "integrations"
	marker           = "demo"
)

// Load fills a data directory that holds nothing with the demo studio, all of it or none. It does nothing, and says so,
// where the studio is there already; anything else that it finds it refuses to touch.
func Load(app core.App, now time.Time) (loaded bool, err error) {
	there, err := isDemo(app)
	if err != nil || there {
		return false, err
	}
	if err := refuseOthers(app); err != nil { // first, as the migrations would change what is there
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

// isDemo tells whether the data directory is a demo; one without any schema yet is not.
func isDemo(app core.App) (bool, error) {
	_, err := app.FindFirstRecordByData(markerCollection, "name", marker)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// refuseOthers refuses a data directory in which somebody has an account or keeps anything. The rows that the
// integrations write about themselves are nobody's work.
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
