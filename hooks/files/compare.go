package files

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/config"
)

// Findings is what a comparison of the attachments' rows with the objects in the store shows.
type Findings struct {
	Rows        int
	Missing     []string // a sentence for each file of a row with which something is wrong
	Orphans     []string // keys of objects that belong to nothing and are older than a day
	OrphanBytes int64

	store store
}

// orphanedAfter keeps what is being written at this moment out of a comparison.
const orphanedAfter = 24 * time.Hour

// Compare looks from both sides, at a database that is only read. Objects are listed before the rows are read: what
// comes in between is a row too many for this comparison, never an object.
func Compare(ctx context.Context, db dbx.Builder, c config.Config, dataDir string) (f Findings, err error) {
	f.store = storeOf(c, dataDir)
	var collectionId string
	if err := db.Select("id").From("_collections").Where(dbx.HashExp{"name": collection}).Row(&collectionId); err != nil {
		return f, fmt.Errorf("files: find the collection: %w", err)
	}
	began, objects := time.Now(), map[string]object{}
	err = f.store.each(ctx, collectionId, func(o object) error { objects[o.Key] = o; return nil })
	if err != nil {
		return f, err
	}
	rows, err := rowsOfFiles(db, collectionId)
	if err != nil {
		return f, err
	}
	unfinished, err := unfinishedRecords(db)
	if err != nil {
		return f, err
	}
	f.Rows = len(rows)
	for _, r := range rows {
		if r.created.Before(began) {
			f.look(r, objects)
		}
	}
	for key, o := range objects {
		r, belongs := rows[recordOf(key)]
		if belongs && (key == r.key || strings.Contains(key, "/thumbs_")) || unfinished[recordOf(key)] || began.Sub(o.Modified) < orphanedAfter {
			continue
		}
		f.Orphans = append(f.Orphans, key)
		f.OrphanBytes += o.Bytes
	}
	return f, nil
}

// look notes what is wrong with the object of a row.
func (f *Findings) look(r fileRow, objects map[string]object) {
	o, there := objects[r.key]
	switch {
	case !there:
		f.Missing = append(f.Missing, fmt.Sprintf("%s of attachment %s is not there", r.filename, r.id))
	case o.Bytes != r.bytes:
		f.Missing = append(f.Missing, fmt.Sprintf("%s of attachment %s has %s instead of %s", r.filename, r.id, Size(o.Bytes), Size(r.bytes)))
	}
}

// Repair removes the orphans. Rows are never touched. Where no row has an object here, this is another studio's store.
func (f Findings) Repair(ctx context.Context) error {
	if len(f.Missing) == f.Rows && len(f.Orphans) > 0 {
		return errors.New("none of the attachments has its file here, so this may not be the place of this studio's files")
	}
	return f.store.removeKeys(ctx, f.Orphans)
}

// storeOf is the store that the configuration names, without a running studio.
func storeOf(c config.Config, dataDir string) store {
	if c.R2Bucket == "" {
		return newDisk(dataDir)
	}
	return newBucket(Bucket(c))
}

// Bucket is where PocketBase keeps the files of records when the environment names a bucket. R2 is addressed by path.
func Bucket(c config.Config) core.S3Config {
	return core.S3Config{Enabled: true, Bucket: c.R2Bucket, Region: "auto", Endpoint: c.R2Endpoint.String(),
		AccessKey: c.R2AccessKeyId, Secret: c.R2SecretAccessKey, ForcePathStyle: true}
}

// fileRow is an attachment as far as its file goes.
type fileRow struct {
	id, filename, key string
	bytes             int64
	created           time.Time
}

func rowsOfFiles(db dbx.Builder, collectionId string) (map[string]fileRow, error) {
	var found []struct {
		Id       string `db:"id"`
		File     string `db:"file"`
		Filename string `db:"filename"`
		Size     int64  `db:"size"`
		Created  string `db:"created"`
	}
	if err := db.Select("id", "file", "filename", "size", "created").From(collection).All(&found); err != nil {
		return nil, fmt.Errorf("files: read the attachments: %w", err)
	}
	rows := map[string]fileRow{}
	for _, r := range found {
		created, _ := time.Parse(time.RFC3339, strings.Replace(r.Created, " ", "T", 1)) // of the zero time where it is none
		rows[r.Id] = fileRow{r.Id, r.Filename, collectionId + "/" + r.Id + "/" + r.File, r.Size, created}
	}
	return rows, nil
}

// unfinishedRecords are the ids that uploads will have once they are finished.
func unfinishedRecords(db dbx.Builder) (map[string]bool, error) {
	var names []string
	err := db.Select("name").From("integrations").Where(dbx.Like("name", uploadRows+":").Match(false, true)).Column(&names)
	if err != nil {
		return nil, fmt.Errorf("files: read unfinished uploads: %w", err)
	}
	ids := map[string]bool{}
	for _, name := range names {
		ids[name[strings.LastIndex(name, ":")+1:]] = true
	}
	return ids, nil
}
