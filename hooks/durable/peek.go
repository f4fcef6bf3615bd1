package durable

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"path"
	"sync"
	"time"

	"github.com/benbjohnson/litestream"
	"github.com/superfly/ltx"
	"golang.org/x/sync/errgroup"
	"modernc.org/sqlite/vfs"
)

// indexesAtOnce is how many page indexes of replica files are fetched concurrently.
const indexesAtOnce = 8

// peek reads the position in the replica's newest state without restoring it. A read-only SQLite file system fetches
// the few dozen pages that the query needs, each from the newest file in the bucket that holds it, so a start takes no
// longer with a large replica than with a small one. It does not prove that the replica can be restored; the daily
// drill does.
func peek(ctx context.Context, client litestream.ReplicaClient) (*position, error) {
	pages, err := openPages(ctx, client)
	if err != nil {
		return nil, err
	}
	name, registered, err := vfs.New(pages)
	if err != nil {
		return nil, err
	}
	defer registered.Close()
	db, err := sql.Open("sqlite", "file:"+dataFile+"?mode=ro&immutable=1&vfs="+name)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	found, err := readPosition(ctx, db)
	return found, errors.Join(err, pages.failed)
}

// pages serves the replicated database to SQLite as a file system of one file.
type pages struct {
	ctx    context.Context
	client litestream.ReplicaClient
	size   int64 // bytes in a page
	count  int64
	where  map[uint32]ltx.PageIndexElem

	mu     sync.Mutex
	read   map[uint32][]byte
	failed error // all failed reads, joined
}

func openPages(ctx context.Context, client litestream.ReplicaClient) (*pages, error) {
	plan, err := litestream.CalcRestorePlan(ctx, client, 0, time.Time{}, slog.New(slog.DiscardHandler))
	if errors.Is(err, litestream.ErrTxNotAvailable) || errors.Is(err, litestream.ErrNoSnapshots) {
		return nil, errNothingThere
	}
	if err != nil {
		return nil, fmt.Errorf("durable: list the replica: %w", err)
	}
	last, err := litestream.FetchLTXHeader(ctx, client, plan[len(plan)-1])
	if err != nil {
		return nil, err
	}
	indexes := make([]map[uint32]ltx.PageIndexElem, len(plan))
	var group errgroup.Group
	group.SetLimit(indexesAtOnce)
	for i, file := range plan {
		group.Go(func() (err error) {
			indexes[i], err = litestream.FetchPageIndex(ctx, client, file)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	p := &pages{ctx: ctx, client: client, size: int64(last.PageSize), count: int64(last.Commit), where: indexes[0], read: map[uint32][]byte{}}
	for _, later := range indexes[1:] {
		maps.Copy(p.where, later)
	}
	return p, nil
}

// Open serves the database file only. SQLite may look for a journal or a write-ahead log, and finds none.
func (p *pages) Open(name string) (fs.File, error) {
	if path.Base(name) != dataFile {
		return nil, fs.ErrNotExist
	}
	return &pagesFile{pages: p}, nil
}

// page fetches a page and caches it. The first page is number 1.
func (p *pages) page(number uint32) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if content := p.read[number]; content != nil {
		return content, nil
	}
	at, there := p.where[number]
	if !there {
		return nil, fmt.Errorf("page %d is in no file of the replica", number)
	}
	_, content, err := litestream.FetchPage(p.ctx, p.client, at.Level, at.MinTXID, at.MaxTXID, at.Offset, at.Size)
	if err != nil {
		return nil, err
	}
	if number == 1 {
		// These bytes of the header say 2 in WAL mode, and SQLite would look for a write-ahead log. 1 means a rollback
		// journal.
		content[18], content[19] = 1, 1
	}
	p.read[number] = content
	return content, nil
}

// pagesFile is the open file, with the offset of the next read.
type pagesFile struct {
	*pages
	at int64
}

func (f *pagesFile) Seek(offset int64, _ int) (int64, error) { // SQLite's calls are always relative to the beginning
	f.at = offset
	return offset, nil
}

func (f *pagesFile) Read(into []byte) (int, error) {
	if f.at >= f.size*f.count {
		return 0, io.EOF
	}
	content, err := f.page(uint32(f.at/f.size) + 1)
	if err != nil {
		f.failed = errors.Join(f.failed, err)
		return 0, err
	}
	n := copy(into, content[f.at%f.size:])
	f.at += int64(n)
	return n, nil
}

func (f *pagesFile) Stat() (fs.FileInfo, error) { return f, nil }
func (f *pagesFile) Close() error               { return nil }

func (f *pagesFile) Name() string       { return dataFile }
func (f *pagesFile) Size() int64        { return f.size * f.count }
func (f *pagesFile) Mode() fs.FileMode  { return 0o400 }
func (f *pagesFile) ModTime() time.Time { return time.Time{} }
func (f *pagesFile) IsDir() bool        { return false }
func (f *pagesFile) Sys() any           { return nil }
