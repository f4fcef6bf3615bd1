package files

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"
)

const (
	totalUploads = 10        // a client may have so many times the largest file in all
	mostAtOnce   = 100       // uploads of one client that are not finished
	spareBytes   = 256 << 20 // what stays free on the disk, for the database
)

// mayHave checks what is asked for, before anything is promised.
func (s *service) mayHave(app core.App, w who, ask request) error {
	if err := owns(app, w, ask.Project, ask.Session); err != nil {
		return err
	}
	if ask.Size <= 0 {
		return router.NewBadRequestError("The file is empty. Choose one that has something in it.", nil)
	}
	return s.notTooLarge(ask.Size)
}

func (s *service) notTooLarge(size int64) error {
	if largest := int64(s.config.MaxUpload); size > largest {
		return tooLarge(fmt.Sprintf("This file has %s; a file may have up to %s.", Size(size), Size(largest)))
	}
	return nil
}

// hasRoom looks whether there is room for an upload. What the owner delivers counts for nobody.
func (s *service) hasRoom(app core.App, u upload) error {
	if !u.ByOwner {
		if err := s.withinTotal(app, u.By, u.SizeBytes); err != nil {
			return err
		}
	}
	if s.app.Settings().S3.Enabled {
		return nil
	}
	return s.diskHolds(u.SizeBytes)
}

// withinTotal holds what a client has sent, is sending and wants to send against what one client may have in all.
func (s *service) withinTotal(app core.App, client string, more int64) error {
	var sum int64
	err := app.DB().Select("COALESCE(SUM(size), 0)").From(collection).Where(dbx.HashExp{"client": client, "uploadedBy": "client"}).Row(&sum)
	if err != nil {
		return err
	}
	rows, err := rowsBehind(app, uploadRows+":"+client)
	if err != nil {
		return err
	}
	if len(rows) >= mostAtOnce {
		return router.NewTooManyRequestsError(fmt.Sprintf("%d uploads are not finished yet. Finish or cancel some of them first.", len(rows)), nil)
	}
	for _, row := range rows {
		u, err := read(row)
		if err != nil {
			return err
		}
		sum += u.SizeBytes
	}
	if most := totalUploads * int64(s.config.MaxUpload); sum+more > most {
		return tooLarge(fmt.Sprintf("With this file, what you have sent would come to %s; up to %s is kept for you. Delete files that are no longer needed, or ask %s.",
			Size(sum+more), Size(most), s.config.Owner))
	}
	return nil
}

// diskHolds looks for room on the disk, and leaves some.
func (s *service) diskHolds(bytes int64) error {
	free, err := freeBytes(s.app.DataDir())
	if err != nil {
		return err
	}
	if free < uint64(bytes)+spareBytes {
		return router.NewApiError(http.StatusInsufficientStorage, "There is no room for this file on the server just now. "+s.config.Owner+" has to make some.",
			errors.New("the disk of the data directory is full"))
	}
	return nil
}

func tooLarge(sentence string) error {
	return router.NewApiError(http.StatusRequestEntityTooLarge, sentence, nil)
}

// limitForms holds files that come with PocketBase's own form to the same limits. They pass through the server's temporary
// folder and have to arrive within five minutes, which is why the schema lets them be smaller than an upload.
func (s *service) limitForms() {
	s.app.OnRecordCreateRequest(collection).BindFunc(func(e *core.RecordRequestEvent) error {
		for _, file := range e.Record.GetUnsavedFiles("file") {
			if file.Size == 0 {
				return e.BadRequestError("The file is empty. Choose one that has something in it.", nil)
			}
			if err := s.notTooLarge(file.Size); err != nil {
				return err
			}
			if e.HasSuperuserAuth() {
				continue
			}
			defer s.busy.Lock("total of " + e.Auth.Id)() // until it counts
			if err := s.withinTotal(e.App, e.Auth.Id, file.Size); err != nil {
				return err
			}
		}
		return e.Next()
	})
}

// Size is a number of bytes, said in B, KB, MB or GB.
type Size int64

func (n Size) String() string {
	for _, unit := range []struct {
		name  string
		bytes Size
	}{{"GB", 1 << 30}, {"MB", 1 << 20}, {"KB", 1 << 10}} {
		if n >= unit.bytes {
			return fmt.Sprintf("%.1f %s", float64(n)/float64(unit.bytes), unit.name)
		}
	}
	return fmt.Sprintf("%d B", int64(n))
}
