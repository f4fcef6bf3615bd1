package files

import (
	"context"
	"io"
	"path/filepath"
	"time"

	"github.com/pocketbase/pocketbase/core"
)

// store is where files lie: the bucket or the data directory. Keys are PocketBase's: <collection>/<record>/<name>.
type store interface {
	// start makes room for an upload and may note in it what the store calls it.
	start(ctx context.Context, u *upload) error
	// arrived tells what has come so far.
	arrived(ctx context.Context, u upload) (progress, error)
	// partLink gives a link by which one part can be sent, and nothing else.
	partLink(ctx context.Context, u upload, number int, valid time.Duration) (url string, err error)
	// finish puts the whole file at its key, of the very parts that the sender knows, where they are named. Doing it again
	// is no error.
	finish(ctx context.Context, u upload, sent []part) error
	// drop forgets an upload and whatever came of it. Doing it again is no error.
	drop(ctx context.Context, u upload) error
	// size is how large an object is.
	size(ctx context.Context, key string) (int64, error)
	// read gives some bytes of an object, to tell what it is.
	read(ctx context.Context, key string) readAt
	// open reads an object from its beginning to its end.
	open(ctx context.Context, key string) (io.ReadCloser, error)
	// remove deletes everything under some records of a collection.
	remove(ctx context.Context, collectionId string, records []string) error
	// clear deletes everything under a collection.
	clear(ctx context.Context, collectionId string) error
	// removeKeys deletes single objects.
	removeKeys(ctx context.Context, keys []string) error
	// each calls do for every object of a collection, in the order of the keys.
	each(ctx context.Context, collectionId string, do func(object) error) error
	// abandoned gives up uploads that began before a time and are not known.
	abandoned(ctx context.Context, collectionId string, before time.Time, known map[string]bool) error
}

// progress is what has arrived of an upload.
type progress struct {
	parts []part // those that are there; none on disk, where bytes follow each other
	bytes int64
}

// part is one that has arrived, and the bucket's mark of what it holds. By it the sender knows their own part from one
// of which the line cut off the end.
type part struct {
	Number int    `json:"number"`
	ETag   string `json:"etag"`
}

// object is a file in the store.
type object struct {
	Key      string
	Bytes    int64
	Modified time.Time
}

// store is where PocketBase itself keeps files at this moment.
func (s *service) store() store {
	if c := s.app.Settings().S3; c.Enabled {
		return newBucket(c)
	}
	return newDisk(s.app.DataDir())
}

func newDisk(dataDir string) disk {
	return disk{storage: filepath.Join(dataDir, core.LocalStorageDirName), uploads: filepath.Join(dataDir, uploadsDir)}
}
