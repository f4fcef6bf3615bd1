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
	totalUploads = 10        // a client may have so many times the largest file in all, and on a disk
	diskShare    = 10        // no more than this part of it
	mostAtOnce   = 100       // uploads of one client that are not finished
	spareBytes   = 256 << 20 // the room on the disk that stays free for the database
	promisedPart = 2         // the part of the free disk that is promised at most: a half
)

// mayHave checks what is asked for, before anything is promised.
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
		return tooLarge(fmt.Sprintf("This file has %s; a file may have up to %s.", Size(size), Size(largest)))
	}
	return nil
}

// withinTotal holds the sum of the files that a client has sent, is sending and wants to send against the total of one
// client. A file counts once, by its reservation, its upload's row or its record: they are read in this order, in which
// it goes from one to the next.
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
			Size(sum), Size(most), s.config.Owner))
	}
	return nil
}

// total is how much of one client's is kept.
func (s *service) total() (int64, error) {
	most := totalUploads * min(int64(s.config.MaxUpload), 1<<59)
	if s.app.Settings().S3.Enabled {
		return most, nil
	}
	_, size, err := diskRoom(s.app.DataDir())
	return min(most, size/diskShare), err
}

// diskHolds looks whether all that is promised, and some bytes more, is at most half of the free disk.
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
			promised -= there.bytes // these take their part of the disk already
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

// diskTakes looks whether the disk takes bytes that were promised, now that they come.
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
