package files

import (
	"context"
	"errors"
	"fmt"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"greenroom/hooks/access"
	"greenroom/hooks/integrations"
)

// makeRecord makes an attachment of a complete upload: it assembles the file at its key, checks its size and content
// type there, and saves the record last. After a failure it can be called again and continues where it stopped.
func (s *service) makeRecord(ctx context.Context, u upload, sent []part) (*core.Record, error) {
	store := s.store()
	if err := store.finish(ctx, u, sent); err != nil {
		return nil, err
	}
	size, err := store.size(ctx, u.Key)
	if err != nil {
		return nil, err
	}
	if size != u.SizeBytes {
		err := fmt.Errorf("upload %s has %d bytes at its key, not %d", u.Id, size, u.SizeBytes)
		return nil, errors.Join(router.NewBadRequestError("The file that arrived is not as long as was said. Send it again.", err), s.discard(ctx, u))
	}
	attachments, err := s.app.FindCachedCollectionByNameOrId(collection)
	if err != nil {
		return nil, err
	}
	contentType, err := contentTypeOf(u.Filename, store.read(ctx, u.Key))
	if err != nil {
		return nil, err
	}
	record := u.record(attachments, contentType)
	err = s.app.RunInTransaction(func(tx core.App) error {
		if err := u.stillAllowed(tx); err != nil {
			return err
		}
		if err := tx.Validate(record.stub); err != nil {
			return err
		}
		if err := tx.SaveNoValidate(record.Record); err != nil { // Save refuses a file that is in the store already
			return err
		}
		if err := integrations.Drop(tx, u.row()); err != nil {
			return err
		}
		return s.note(tx, nil)
	})
	if err == nil {
		return record.Record, nil
	}
	// A handler that runs after the commit, such as an automation of the owner's, can fail although the record was
	// saved.
	if saved, found := s.app.FindRecordById(collection, u.Id); found == nil {
		s.app.Logger().Error("Something that follows a new attachment failed.", "attachment", u.Id, "error", err)
		return saved, nil
	}
	if isAnswer(err) { // refused by a rule, which another attempt would not change
		err = errors.Join(err, s.discard(ctx, u))
	}
	return nil, err
}

// attachment is a record to save, and a copy of it with a stub as its file, which PocketBase accepts for validation.
type attachment struct {
	*core.Record
	stub *core.Record
}

func (u upload) record(attachments *core.Collection, mimeType string) attachment {
	record := core.NewRecord(attachments)
	record.Id = u.Id
	record.Set("project", u.Project)
	record.Set("session", u.Session)
	record.Set("deliverable", u.Deliverable)
	record.Set("filename", u.Filename)
	record.Set("file", nameOf(u.Key))
	record.Set("url", u.Key)
	record.Set("size", u.SizeBytes)
	record.Set("mimeType", mimeType)
	record.Set("uploadedBy", "client")
	record.Set("authorName", u.Name)
	if u.ByOwner {
		record.Set("uploadedBy", "james")
	}
	stub := record.Clone()
	stub.MarkAsNew()
	if file, err := stubFile(u.Filename); err == nil {
		stub.Set("file", file)
	}
	return attachment{record, stub}
}

// stillAllowed repeats the checks of the beginning: the project, session or deliverable may be gone or moved by now.
func (u upload) stillAllowed(tx core.App) error {
	w := who{u.By, u.ByOwner}
	if err := owns(tx, w, u.Project, u.Session); err != nil {
		return err
	}
	return mayDeliver(tx, w, u.Project, u.Deliverable)
}

// owns returns an error unless the project and, if named, its session exist and the sender may add files to them.
func owns(app core.App, w who, project, session string) error {
	where := dbx.HashExp{"id": project}
	if !w.owner {
		where["client"] = w.id
	}
	if err := exists(app, "projects", where); err != nil {
		return router.NewNotFoundError(access.NotHere, err)
	}
	if session == "" {
		return nil
	}
	if err := exists(app, "sessions", dbx.HashExp{"id": session, "project": project}); err != nil {
		return router.NewBadRequestError("There is no such session in this project.", err)
	}
	return nil
}

// mayDeliver returns an error unless the sender may add a version to the deliverable, if one is named.
func mayDeliver(app core.App, w who, project, deliverable string) error {
	if deliverable == "" {
		return nil
	}
	if !w.owner {
		return router.NewForbiddenError("Only the owner delivers. Leave out deliverable to send a file to the project.", nil)
	}
	if err := exists(app, "deliverables", dbx.HashExp{"id": deliverable, "project": project}); err != nil {
		return router.NewBadRequestError("There is no such deliverable in this project.", err)
	}
	return nil
}

func exists(app core.App, table string, where dbx.Expression) error {
	var id string
	return app.DB().Select("id").From(table).Where(where).Limit(1).Row(&id)
}

func isAnswer(err error) bool {
	var answer *router.ApiError
	return errors.As(err, &answer)
}
