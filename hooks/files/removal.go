package files

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/pocketbase/pocketbase/tools/list"
	"github.com/pocketbase/pocketbase/tools/security"

	"greenroom/hooks/integrations"
)

// deleteRows is the prefix of the rows that name objects to be removed.
const deleteRows = integration + ":delete"

// stateDeleting is the state of these rows.
const stateDeleting = "deleting"

// doomed is the content of such a row: the files of these records of a collection, or of the whole collection.
type doomed struct {
	CollectionId string   `json:"collectionId"`
	Records      []string `json:"records,omitempty"`
	Whole        bool     `json:"whole,omitempty"`
}

// idBytesPerRow is how much of a row's cursor (10,000 characters) record ids may take. One id has at most 255.
const idBytesPerRow = 9_000

// removalMayTake limits one attempt at removing everything.
const removalMayTake = 30 * time.Minute

// Forget records, in the transaction that deletes records, that their files have to be removed. PocketBase would
// instead send one or two requests for each record, without a retry.
func Forget(tx core.App, collection *core.Collection, records []string) error {
	if !hasFiles(collection) || len(records) == 0 {
		return nil
	}
	longest := slices.MaxFunc(records, func(a, b string) int { return len(a) - len(b) })
	for some := range slices.Chunk(records, idBytesPerRow/(len(longest)+len(`"",`))) {
		if err := forget(tx, doomed{CollectionId: collection.BaseFilesPath(), Records: some}); err != nil {
			return err
		}
	}
	return nil
}

func forget(tx core.App, d doomed) error {
	if _, err := tx.FindCachedCollectionByNameOrId("integrations"); err != nil {
		return nil // a migration is creating or reverting the schema, so there are no files
	}
	cursor, err := json.Marshal(d)
	if err != nil {
		return err
	}
	return integrations.Set(tx, deleteRows+":"+security.PseudorandomString(20), stateDeleting, string(cursor), "")
}

func hasFiles(collection *core.Collection) bool {
	return slices.ContainsFunc(collection.Fields, func(f core.Field) bool { return f.Type() == core.FieldTypeFile })
}

// removeWhatIsDeleted replaces PocketBase's removal of the files of a deleted record or collection. For records that
// are deleted along with another, package cascade calls Forget.
func (s *service) removeWhatIsDeleted() {
	s.app.OnModelAfterDeleteSuccess().Unbind("__pbFilesManagerDelete__")
	s.app.OnRecordDeleteExecute().BindFunc(func(e *core.RecordEvent) error {
		if !hasFiles(e.Record.Collection()) {
			return e.Next()
		}
		return within(e.App, func(app core.App) { e.App = app }, func(tx core.App) error {
			if err := e.Next(); err != nil {
				return err
			}
			return Forget(tx, e.Record.Collection(), []string{e.Record.Id})
		})
	})
	s.app.OnCollectionDeleteExecute().BindFunc(func(e *core.CollectionEvent) error {
		if !hasFiles(e.Collection) {
			return e.Next()
		}
		return within(e.App, func(app core.App) { e.App = app }, func(tx core.App) error {
			if err := e.Next(); err != nil {
				return err
			}
			return forget(tx, doomed{CollectionId: e.Collection.BaseFilesPath(), Whole: true})
		})
	})
	// The rows are ordinary records, whose own hook runs once they are committed.
	s.app.OnRecordAfterCreateSuccess("integrations").BindFunc(func(e *core.RecordEvent) error {
		if e.Record.GetString("state") == stateDeleting {
			s.removeSoon()
		}
		return e.Next()
	})
	s.app.OnTerminate().Bind(&hook.Handler[*core.TerminateEvent]{Priority: 1, Func: func(e *core.TerminateEvent) error {
		s.end()
		return e.Next()
	}})
}

// stopsWithin is how long a stop waits for work in the background. The next start continues it.
const stopsWithin = 5 * time.Second

