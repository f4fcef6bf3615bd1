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

// Pages are cached as they are sent, compressed if the visitor accepts that, until a commit that concerns their client
// (see database.Version). Therefore everything on a page must come from rows whose client column is the page's client,
// or from the rows of the client and the viewer themselves.
//
// Each page has an ETag. A browser that has the page gets 304, also after a commit that did not change it.
// BenchmarkPage measures the gain.

// maxFinishedBytes limits the memory of the cache: it holds about four thousand large pages compressed, or a thousand
// uncompressed.
const maxFinishedBytes = 40 << 20

// minGzipBytes is the size below which a page fits into one packet and is not compressed.
const minGzipBytes = 1400

// unending sorts after every stored time.
const unending = "9999"

// content is a page that was built; json is empty if there is no such page.
type content struct {
	json  []byte
	until string // the stored time from which the page differs even without a commit
}

// which identifies a page in one of its two forms.
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
	columns    uint64 // generation of the statements that read it
}

func newPageCache(s *statements) *pageCache {
	return &pageCache{statements: s, pages: map[which]page{}}
}

// answer sends the page from the cache, or builds and caches it. absent is the error if build returns no page.
func (f *pageCache) answer(e *core.RequestEvent, client *core.Record, now time.Time, build func(out []byte) (content, error), absent error) error {
	w := which{e.Request.URL.Path, client.Id, access.Accepts(e.Request, "gzip")}
	// A change of the schema is committed before the statements are expanded anew, so the generation is checked beside
	// the version.
	at, columns := access.VersionOf(e), f.statements.generation.Load()
	cached := f.get(w)
	if cached.at.Holds(at, client.Id, people.Account(client)) && cached.columns == columns && cached.until > database.Stored(now) {
		return cached.send(e, w.gzip)
	}
	return withBuffer(func(out []byte) ([]byte, error) {
		c, err := build(out)
		if err != nil || len(c.json) == 0 {
			return c.json, err
		}
		p := page{body: cached.body, tag: tagOf(c.json), until: c.until, at: at, columns: columns}
		if p.tag != cached.tag {
			p.body = finish(c.json, w.gzip)
		}
		if at.Known() {
			f.put(w, p)
		}
		cached = p
		return c.json, nil
	}, func(json []byte) error {
		if len(json) == 0 {
			return absent
		}
		return cached.send(e, w.gzip)
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

// put makes room by removing arbitrary other pages. Even a client that reads all pages in turn then finds most of them
// cached.
func (f *pageCache) put(w which, p page) {
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

// tagOf returns a weak ETag, because it does not depend on the compression.
func tagOf(json []byte) string {
	sum := sha256.Sum256(json)
	return `W/"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`
}

// zipper is shared by all requests, since each gzip.Writer takes a megabyte. It is held only briefly, once for each
// change of a page.
var zipper struct {
	sync.Mutex
	*gzip.Writer
}

func init() { zipper.Writer, _ = gzip.NewWriterLevel(io.Discard, gzip.BestSpeed) } // the level is valid

// finish returns the page as it is sent, in memory of its own.
func finish(json []byte, zipped bool) []byte {
	if !zipped || len(json) < minGzipBytes {
		return bytes.Clone(json)
	}
	zipper.Lock()
	defer zipper.Unlock()
	var out bytes.Buffer
	zipper.Reset(&out)
	_, _ = zipper.Write(json) // a buffer returns no errors
	_ = zipper.Close()
	return bytes.Clone(out.Bytes())
}

// isGzip recognises gzip by its first byte; JSON begins with a brace.
func isGzip(body []byte) bool { return len(body) > 0 && body[0] == 0x1f }
