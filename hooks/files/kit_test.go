package files_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/filesystem"

	"greenroom/hooks/testkit"
)

// desk is a client with a project and a session, and their token.
type desk struct {
	s                        *testkit.Studio
	client, project, session *core.Record
	token                    string
}

func newDesk(s *testkit.Studio, name string) *desk {
	client, token := s.Client(name)
	project := s.Make("projects", map[string]any{"client": client.Id, "title": "Album of " + name, "serviceType": "AUDIO", "status": "ACTIVE"})
	session := s.Make("sessions", map[string]any{"project": project.Id, "title": "Mixing"})
	return &desk{s, client, project, session, token}
}

// link requests a link to an attachment.
func (d *desk) link(t testing.TB, id any) string {
	t.Helper()
	answer := d.s.Do("GET", fmt.Sprintf("/api/portal/attachments/%v/link", id), d.token, nil)
	url, _ := answer.JSON()["url"].(string)
	if answer.Status != 200 || url == "" {
		t.Fatalf("link: %d %s", answer.Status, answer.Raw)
	}
	return url
}

// fetch requests a URL without signing in, as a browser that follows a link.
func fetch(t testing.TB, url string, header ...string) (*http.Response, []byte) {
	t.Helper()
	request, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, raw
}

func sum(t testing.TB, r io.Reader) string {
	t.Helper()
	hash := sha256.New()
	if _, err := io.Copy(hash, r); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// noise returns content of a size in which no two parts are alike.
func noise(size int) string {
	var out bytes.Buffer
	for i := 0; out.Len() < size; i++ {
		fmt.Fprintf(&out, "%d,", i)
	}
	return out.String()[:size]
}

// form is a file as PocketBase's own form sends it.
func form(t testing.TB, project, content string) (contentType string, body io.Reader) {
	t.Helper()
	out := new(bytes.Buffer)
	w := multipart.NewWriter(out)
	if err := w.WriteField("project", project); err != nil {
		t.Fatal(err)
	}
	part, err := w.CreateFormFile("file", "take.txt")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(part, content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), out
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

// counter is a proxy that counts requests to the bucket.
type counter struct {
	address string
	count   atomic.Int64
}

func newCounter(t testing.TB, behind string) *counter {
	listener := listen(t)
	c := &counter{address: listener.Addr().String()}
	pass := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: behind})
		r.Out.Host = r.In.Host // the signature covers it
	}}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.count.Add(1)
		pass.ServeHTTP(w, r)
	})}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	return c
}

func textFile() *filesystem.File {
	file, err := filesystem.NewFileFromBytes([]byte("something to read"), "notes.txt")
	if err != nil {
		panic(err) // reading from memory cannot fail
	}
	return file
}
