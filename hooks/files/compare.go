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
	"greenroom/hooks/phrases"
)

// Findings is the result of comparing the attachments' rows with the objects in the store.
type Findings struct {
	Rows        int
	Missing     []string // a sentence for each row whose file is missing or has another size
	Orphans     []string // keys of objects without a row that are older than a day
	OrphanBytes int64

	store store
}

// orphanedAfter excludes objects that may be just being written.
const orphanedAfter = 24 * time.Hour

// Compare compares rows and objects without changing either. Objects are listed before the rows are read, so that an
// attachment made in between is never taken for an orphan; its row is left out of the comparison.
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

// look compares the object of one row.
func (f *Findings) look(r fileRow, objects map[string]object) {
	o, there := objects[r.key]
	switch {
	case !there:
		f.Missing = append(f.Missing, fmt.Sprintf("%s of attachment %s is not there", r.filename, r.id))
	case o.Bytes != r.bytes:
		f.Missing = append(f.Missing, fmt.Sprintf("%s of attachment %s has %s instead of %s", r.filename, r.id, phrases.Bytes(o.Bytes), phrases.Bytes(r.bytes)))
	}
}

// Repair removes the orphans, and never a row. It refuses if no row has its object, because the configured store is
// then probably another studio's.
func (f Findings) Repair(ctx context.Context) error {
	if len(f.Missing) == f.Rows && len(f.Orphans) > 0 {
		return errors.New("none of the attachments has its file here, so this may not be the place of this studio's files")
	}
	return f.store.removeKeys(ctx, f.Orphans)
}

// storeOf returns the configured store, for commands that run without a server.
func storeOf(c config.Config, dataDir string) store {
	if c.R2Bucket == "" {
		return newDisk(dataDir)
	}
	return newBucket(Bucket(c))
}

// Bucket returns the settings by which PocketBase stores files in the configured bucket. R2 takes path-style addresses.
func Bucket(c config.Config) core.S3Config {
	return core.S3Config{Enabled: true, Bucket: c.R2Bucket, Region: "auto", Endpoint: c.R2Endpoint.String(),
		AccessKey: c.R2AccessKeyId, Secret: c.R2SecretAccessKey, ForcePathStyle: true}
}

// fileRow holds the columns of an attachment that concern its file.
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
		created, _ := time.Parse(time.RFC3339, strings.Replace(r.Created, " ", "T", 1)) // the zero time if the column is empty
		rows[r.Id] = fileRow{r.Id, r.Filename, collectionId + "/" + r.Id + "/" + r.File, r.Size, created}
	}
	return rows, nil
}

// unfinishedRecords returns the ids that uploads in progress will give to their attachments.
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