func (s *service) end() {
	s.starting.Lock()
	s.ending = true
	s.starting.Unlock()
	timer := time.AfterFunc(stopsWithin, s.stop)
	defer timer.Stop()
	s.background.Wait()
}

// enter registers background work that a stop waits for; leave ends it. Once the stop has begun, ok is false: the database
// may be closed at any moment, so no work may begin.
func (s *service) enter() (leave func(), ok bool) {
	s.starting.Lock()
	defer s.starting.Unlock()
	if s.ending {
		return nil, false
	}
	s.background.Add(1)
	return s.background.Done, true
}

// inBackground runs work that a stop waits for, unless the stop has begun.
func (s *service) inBackground(work func()) {
	leave, ok := s.enter()
	if !ok {
		return
	}
	go func() {
		defer leave()
		work()
	}()
}

// within runs do in a transaction, and lets the event carry the transaction's app meanwhile.
func within(outer core.App, carry func(core.App), do func(tx core.App) error) error {
	defer carry(outer)
	return outer.RunInTransaction(func(tx core.App) error {
		carry(tx)
		return do(tx)
	})
}

// removeSoon starts a removal in the background. Calls before it begins are covered by it.
func (s *service) removeSoon() {
	if s.asked.Swap(true) {
		return
	}
	s.inBackground(func() {
		s.removing.Lock()
		defer s.removing.Unlock()
		s.asked.Store(false)
		if err := s.removeAll(); err != nil && s.ctx.Err() == nil {
			s.app.Logger().Warn("Files of deleted records could not be removed yet; it will be tried again.", "error", err)
		}
	})
}

// removeAll removes the files that the rows name. All rows of one collection are handled together.
func (s *service) removeAll() error {
	rows, err := rowsBehind(s.app, deleteRows)
	if err != nil {
		return err
	}
	ctx, end := context.WithTimeout(s.ctx, removalMayTake)
	defer end()
	var errs []error
	named, rowsOf := map[string][]string{}, map[string][]*core.Record{}
	for _, row := range rows {
		var d doomed
		if err := json.Unmarshal([]byte(row.GetString("cursor")), &d); err != nil {
			errs = append(errs, fmt.Errorf("files: read %s: %w", row.GetString("name"), err))
			continue
		}
		if d.Whole {
			errs = append(errs, s.done(s.store().clear(ctx, d.CollectionId), row))
			continue
		}
		isBack, err := s.isBack(d)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		named[d.CollectionId] = append(named[d.CollectionId], slices.DeleteFunc(d.Records, isBack)...)
		rowsOf[d.CollectionId] = append(rowsOf[d.CollectionId], row)
	}
	for id, records := range named {
		errs = append(errs, s.done(s.store().remove(ctx, id, records), rowsOf[id]...))
	}
	return errors.Join(errs...)
}

// done deletes the rows after their files were removed, or stores the error in them.
func (s *service) done(failed error, rows ...*core.Record) error {
	return errors.Join(failed, s.app.RunInTransaction(func(tx core.App) error {
		for _, row := range rows {
			if failed == nil {
				if err := tx.Delete(row); err != nil {
					return err
				}
				continue
			}
			row.Set("lastError", trouble("Files of deleted records could not be removed yet", failed))
			if err := tx.Save(row); err != nil {
				return err
			}
		}
		return nil
	}))
}

// isBack returns a function that tells which of the records exist again under the same id. Their files are new and must
// stay.
func (s *service) isBack(d doomed) (func(record string) bool, error) {
	c, err := s.app.FindCachedCollectionByNameOrId(d.CollectionId)
	if err != nil { // the collection is gone, and its records with it
		return func(string) bool { return false }, nil
	}
	var back []string
	err = s.app.DB().Select("id").From(c.Name).Where(dbx.In("id", list.ToInterfaceSlice(d.Records)...)).Column(&back)
	return func(record string) bool { return slices.Contains(back, record) }, err
}
