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

// deleteRows begins the names of the rows that say which objects are still to delete.
const deleteRows = integration + ":delete"

// stateDeleting is the state of such a row.
const stateDeleting = "deleting"

// doomed is what such a row says: the files of these records of the collection, or of the whole collection.
type doomed struct {
	CollectionId string   `json:"collectionId"`
	Records      []string `json:"records,omitempty"`
	Whole        bool     `json:"whole,omitempty"`
}

// idBytesPerRow is how much of a row's ten thousand characters the ids of records may take. One has at most 255.
const idBytesPerRow = 9_000

// removalMayTake bounds one attempt at everything that is to delete.
const removalMayTake = 30 * time.Minute

// Forget writes down, in the transaction that deletes records, that their files are to go. What PocketBase does instead
// is a request or two for each record, tried once.
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
		return nil // the schema is just being made, or taken back: there are no files
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

// removeWhatIsDeleted takes the removal of files over from PocketBase, for the record or collection that is deleted;
// what goes along with a record is told by the cascade.
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
	// The rows are ordinary records: each tells by its own hook that there is work, once it is committed.
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

// stopsWithin is how long a stop waits for what is being removed. The rest goes on at the next start.
const stopsWithin = 5 * time.Second

func (s *service) end() {
	timer := time.AfterFunc(stopsWithin, s.stop)
	defer timer.Stop()
	s.background.Wait()
}

// within runs do in a transaction that an event carries for as long.
func within(outer core.App, carry func(core.App), do func(tx core.App) error) error {
	defer carry(outer)
	return outer.RunInTransaction(func(tx core.App) error {
		carry(tx)
		return do(tx)
	})
}

// removeSoon works in the background on what there is to delete. One call is enough for all that is written down by
// then.
func (s *service) removeSoon() {
	if s.asked.Swap(true) {
		return
	}
	s.background.Go(func() {
		s.removing.Lock()
		defer s.removing.Unlock()
		s.asked.Store(false)
		if err := s.removeAll(); err != nil && s.ctx.Err() == nil {
			s.app.Logger().Warn("Files of deleted records could not be removed yet; it will be tried again.", "error", err)
		}
	})
}

// removeAll deletes the files that the rows name, those of one collection in one go however many rows name them.
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

// done takes the rows away whose files are gone; where they could not be removed, the rows say why.
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

// isBack tells which of the records have come back under the same id since. Their files are new.
func (s *service) isBack(d doomed) (func(record string) bool, error) {
	c, err := s.app.FindCachedCollectionByNameOrId(d.CollectionId)
	if err != nil { // the collection is gone, and all its records with it
		return func(string) bool { return false }, nil
	}
	var back []string
	err = s.app.DB().Select("id").From(c.Name).Where(dbx.In("id", list.ToInterfaceSlice(d.Records)...)).Column(&back)
	return func(record string) bool { return slices.Contains(back, record) }, err
}
