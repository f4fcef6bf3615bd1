package files

import (
	"context"
	"io"
	"path/filepath"
	"time"

	"github.com/pocketbase/pocketbase/core"
)

// store is where files are stored: the bucket or the data directory. Keys are PocketBase's,
// <collection>/<record>/<name>.
type store interface {
	// start begins an upload. It may store the store's own id of it in u.
	start(ctx context.Context, u *upload) error
	// arrived returns what has arrived of an upload, or errGone.
	arrived(ctx context.Context, u upload) (progress, error)
	// partLink returns a URL by which one part, and nothing else, can be sent; "" where there are no parts.
	partLink(ctx context.Context, u upload, number int, valid time.Duration) (url string, err error)
	// finish makes the whole file appear at its key. sent, unless nil, are the parts as the sender knows them; others
	// count as missing (errIncomplete). Calling it again is no error.
	finish(ctx context.Context, u upload, sent []part) error
	// drop removes an upload and its file. Calling it again is no error.
	drop(ctx context.Context, u upload) error
	// size returns an object's size in bytes.
	size(ctx context.Context, key string) (int64, error)
	// read returns a function that reads a few bytes of an object, for detecting its type.
	read(ctx context.Context, key string) readAt
	// open returns a reader of the whole object.
	open(ctx context.Context, key string) (io.ReadCloser, error)
	// remove deletes all objects of some records of a collection.
	remove(ctx context.Context, collectionId string, records []string) error
	// clear deletes all objects of a collection.
	clear(ctx context.Context, collectionId string) error
	// removeKeys deletes single objects.
	removeKeys(ctx context.Context, keys []string) error
	// each calls do for every object of a collection, ordered by key.
	each(ctx context.Context, collectionId string, do func(object) error) error
	// abandoned discards uploads that began before a time and whose record id is not among the known ones.
	abandoned(ctx context.Context, collectionId string, before time.Time, known map[string]bool) error
}

// progress is what has arrived of an upload.
type progress struct {
	parts []part // empty on the disk, where an upload has no parts
	bytes int64
}

// part is a part that has arrived, with the bucket's hash of it (ETag). By the ETag the sender recognises a part that
// was cut off.
type part struct {
	Number int    `json:"number"`
	ETag   string `json:"etag"`
}

// object is a stored file.
type object struct {
	Key      string
	Bytes    int64
	Modified time.Time
}

// store returns the store that PocketBase's settings name at this moment.
func (s *service) store() store {
	if c := s.app.Settings().S3; c.Enabled {
		return newBucket(c)
	}
	return newDisk(s.app.DataDir())
}

func newDisk(dataDir string) disk {
	return disk{storage: filepath.Join(dataDir, core.LocalStorageDirName), uploads: filepath.Join(dataDir, uploadsDir)}
}
