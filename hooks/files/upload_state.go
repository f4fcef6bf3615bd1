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

// upload is a file that is still coming. Its id will be the attachment's, so that completing it twice makes one record.
type upload struct {
	Id          string `json:"id"`
	By          string `json:"by"` // the client or superuser who sends it
	ByOwner     bool   `json:"byOwner"`
	Name        string `json:"name"` // of who of the client's side sends it
	Project     string `json:"project"`
	Session     string `json:"session"`               // may be empty
	Deliverable string `json:"deliverable,omitempty"` // the deliverable whose next version it is; may be empty
	Filename    string `json:"filename"`              // as people see it
	Key         string `json:"key"`                   // where it will lie
	SizeBytes   int64  `json:"sizeBytes"`
	PartBytes   int64  `json:"partBytes"` // each part but the last has so many
	Multipart   string `json:"multipart"` // the bucket's own id of it; empty on disk
}

// The states of an upload's row.
const (
	stateUploading = "uploading"
	stateCancelled = "cancelled" // the parts that were sent are still to be cleared away
)

const (
	minPartBytes = 8 << 20 // S3 wants five at least
	maxParts     = 1000    // S3 would take ten thousand, but lists a thousand at once
)

// partBytes divides a file into equal parts.
func partBytes(size int64) int64 {
	const mb = 1 << 20
	return max(minPartBytes, (size/maxParts/mb+1)*mb)
}

// parts is how many there are.
func (u upload) parts() int { return int((u.SizeBytes + u.PartBytes - 1) / u.PartBytes) }

// partSize is how many bytes a part has, counted from one.
func (u upload) partSize(number int) int64 {
	return min(u.PartBytes, u.SizeBytes-int64(number-1)*u.PartBytes)
}

// newUpload decides everything about an upload but whether it may be.
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

// stubFile stands for a file that lies, or will lie, in the store already: PocketBase names it and accepts it.
func stubFile(filename string) (*filesystem.File, error) {
	return filesystem.NewFileFromBytes([]byte{0}, filename)
}

// Rows are named after who sends, so that no request meets the uploads of others.
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

// find gives an upload of somebody's that is not finished; nil where there is none.
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

// rowsBehind gives the rows whose names begin with the prefix and a colon, by the index of names alone.
func rowsBehind(app core.App, prefix string) (rows []*core.Record, err error) {
	err = app.RecordQuery("integrations").AndWhere(dbx.NewExp("name > {:from} AND name < {:to}",
		dbx.Params{"from": prefix + ":", "to": prefix + ";"})).OrderBy("name").All(&rows)
	return rows, err
}

// touch dates an upload's progress, which keeps it from being given up; not each time, for each is a write.
func touch(app core.App, u upload, now time.Time) error {
	row, err := integrations.Row(app, u.row())
	if err != nil || row == nil || now.Sub(row.GetDateTime("updated").Time()) < touchedEvery {
		return err
	}
	return app.Save(row)
}

const touchedEvery = time.Hour

// errIncomplete is what a store says of an upload of which something is still missing.
var errIncomplete = errors.New("files: not all of it has arrived")

// errGone is what a store says of an upload that it does not know any more.
var errGone = errors.New("files: the upload is not known any more")
