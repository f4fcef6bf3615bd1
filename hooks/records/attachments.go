package records

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/filesystem"

	"greenroom/hooks/files"
	"greenroom/hooks/people"
)

// attachments binds the rules of attachments, the files of a project or of one of its sessions. Size, type and key are
// read from the file itself and never taken from a request. No URL is stored, because addresses are signed for an hour.
func attachments(app core.App, zone *time.Location) {
	clientMay(app, "attachments", "id", "project", "session", "file", "filename")
	serverSets(app, "attachments", "url", "size", "mimeType", "uploadedBy", "authorName", "version", "sha256", "durationMs", "lufs", "peakDb", "peaks", "measured")
	oneLine(app, "attachments", "filename")
	visible(app, "attachments", "filename")

	app.OnRecordCreateRequest("attachments").BindFunc(func(e *core.RecordRequestEvent) error {
		if !e.HasSuperuserAuth() {
			e.Record.Set("uploadedBy", "client")
			e.Record.Set("authorName", people.DisplayName(e.Auth))
		}
		return e.Next()
	})
	defaultTo(app, "attachments", "uploadedBy", always("james"))

	describe := func(e *core.RecordEvent) error {
		e.Record.Set("filename", files.CutName(e.Record.GetString("filename")))
		for _, file := range e.Record.GetUnsavedFiles("file") {
			// They were measured on the file that was there before.
			for _, measured := range []string{"sha256", "durationMs", "lufs", "peakDb", "peaks", "measured"} {
				e.Record.Set(measured, nil)
			}
			if err := describeFile(e.Record, file); err != nil {
				return err
			}
		}
		return e.Next()
	}
	app.OnRecordCreate("attachments").BindFunc(describe)
	app.OnRecordUpdate("attachments").BindFunc(describe)

	onWrite(app, "attachments", func(w Write) error {
		if file, ok := w.Record.GetRaw("file").(*filesystem.File); ok {
			w.Record.Set("url", w.Record.Collection().BaseFilesPath()+"/"+w.Record.Id+"/"+file.Name)
		}
		if w.Was != nil && w.Changed("project") {
			if err := stayWithDeliverable(w.App, dbx.HashExp{"attachment": w.Record.Id}); err != nil {
				return err
			}
		}
		if err := w.staysInProject("session"); err != nil {
			return err
		}
		if err := w.numberVersion(); err != nil {
			return err
		}
		return w.inherit("project")
	})
	versions(app, zone)
}

// describeFile sets a file's name (unless one was given), size in bytes and media type. The type is detected from the
// first bytes, because an extension can lie.
func describeFile(record *core.Record, file *filesystem.File) error {
	if record.GetString("filename") == "" {
		record.Set("filename", files.CleanName(file.OriginalName))
	}
	record.Set("size", file.Size)
	content, err := file.Reader.Open()
	if err != nil {
		return fmt.Errorf("attachments: open %s: %w", file.Name, err)
	}
	defer content.Close()
	kind, err := files.ContentTypeOf(content, record.GetString("filename"))
	if err != nil {
		return fmt.Errorf("attachments: read %s: %w", file.Name, err)
	}
	record.Set("mimeType", kind)
	return nil
}

func ignoreNoRows(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}
