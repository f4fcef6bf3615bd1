package files

import (
	"errors"
	"fmt"
	"net/http"

	"greenroom/hooks/phrases"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"
)

const (
	totalUploads = 10        // the total of a client's files is this many times the largest file
	diskShare    = 10        // and on a disk at most the disk's size divided by this
	mostAtOnce   = 100       // unfinished uploads of one client
	spareBytes   = 256 << 20 // bytes of the disk that stay free for the database
	promisedPart = 2         // reservations take at most the free disk divided by this
)

// mayHave checks who asks, the target and the size, before room is looked for.
func (s *service) mayHave(app core.App, w who, ask request) error {
	if err := owns(app, w, ask.Project, ask.Session); err != nil {
		return err
	}
	if err := mayDeliver(app, w, ask.Project, ask.Deliverable); err != nil {
		return err
	}
	if ask.Size <= 0 {
		return router.NewBadRequestError("The file is empty. Choose one that has something in it.", nil)
	}
	return s.notTooLarge(ask.Size)
}

func (s *service) notTooLarge(size int64) error {
	if largest := int64(s.config.MaxUpload); size > largest {
		return tooLarge(fmt.Sprintf("This file has %s; a file may have up to %s.", phrases.Bytes(size), phrases.Bytes(largest)))
	}
	return nil
}

// withinTotal checks the total of the files that a client has sent, is sending and wants to send. A file passes from a
// reservation to its upload's row to its record; these are read in the same order, so that each file is counted, and
// only once.
func (s *service) withinTotal(app core.App, held map[string]reserved, client string, more int64) error {
	var sum int64
	counted := []any{}
	for id, r := range held {
		if r.by == client {
			sum += r.bytes
			counted = append(counted, id)
		}
	}
	rows, err := rowsBehind(app, uploadRows+":"+client)
	if err != nil {
		return err
	}
	for _, row := range rows {
		u, err := read(row)
		if err != nil {
			return err
		}
		if _, too := held[u.Id]; !too {
			sum += u.SizeBytes
			counted = append(counted, u.Id)
		}
	}
	if len(counted) >= mostAtOnce {
		return router.NewTooManyRequestsError(fmt.Sprintf("%d uploads are not finished yet. Finish or cancel some of them first.", len(counted)), nil)
	}
	var kept int64
	err = app.DB().Select("COALESCE(SUM(size), 0)").From(collection).Where(dbx.HashExp{"client": client, "uploadedBy": "client"}).
		AndWhere(dbx.NotIn("id", counted...)).Row(&kept)
	if err != nil {
		return err
	}
	most, err := s.total()
	if err != nil {
		return err
	}
	if sum += kept + more; sum > most {
		return tooLarge(fmt.Sprintf("With this file, what you have sent would come to %s; up to %s is kept for you. Delete files that are no longer needed, or ask %s.",
			phrases.Bytes(sum), phrases.Bytes(most), s.config.Owner))
	}
	return nil
}

// total is how many bytes of one client's files are stored at most.
func (s *service) total() (int64, error) {
	most := totalUploads * min(int64(s.config.MaxUpload), 1<<59)
	if s.app.Settings().S3.Enabled {
		return most, nil
	}
	_, size, err := diskRoom(s.app.DataDir())
	return min(most, size/diskShare), err
}

// diskHolds checks that everything reserved or still to arrive, and more bytes, take at most half of the free disk.
func (s *service) diskHolds(app core.App, held map[string]reserved, more int64) error {
	if s.app.Settings().S3.Enabled {
		return nil
	}
	promised := int64(0)
	for _, r := range held {
		promised += r.bytes
	}
	rows, err := rowsBehind(app, uploadRows)
	if err != nil {
		return err
	}
	for _, row := range rows {
		u, err := read(row)
		if err != nil {
			return err
		}
		if _, too := held[u.Id]; too {
			continue
		}
		promised += u.SizeBytes
		if there, err := s.store().arrived(s.ctx, u); err == nil {
			promised -= there.bytes // these are on the disk already
		}
	}
	free, _, err := diskRoom(s.app.DataDir())
	if err != nil {
		return err
	}
	if half := max(free-spareBytes, 0) / promisedPart; more > half || promised > half-more {
		return s.noRoom()
	}
	return nil
}

// diskTakes checks, when reserved bytes arrive, that the disk really has room for them.
func (s *service) diskTakes(bytes int64) error {
	free, _, err := diskRoom(s.app.DataDir())
	if err != nil {
		return err
	}
	if free-spareBytes < bytes {
		return s.noRoom()
	}
	return nil
}

func (s *service) noRoom() error {
	return router.NewApiError(http.StatusInsufficientStorage, "There is no room for this file on the server just now. "+s.config.Owner+" has to make some.",
		errors.New("the disk of the data directory is full, or half of what is free is promised"))
}

func tooLarge(sentence string) error {
	return router.NewApiError(http.StatusRequestEntityTooLarge, sentence, nil)
}
