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

// Each new file is read once in the background. Its SHA-256 lets anybody check whether a file is the one that was
// approved. Recordings are measured in the same pass: loudness, length and waveform.

// sumMayTake limits the reading of one file.
const sumMayTake = time.Hour

// sums is the queue of attachments whose files are to be read.
type sums struct {
	mu      sync.Mutex
	serving bool // false in a command, which would end too early; the next start of the server reads the file
	running bool
	waiting []string
}

// sumInBackground queues each new file, and each file that replaces another.
func (s *service) sumInBackground() {
	s.app.OnServe().Bind(&hook.Handler[*core.ServeEvent]{Id: "greenroomSums", Func: func(e *core.ServeEvent) error {
		s.sums.mu.Lock()
		s.sums.serving = true
		s.sums.mu.Unlock()
		return e.Next()
	}})
	enqueue := func(e *core.RecordEvent) error {
		if isToBeRead(e.Record) {
			s.sumSoon(e.Record.Id)
		}
		return e.Next()
	}
	s.app.OnRecordAfterCreateSuccess(collection).BindFunc(enqueue)
	s.app.OnRecordAfterUpdateSuccess(collection).BindFunc(enqueue)
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
		s.inBackground(s.sumWaiting)
	}
}

// sumWaiting works through the queue. A file that cannot be read now is queued again by the next sweep. The log gets one
// line for all of them, because after a move every file of a studio may be missing.
func (s *service) sumWaiting() {
	var unread int
	var first string
	var why error
	for id, more := s.nextToSum(); more; id, more = s.nextToSum() {
		if err := s.sum(id); err != nil && s.ctx.Err() == nil {
			if unread++; unread == 1 {
				first, why = id, err
			}
		}
	}
	if unread > 0 {
		s.app.Logger().Warn("Files could not be read for their checksums yet; they will be tried again.", "files", unread, "first", first, "error", why)
	}
}

// nextToSum takes the first attachment of the queue. At the queue's end, and when the server stops, it ends the work.
func (s *service) nextToSum() (id string, more bool) {
	s.sums.mu.Lock()
	defer s.sums.mu.Unlock()
	if len(s.sums.waiting) == 0 || s.ctx.Err() != nil {
		s.sums.running, s.sums.waiting = false, nil
		return "", false
	}
	id = s.sums.waiting[0]
	s.sums.waiting = s.sums.waiting[1:]
	return id, true
}

// sum reads a file and stores the results, unless the record has another file by then.
func (s *service) sum(id string) error {
	attachment, err := s.app.FindRecordById(collection, id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // the record was deleted in the meantime
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
		} else if err := addMeasurements(found, measured); err != nil {
			return err
		}
	}
	if _, err := io.Copy(io.Discard, passing); err != nil { // the rest of the file, which the measuring did not need
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
	if n, err := updated.RowsAffected(); err == nil && n > 0 && isSound(attachment) { // an open page may show the waveform
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

// isToBeRead reports whether the checksum, or a recording's measurements, are missing. Files from before measurements
// existed have only the checksum.
func isToBeRead(attachment *core.Record) bool {
	known := attachment.GetString("sha256") != "" && (attachment.GetBool("measured") || !isSound(attachment))
	return attachment.GetString("file") != "" && !known
}

func isSound(attachment *core.Record) bool {
	return strings.HasPrefix(attachment.GetString("mimeType"), "audio/")
}

// addMeasurements adds what was measured to the values to store. A number field cannot hold infinity, so silence gets a
// loudness of 0, which no recording has.
func addMeasurements(found dbx.Params, r loudness.Result) error {
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

// until is a reader that fails once its context ends, so that a stop does not wait for the end of a large file.
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

// sumForgotten queues the files whose checksum or measurements are missing: those that arrived while no server ran, and
// those that could not be read.
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
