package files

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/filesystem"
	"github.com/pocketbase/pocketbase/tools/security"

	"greenroom/hooks/integrations"
)

// upload is an unfinished upload, stored as JSON in the cursor of its row. Its id becomes the attachment's, so that
// completing it twice makes one record.
type upload struct {
	Id          string `json:"id"`
	By          string `json:"by"` // id of the client or superuser who sends it
	ByOwner     bool   `json:"byOwner"`
	Name        string `json:"name"` // display name of the client or person who sends it; empty for the owner
	Project     string `json:"project"`
	Session     string `json:"session"`               // may be empty
	Deliverable string `json:"deliverable,omitempty"` // the file becomes its next version; may be empty
	Filename    string `json:"filename"`              // as shown to people
	Key         string `json:"key"`                   // of the complete file in the store
	SizeBytes   int64  `json:"sizeBytes"`
	PartBytes   int64  `json:"partBytes"` // size of each part but the last
	Multipart   string `json:"multipart"` // the bucket's id of the multipart upload; empty on the disk
}

// States of an upload's row.
const (
	stateUploading = "uploading"
	stateCancelled = "cancelled" // what has arrived is still to be removed
)

const (
	minPartBytes = 8 << 20 // S3 requires at least 5 MiB
	maxParts     = 1000    // S3 allows ten thousand, but lists a thousand at a time
)

// partBytes returns the size of the parts of a file, in bytes.
func partBytes(size int64) int64 {
	const mb = 1 << 20
	return max(minPartBytes, (size/maxParts/mb+1)*mb)
}

// parts returns the number of parts.
func (u upload) parts() int { return int((u.SizeBytes + u.PartBytes - 1) / u.PartBytes) }

// partSize returns the size in bytes of a part, counted from 1.
func (u upload) partSize(number int) int64 {
	return min(u.PartBytes, u.SizeBytes-int64(number-1)*u.PartBytes)
}

// newUpload chooses the id, name, key and size of parts. It does not check whether the upload is allowed.
func newUpload(attachments *core.Collection, w who, ask request) (upload, error) {
	id := security.PseudorandomStringWithAlphabet(core.DefaultIdLength, core.DefaultIdAlphabet)
	filename := CleanName(ask.Filename)
	stub, err := stubFile(filename)
	if err != nil {
		return upload{}, err
	}
	return upload{Id: id, By: w.id, ByOwner: w.owner, Project: ask.Project, Session: ask.Session, Deliverable: ask.Deliverable, Filename: filename,
		Key: attachments.BaseFilesPath() + "/" + id + "/" + stub.Name, SizeBytes: ask.Size, PartBytes: partBytes(ask.Size)}, nil
}

// stubFile returns a file of one byte that stands for one in the store: by it PocketBase chooses a name, and validates
// the record.
func stubFile(filename string) (*filesystem.File, error) {
	return filesystem.NewFileFromBytes([]byte{0}, filename)
}

// uploadRows is the prefix of the rows of uploads. The sender's id follows, so that a request reads no uploads of
// others.
const uploadRows = integration + ":upload"

func rowOf(by, id string) string { return uploadRows + ":" + by + ":" + id }

func (u upload) row() string { return rowOf(u.By, u.Id) }

func (u upload) save(app core.App, state, trouble string) error {
	cursor, err := json.Marshal(u)
	if err != nil {
		return err
	}
	return integrations.Set(app, u.row(), state, string(cursor), trouble)
}

// find returns an unfinished upload of the sender's, or nil without an error.
func find(app core.App, w who, id string) (*upload, error) {
	row, err := integrations.Row(app, rowOf(w.id, id))
	if row == nil || err != nil || row.GetString("state") != stateUploading {
		return nil, err
	}
	u, err := read(row)
	return &u, err
}

func read(row *core.Record) (u upload, err error) {
	if err := json.Unmarshal([]byte(row.GetString("cursor")), &u); err != nil {
		return u, fmt.Errorf("files: read %s: %w", row.GetString("name"), err)
	}
	return u, nil
}

// rowsBehind returns the rows whose names begin with prefix and a colon, by a range of the index of names.
func rowsBehind(app core.App, prefix string) (rows []*core.Record, err error) {
	err = app.RecordQuery("integrations").AndWhere(dbx.NewExp("name > {:from} AND name < {:to}",
		dbx.Params{"from": prefix + ":", "to": prefix + ";"})).OrderBy("name").All(&rows)
	return rows, err
}

// touch records progress, so that the upload is not given up. It writes at most once in touchedEvery.
func touch(app core.App, u upload, now time.Time) error {
	row, err := integrations.Row(app, u.row())
	if err != nil || row == nil || now.Sub(row.GetDateTime("updated").Time()) < touchedEvery {
		return err
	}
	return app.Save(row)
}

const touchedEvery = time.Hour

// errIncomplete says that parts of the upload have not arrived.
var errIncomplete = errors.New("files: not all of it has arrived")

// errGone says that the store does not know the upload any more.
var errGone = errors.New("files: the upload is not known any more")
