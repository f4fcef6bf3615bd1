package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/pocketbase/pocketbase/tools/filesystem"
	"github.com/pocketbase/pocketbase/tools/filesystem/blob"
	"github.com/tus/tusd/v2/pkg/filestore"
	"github.com/tus/tusd/v2/pkg/handler"
)

// uploadsDir is the folder for unfinished uploads. It is in the data directory like PocketBase's storage, so that a
// complete file can be renamed into its place.
const uploadsDir = "uploads"

// attrsSuffix is the suffix of the metadata file that PocketBase stores beside each file.
const attrsSuffix = ".attrs"

// disk stores files in the data directory.
type disk struct{ storage, uploads string }

func (d disk) path(key string) string { return filepath.Join(d.storage, filepath.FromSlash(key)) }

func (d disk) tus() filestore.FileStore { return filestore.New(d.uploads) }

func (d disk) start(ctx context.Context, u *upload) error {
	if err := os.MkdirAll(d.uploads, 0o700); err != nil {
		return fmt.Errorf("files: begin %s: %w", u.Key, err)
	}
	if _, err := d.tus().NewUpload(ctx, handler.FileInfo{ID: u.Id, Size: u.SizeBytes}); err != nil {
		return fmt.Errorf("files: begin %s: %w", u.Key, err)
	}
	return nil
}

func (d disk) arrived(_ context.Context, u upload) (progress, error) {
	info, err := os.Stat(filepath.Join(d.uploads, u.Id))
	if errors.Is(err, fs.ErrNotExist) {
		return progress{}, errGone
	}
	if err != nil {
		return progress{}, fmt.Errorf("files: look at upload %s: %w", u.Id, err)
	}
	return progress{bytes: info.Size()}, nil
}

// partLink returns "": on the disk all bytes are sent to the upload's own address (tus).
func (d disk) partLink(context.Context, upload, int, time.Duration) (string, error) { return "", nil }

// finish renames the file to its key. Before that, PocketBase writes an empty file there, and its metadata beside it.
func (d disk) finish(ctx context.Context, u upload, _ []part) error {
	sent := filepath.Join(d.uploads, u.Id)
	p, err := d.arrived(ctx, u)
	if errors.Is(err, errGone) {
		if size, err := d.size(ctx, u.Key); err == nil && size == u.SizeBytes {
			return nil // an earlier call completed it
		}
		return errGone
	}
	if err != nil {
		return err
	}
	if p.bytes != u.SizeBytes {
		return errIncomplete
	}
	contentType, err := d.flush(sent, u.Filename)
	if err != nil {
		return fmt.Errorf("files: flush upload %s: %w", u.Id, err)
	}
	if err := d.describe(u.Key, contentType); err != nil {
		return fmt.Errorf("files: make room at %s: %w", u.Key, err)
	}
	if err := os.Rename(sent, d.path(u.Key)); err != nil {
		return fmt.Errorf("files: move upload %s: %w", u.Id, err)
	}
	return removeIfThere(sent + ".info")
}

// flush writes the file through to the disk (fsync), and detects its content type.
func (d disk) flush(path, filename string) (contentType string, err error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return "", err
	}
	defer file.Close()
	if err := file.Sync(); err != nil {
		return "", err
	}
	return ContentTypeOf(file, filename)
}

func (d disk) describe(key, mimeType string) error {
	system, err := filesystem.NewLocal(d.storage)
	if err != nil {
		return err
	}
	defer system.Close()
	w, err := system.NewWriter(key, &blob.WriterOptions{ContentType: mimeType})
	if err != nil {
		return err
	}
	return w.Close()
}

func (d disk) drop(_ context.Context, u upload) error {
	sent := filepath.Join(d.uploads, u.Id)
	err := errors.Join(removeIfThere(sent), removeIfThere(sent+".info"), os.RemoveAll(filepath.Dir(d.path(u.Key))))
	if err != nil {
		return fmt.Errorf("files: drop upload %s: %w", u.Id, err)
	}
	return nil
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (d disk) size(_ context.Context, key string) (int64, error) {
	info, err := os.Stat(d.path(key))
	if err != nil {
		return 0, fmt.Errorf("files: look at %s: %w", key, err)
	}
	return info.Size(), nil
}

func (d disk) read(_ context.Context, key string) readAt {
	return func(offset int64) ([]byte, error) {
		file, err := os.Open(d.path(key))
		if err != nil {
			return nil, fmt.Errorf("files: read %s: %w", key, err)
		}
		defer file.Close()
		return readFirst(io.NewSectionReader(file, offset, firstBytes))
	}
}

func (d disk) open(_ context.Context, key string) (io.ReadCloser, error) { return os.Open(d.path(key)) }

func (d disk) remove(_ context.Context, collectionId string, records []string) error {
	for _, record := range records {
		if err := os.RemoveAll(d.path(collectionId + "/" + record)); err != nil {
			return err
		}
	}
	return nil
}

func (d disk) removeKeys(_ context.Context, keys []string) error {
	for _, key := range keys {
		path := d.path(key)
		if err := errors.Join(removeIfThere(path), removeIfThere(path+attrsSuffix)); err != nil {
			return err
		}
		_ = os.Remove(filepath.Dir(path)) // fails, as it should, unless the folder is empty
	}
	return nil
}

func (d disk) clear(_ context.Context, collectionId string) error {
	return os.RemoveAll(d.path(collectionId))
}

func (d disk) each(_ context.Context, collectionId string, do func(object) error) error {
	err := filepath.WalkDir(d.path(collectionId), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(path, attrsSuffix) {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		key, err := filepath.Rel(d.storage, path)
		if err != nil {
			return err
		}
		return do(object{filepath.ToSlash(key), info.Size(), info.ModTime()})
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil // no file was ever stored, or one was removed during the walk
	}
	return err
}

func (d disk) abandoned(_ context.Context, _ string, before time.Time, known map[string]bool) error {
	entries, err := os.ReadDir(d.uploads)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, entry := range entries {
		info, failure := entry.Info()
		if failure != nil || known[strings.TrimSuffix(entry.Name(), ".info")] || !info.ModTime().Before(before) {
			continue
		}
		err = errors.Join(err, removeIfThere(filepath.Join(d.uploads, entry.Name())))
	}
	return err
}

// diskRoom returns how many bytes of the directory's disk are free for users other than root, and its size.
func diskRoom(dir string) (free, size int64, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, 0, fmt.Errorf("files: measure %s: %w", dir, err)
	}
	return int64(s.Bavail) * int64(s.Bsize), int64(s.Blocks) * int64(s.Bsize), nil
}
