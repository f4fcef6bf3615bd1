package files

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"

	"greenroom/hooks/live"
	"greenroom/hooks/loudness"
)

// Each file is read in the background, one after the other, once it is there. It gets its SHA-256, by which everybody
// can tell whether the file that they have is the one that was approved; a recording is measured on the way: how loud
// and how long it is, and its shape.

// sumMayTake bounds the reading of one file.
const sumMayTake = time.Hour

// sums are the attachments whose files are to be read.
type sums struct {
	mu      sync.Mutex
	serving bool // a command ends before a large file is read; the server does it at its next start
	running bool
	waiting []string
}

// sumInBackground takes up each new file, and each file that another replaces.
func (s *service) sumInBackground() {
	s.app.OnServe().Bind(&hook.Handler[*core.ServeEvent]{Id: "greenroomSums", Func: func(e *core.ServeEvent) error {
		s.sums.mu.Lock()
		s.sums.serving = true
		s.sums.mu.Unlock()
		return e.Next()
	}})
	take := func(e *core.RecordEvent) error {
		if isToBeRead(e.Record) {
			s.sumSoon(e.Record.Id)
		}
		return e.Next()
	}
	s.app.OnRecordAfterCreateSuccess(collection).BindFunc(take)
	s.app.OnRecordAfterUpdateSuccess(collection).BindFunc(take)
}

func (s *service) sumSoon(ids ...string) {
	s.sums.mu.Lock()
	defer s.sums.mu.Unlock()
	if !s.sums.serving {
		return
	}
	s.sums.waiting = append(s.sums.waiting, ids...)
	if !s.sums.running && len(s.sums.waiting) > 0 {
		s.sums.running = true
		s.background.Go(s.sumWaiting)
	}
}

// sumWaiting works the list off. A file that cannot be read now is taken up again by the next sweep.
func (s *service) sumWaiting() {
	for {
		s.sums.mu.Lock()
		if len(s.sums.waiting) == 0 || s.ctx.Err() != nil {
			s.sums.running, s.sums.waiting = false, nil
			s.sums.mu.Unlock()
			return
		}
		id := s.sums.waiting[0]
		s.sums.waiting = s.sums.waiting[1:]
		s.sums.mu.Unlock()
		if err := s.sum(id); err != nil && s.ctx.Err() == nil {
			s.app.Logger().Warn("The checksum of a file could not be made yet; it will be tried again.", "attachment", id, "error", err)
		}
	}
}

// sum reads a file and notes what it finds, unless another file came into its place meanwhile.
func (s *service) sum(id string) error {
	attachment, err := s.app.FindRecordById(collection, id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // it was deleted meanwhile
	}
	if err != nil {
		return err
	}
	if !isToBeRead(attachment) {
		return nil
	}
	ctx, end := context.WithTimeout(s.ctx, sumMayTake)
	defer end()
	content, err := s.store().open(ctx, keyOf(attachment))
	if err != nil {
		return err
	}
	defer content.Close()
	hash, length := sha256.New(), counter(0)
	passing := io.TeeReader(until{ctx, content}, io.MultiWriter(hash, &length))
	found := dbx.Params{"measured": true}
	if isSound(attachment) {
		measured, err := loudness.Measure(passing)
		if err != nil {
			s.app.Logger().Debug("A recording could not be measured.", "attachment", id, "error", err)
		} else if err := note(found, measured); err != nil {
			return err
		}
	}
	if _, err := io.Copy(io.Discard, passing); err != nil { // the attachments that were not looked at
		return err
	}
	if size := attachment.GetInt("size"); int(length) != size {
		return fmt.Errorf("files: attachment %s has %d bytes in the store, and was taken in with %d", id, length, size)
	}
	found["sha256"] = hex.EncodeToString(hash.Sum(nil))
	theFile := dbx.And(dbx.HashExp{"id": id, "file": attachment.GetString("file")}, dbx.NewExp("(sha256 = '' OR NOT measured)"))
	updated, err := s.app.NonconcurrentDB().Update(collection, found, theFile).Execute()
	if err != nil {
		return err
	}
	if n, err := updated.RowsAffected(); err == nil && n > 0 && isSound(attachment) { // its shape is on a page that is open
		live.Tell(s.app, attachment.GetString("client"), "update", collection)
	}
	return nil
}

// counter counts the bytes that are written to it.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// isToBeRead tells by what is not known of a file yet. Those of before recordings were measured have their checksum
// already.
func isToBeRead(attachment *core.Record) bool {
	known := attachment.GetString("sha256") != "" && (attachment.GetBool("measured") || !isSound(attachment))
	return attachment.GetString("file") != "" && !known
}

func isSound(attachment *core.Record) bool {
	return strings.HasPrefix(attachment.GetString("mimeType"), "audio/")
}

// note writes down what was measured. The database has no infinity: silence has a loudness of 0, which no music has.
func note(found dbx.Params, r loudness.Result) error {
	shape, err := json.Marshal(r.Peaks)
	if err != nil {
		return err
	}
	hundredths := func(db float64) float64 {
		if math.IsInf(db, 0) {
			return 0
		}
		return math.Round(db*100) / 100
	}
	found["durationMs"], found["peaks"] = int64(math.Ceil(r.Length.Seconds()*1000)), string(shape)
	found["lufs"], found["peakDb"] = hundredths(r.LUFS), hundredths(r.PeakDb)
	return nil
}

// until reads as long as its context holds, so that a stop does not wait for the end of a large file.
type until struct {
	ctx context.Context
	io.Reader
}

func (u until) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.Reader.Read(p)
}

// sumForgotten takes up the files of which something is not known: those that came while no server ran, and those that
// could not be read.
func (s *service) sumForgotten() error {
	for last := int64(0); s.ctx.Err() == nil; {
		var page []struct {
			Row int64  `db:"row"`
			Id  string `db:"id"`
		}
		err := s.app.DB().NewQuery("SELECT rowid AS row, id FROM attachments WHERE rowid > {:last} AND file != '' AND (sha256 = '' OR NOT measured AND mimeType LIKE 'audio/%') ORDER BY rowid LIMIT 500").
			Bind(dbx.Params{"last": last}).All(&page)
		if err != nil || len(page) == 0 {
			return err
		}
		ids := make([]string, len(page))
		for i, one := range page {
			ids[i], last = one.Id, one.Row
		}
		s.sumSoon(ids...)
	}
	return nil
}
