package ui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/access"
	"greenroom/hooks/config"
)

const (
	page      = "index.html"
	immutable = "_app/immutable/" // files below it have a hash of their content in their name
)

// site is the bundle in the form in which it is sent, prepared at start.
type site struct {
	files  map[string]*file
	policy string
}

// file is one file by the encodings in which it is available; "" is the uncompressed form.
type file struct {
	mimeType string
	bodies   map[string]body
}

type body struct {
	content []byte
	etag    string
}

// encodings are tried in this order.
var encodings = []struct{ name, suffix string }{{"br", ".br"}, {"gzip", ".gz"}, {"", ""}}

func newSite(bundle fs.FS, c config.Config) (*site, error) {
	s := &site{files: map[string]*file{}}
	err := fs.WalkDir(bundle, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(bundle, name)
		if err != nil {
			return err
		}
		for _, encoding := range encodings {
			if plain, ok := strings.CutSuffix(name, encoding.suffix); ok {
				s.add(plain, encoding.name, content)
				break
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	installable, err := manifest(c)
	if err != nil {
		return nil, err
	}
	s.add(manifestName, "", installable)
	if path := logoPath(c); path != "" {
		s.add(path[1:], "", c.Logo.Content)
	}
	return s, s.fillPage(c)
}

func (s *site) add(name, encoding string, content []byte) {
	if s.files[name] == nil {
		s.files[name] = &file{mimeType: mimeTypes[path.Ext(name)], bodies: map[string]body{}}
	}
	digest := sha256.Sum256(content)
	s.files[name].bodies[encoding] = body{content, strconv.Quote(hex.EncodeToString(digest[:12]))}
}

// fillPage writes the studio's facts into the page and compresses it again, because the compressed forms of the build
// lack them.
func (s *site) fillPage(c config.Config) error {
	html, err := withFacts(s.files[page].bodies[""].content, c)
	if err != nil {
		return err
	}
	var compressed bytes.Buffer
	w := gzip.NewWriter(&compressed)
	if _, err := w.Write(html); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	delete(s.files, page)
	s.add(page, "", html)
	s.add(page, "gzip", compressed.Bytes())
	s.policy = policy(html, c)
	return nil
}

// mimeTypes are fixed here, because the machine's own table may be missing or different.
var mimeTypes = map[string]string{
	".css": "text/css; charset=utf-8", ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".json": "application/json",
	".svg": "image/svg+xml", ".png": "image/png", ".webmanifest": "application/manifest+json", ".woff2": "font/woff2",
}

// find returns the file with a path, and the page for any other path.
func (s *site) find(name string) (*file, bool) {
	if f := s.files[name]; f != nil {
		return f, true
	}
	for _, area := range []string{"api", "_", "_app"} {
		if name == area || strings.HasPrefix(name, area+"/") {
			return nil, false
		}
	}
	if path.Ext(name) != "" {
		return nil, false
	}
	return s.files[page], true
}

func (s *site) serve(e *core.RequestEvent) error {
	name := e.Request.PathValue(apis.StaticWildcardParam)
	f, found := s.find(name)
	if !found {
		return e.NotFoundError("There is nothing at this address.", nil)
	}
	h := e.Response.Header()
	h.Set("Cache-Control", "no-cache")
	if strings.HasPrefix(name, immutable) {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	h.Set("Content-Security-Policy", s.policy)
	if strings.HasPrefix(name, "logo.") {
		h.Set("Content-Security-Policy", logoPolicy)
	}
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	h.Set("Content-Type", f.mimeType)
	h.Add("Vary", "Accept-Encoding")
	encoding, b := f.best(e.Request)
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	h.Set("ETag", b.etag)
	http.ServeContent(e.Response, e.Request, "", time.Time{}, bytes.NewReader(b.content))
	return nil
}

// best returns the smallest form of the file that the browser accepts.
func (f *file) best(r *http.Request) (encoding string, b body) {
	for _, e := range encodings {
		if b, ok := f.bodies[e.name]; ok && (e.name == "" || access.Accepts(r, e.name)) {
			return e.name, b
		}
	}
	return "", f.bodies[""]
}
