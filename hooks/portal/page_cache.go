package portal

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/access"
	"greenroom/hooks/database"
	"greenroom/hooks/people"
)

// Finished pages are kept as they went out, compressed where the visitor takes that, for as long as nothing that
// concerns their client was committed since they were read: see database.Version. So whatever a page shows has to be in
// rows of the client's, by their client column, or in those of the client and of who looks at it.
//
// Each has a tag of its content. A browser that has the page sends the tag along and gets 304, also after a commit that
// left the page as it was. BenchmarkPage measures what it is worth.

// maxFinishedBytes is how much of pages is kept in memory: four thousand large ones, compressed, or a thousand as they
// are read.
const maxFinishedBytes = 40 << 20

// minGzipBytes is what fits a packet anyway.
const minGzipBytes = 1400

// unending is an end that no stored time reaches.
const unending = "9999"

// content is a page as it was read: empty where there is none.
type content struct {
	json  []byte
	until string // a stored time from which on the page is another without any commit
}

// which names a page in one of its two forms.
type which struct {
	path, client string
	gzip         bool
}

type pageCache struct {
	statements *statements

	mu    sync.RWMutex
	pages map[which]page
	bytes int
}

type page struct {
	body       []byte
	tag, until string
	at         database.Version
	columns    uint64 // the generation of the statements that read it
}

func newPageCache(s *statements) *pageCache {
	return &pageCache{statements: s, pages: map[which]page{}}
}

// answer sends the page, which build writes where none that is kept will do; absent is the answer where build writes
// nothing.
func (f *pageCache) answer(e *core.RequestEvent, client *core.Record, now time.Time, build func(out []byte) (content, error), absent error) error {
	w := which{e.Request.URL.Path, client.Id, access.Accepts(e.Request, "gzip")}
	// A change of the schema is committed before the statements hear of it: what is read in between has the columns of
	// before.
	at, columns := access.VersionOf(e), f.statements.generation.Load()
	kept := f.get(w)
	if kept.at.Holds(at, client.Id, people.Account(client)) && kept.columns == columns && kept.until > database.Stored(now) {
		return kept.send(e, w.gzip)
	}
	return withBuffer(func(out []byte) ([]byte, error) {
		c, err := build(out)
		if err != nil || len(c.json) == 0 {
			return c.json, err
		}
		p := page{body: kept.body, tag: tagOf(c.json), until: c.until, at: at, columns: columns}
		if p.tag != kept.tag {
			p.body = finish(c.json, w.gzip)
		}
		if at.Known() {
			f.keep(w, p)
		}
		kept = p
		return c.json, nil
	}, func(json []byte) error {
		if len(json) == 0 {
			return absent
		}
		return kept.send(e, w.gzip)
	})
}

func (p page) send(e *core.RequestEvent, zipped bool) error {
	h := e.Response.Header()
	h.Set("ETag", p.tag)
	h.Add("Vary", "Accept-Encoding")
	if strings.Contains(e.Request.Header.Get("If-None-Match"), p.tag) {
		return e.NoContent(http.StatusNotModified)
	}
	if zipped && isGzip(p.body) {
		h.Set("Content-Encoding", "gzip")
	}
	return send(e, p.body)
}

func (f *pageCache) get(w which) page {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.pages[w]
}

// keep makes room by giving up any other pages: who reads all of them in turn finds most of them still.
func (f *pageCache) keep(w which, p page) {
	if len(p.body) > maxFinishedBytes/8 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.bytes += len(p.body) - len(f.pages[w].body)
	f.pages[w] = p
	for other, page := range f.pages {
		if f.bytes <= maxFinishedBytes {
			break
		}
		if other != w {
			f.bytes -= len(page.body)
			delete(f.pages, other)
		}
	}
}

// tagOf is weak, for it says nothing of how the page is compressed.
func tagOf(json []byte) string {
	sum := sha256.Sum256(json)
	return `W/"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`
}

// zipper is the only one, for each takes a megabyte. Its turn is short, and comes once for a change of a page.
var zipper struct {
	sync.Mutex
	*gzip.Writer
}

func init() { zipper.Writer, _ = gzip.NewWriterLevel(io.Discard, gzip.BestSpeed) } // the level exists

// finish is the page as it goes over the wire, in memory of its own.
func finish(json []byte, zipped bool) []byte {
	if !zipped || len(json) < minGzipBytes {
		return bytes.Clone(json)
	}
	zipper.Lock()
	defer zipper.Unlock()
	var out bytes.Buffer
	zipper.Reset(&out)
	_, _ = zipper.Write(json) // into memory
	_ = zipper.Close()
	return bytes.Clone(out.Bytes())
}

// isGzip tells by its first byte: JSON begins with a brace.
func isGzip(body []byte) bool { return len(body) > 0 && body[0] == 0x1f }
