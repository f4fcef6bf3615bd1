package files_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/filesystem"

	"greenroom/hooks/testkit"
)

// place is where a studio of a test keeps its files: a bucket of a real S3 server, or the data directory.
type place struct {
	environment map[string]string
	gateway     *gateway // nil for the disk
}

// everywhere runs the same test for both.
func everywhere(t *testing.T, test func(t *testing.T, p *place)) {
	t.Run("disk", func(t *testing.T) { test(t, &place{}) })
	t.Run("bucket", func(t *testing.T) {
		g := newGateway(t)
		test(t, &place{environment: g.environment(), gateway: g})
	})
}

// with adds to what the studio is configured with.
func (p *place) with(name, value string) *place {
	out := &place{map[string]string{name: value}, p.gateway}
	for n, v := range p.environment {
		out.environment[n] = v
	}
	return out
}

// keys lists what lies in the place.
func (p *place) keys(t *testing.T, s *testkit.Studio) (keys []string) {
	t.Helper()
	if p.gateway != nil {
		return p.gateway.keys(t)
	}
	root := filepath.Join(s.App.DataDir(), core.LocalStorageDirName)
	_ = filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && !strings.HasSuffix(path, ".attrs") {
			key, _ := filepath.Rel(root, path)
			keys = append(keys, filepath.ToSlash(key))
		}
		return nil
	})
	return keys
}

// unfinished counts what lies there of uploads that are not finished.
func (p *place) unfinished(t *testing.T, s *testkit.Studio) int {
	t.Helper()
	if p.gateway != nil {
		out, err := p.gateway.client().ListMultipartUploads(context.Background(), &s3.ListMultipartUploadsInput{Bucket: aws.String(bucketName)})
		if err != nil {
			t.Fatal(err)
		}
		return len(out.Uploads)
	}
	entries, _ := os.ReadDir(filepath.Join(s.App.DataDir(), "uploads"))
	return len(entries)
}

// gateway is a real S3 server in a process of its own.
type gateway struct {
	t       testing.TB
	address string
	root    string
	process *exec.Cmd
}

const (
	bucketName = "studio"
	accessKey  = "access-key-of-tests"
	secretKey  = "secret-key-of-tests"
)

func newGateway(t testing.TB) *gateway {
	t.Helper()
	g := &gateway{t: t, address: testkit.FreeAddress(t), root: t.TempDir()}
	for _, dir := range []string{"objects/" + bucketName, "facts"} {
		if err := os.MkdirAll(filepath.Join(g.root, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	g.start()
	t.Cleanup(g.stop)
	return g
}

func (g *gateway) start() {
	g.t.Helper()
	g.process = exec.Command(testkit.Tool(g.t, "github.com/versity/versitygw/cmd/versitygw", "v1.8.0"),
		"--port", g.address, "--region", "auto", "--quiet", "posix", "--sidecar", filepath.Join(g.root, "facts"), filepath.Join(g.root, "objects"))
	g.process.Env = []string{"ROOT_ACCESS_KEY=" + accessKey, "ROOT_SECRET_KEY=" + secretKey, "HOME=" + os.Getenv("HOME")}
	if err := g.process.Start(); err != nil {
		g.t.Fatal(err)
	}
	eventually(g.t, "the S3 server listens", func() bool {
		connection, err := net.Dial("tcp", g.address)
		if err == nil {
			connection.Close()
		}
		return err == nil
	})
}

func (g *gateway) stop() {
	_ = g.process.Process.Kill()
	_ = g.process.Wait() // how it ended is not the question here
}

func (g *gateway) environment() map[string]string {
	return map[string]string{"R2_ENDPOINT": "http://" + g.address, "R2_BUCKET": bucketName, "R2_ACCESS_KEY_ID": accessKey, "R2_SECRET_ACCESS_KEY": secretKey}
}

func (g *gateway) client() *s3.Client {
	return s3.New(s3.Options{Region: "auto", BaseEndpoint: aws.String("http://" + g.address), UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(accessKey, secretKey, "")})
}

func (g *gateway) keys(t *testing.T) (keys []string) {
	t.Helper()
	pages := s3.NewListObjectsV2Paginator(g.client(), &s3.ListObjectsV2Input{Bucket: aws.String(bucketName)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range page.Contents {
			keys = append(keys, aws.ToString(o.Key))
		}
	}
	return keys
}

// eventually waits for what has to become true.
func eventually(t testing.TB, what string, check func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !check(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it never came true that %s", what)
		}
	}
}

// desk is a client with a project and a session of theirs, and a way to speak as them.
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

// sending is an upload as somebody's browser knows it.
type sending struct {
	t       testing.TB
	url     string // of the server
	token   string
	Id      string
	Kind    string
	URL     string
	Part    int64 `json:"partSizeBytes"`
	Parts   int
	content io.ReaderAt
	size    int64
	etags   map[int]string // of the parts that the bucket acknowledged
}

// ask begins an upload and gives whatever the server says to it.
func (d *desk) ask(token string, more map[string]any) testkit.Answer {
	body := map[string]any{"project": d.project.Id, "filename": "take.wav", "size": 5}
	for name, value := range more {
		body[name] = value
	}
	return d.s.Do("POST", "/api/portal/uploads", token, body)
}

// begin begins an upload that has to be accepted.
func begin(t testing.TB, url, token string, body map[string]any, content io.ReaderAt) *sending {
	t.Helper()
	answer := testkit.Request(t, url, "POST", "/api/portal/uploads", token, body)
	if answer.Status != 200 {
		t.Fatalf("begin: %d %s", answer.Status, answer.Raw)
	}
	u := &sending{t: t, url: url, token: token, content: content, etags: map[int]string{}}
	if err := json.Unmarshal(answer.Raw, u); err != nil {
		t.Fatal(err)
	}
	u.size, _ = strconv.ParseInt(fmt.Sprint(body["size"]), 10, 64)
	return u
}

func (d *desk) begin(t testing.TB, filename, content string) *sending {
	t.Helper()
	return begin(t, d.s.URL, d.token, map[string]any{"project": d.project.Id, "filename": filename, "size": len(content)}, strings.NewReader(content))
}

// send sends a whole file and gives its record.
func (d *desk) send(t testing.TB, filename, content string) map[string]any {
	t.Helper()
	u := d.begin(t, filename, content)
	u.rest()
	return u.complete()
}

func (u *sending) do(method, path string, body any) testkit.Answer {
	u.t.Helper()
	return testkit.Request(u.t, u.url, method, "/api/portal/uploads/"+u.Id+path, u.token, body)
}

type arrived struct {
	Parts    []struct{ URL string }
	Received []struct {
		Number int
		ETag   string
	}
	ReceivedBytes int64
}

func (u *sending) arrived(numbers ...int) (a arrived) {
	u.t.Helper()
	answer := u.do("POST", "/parts", map[string]any{"numbers": numbers})
	if err := json.Unmarshal(answer.Raw, &a); answer.Status != 200 || err != nil {
		u.t.Fatalf("parts: %d %s", answer.Status, answer.Raw)
	}
	return a
}

// part is a part's bytes, counted from one.
func (u *sending) part(number int) *io.SectionReader {
	from := int64(number-1) * u.Part
	return io.NewSectionReader(u.content, from, min(u.Part, u.size-from))
}

// put sends a part to the bucket.
func put(t testing.TB, url string, body io.Reader, size int64) (status int, said string) {
	t.Helper()
	status, said, _ = putPart(t, url, body, size)
	return status, said
}

func putPart(t testing.TB, url string, body io.Reader, size int64) (status int, said, etag string) {
	t.Helper()
	request, err := http.NewRequest("PUT", url, body)
	if err != nil {
		t.Fatal(err)
	}
	request.ContentLength = size
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err.Error(), ""
	}
	defer response.Body.Close()
	raw, _ := io.ReadAll(response.Body)
	return response.StatusCode, string(raw), strings.Trim(response.Header.Get("ETag"), `"`)
}

// patch sends bytes to the disk from an offset on; of a body that ends too early, what came stays.
func (u *sending) patch(offset int64, body io.Reader, size int64) (status int) {
	u.t.Helper()
	request, err := http.NewRequest("PATCH", u.URL, body)
	if err != nil {
		u.t.Fatal(err)
	}
	request.ContentLength = size
	request.Header.Set("Authorization", u.token)
	request.Header.Set("Tus-Resumable", "1.0.0")
	request.Header.Set("Upload-Offset", strconv.FormatInt(offset, 10))
	request.Header.Set("Content-Type", "application/offset+octet-stream")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode
}

// next is the first part that is not there as it was sent.
func (u *sending) next(a arrived) int {
	if u.Kind == "tus" {
		return int((a.ReceivedBytes+u.Part)/u.Part) + int(a.ReceivedBytes/u.size)
	}
	there := map[int]string{}
	for _, part := range a.Received {
		there[part.Number] = part.ETag
	}
	for number := 1; ; number++ {
		if u.etags[number] == "" || u.etags[number] != there[number] {
			return number
		}
	}
}

// some sends the next so many parts, or all that are left of them.
func (u *sending) some(count int) {
	u.t.Helper()
	for ; count > 0; count-- {
		a := u.arrived()
		number := u.next(a)
		if number > u.Parts {
			return
		}
		if u.Kind == "tus" {
			size := min(u.Part, u.size-a.ReceivedBytes)
			switch status := u.patch(a.ReceivedBytes, io.NewSectionReader(u.content, a.ReceivedBytes, size), size); status {
			case 204:
			case 409:
				count++ // the last of what was cut off came in between: ask again
			default:
				u.t.Fatalf("PATCH: %d", status)
			}
			continue
		}
		part := u.part(number)
		status, said, etag := putPart(u.t, u.arrived(number).Parts[0].URL, part, part.Size())
		if status != 200 {
			u.t.Fatalf("PUT: %d %s", status, said)
		}
		u.etags[number] = etag
	}
}

func (u *sending) rest() { u.t.Helper(); u.some(u.Parts + 1) }

// cut sends half of the next part, and then the line is gone.
func (u *sending) cut() {
	u.t.Helper()
	a := u.arrived()
	if u.Kind == "tus" {
		size := min(u.Part, u.size-a.ReceivedBytes)
		u.patch(a.ReceivedBytes, io.NewSectionReader(u.content, a.ReceivedBytes, size/2), size)
		return
	}
	number := u.next(a)
	part := u.part(number)
	put(u.t, u.arrived(number).Parts[0].URL, io.LimitReader(part, part.Size()/2), part.Size())
}

func (u *sending) complete() map[string]any {
	u.t.Helper()
	parts := []map[string]any{}
	for number, etag := range u.etags {
		parts = append(parts, map[string]any{"number": number, "etag": etag})
	}
	answer := u.do("POST", "/complete", map[string]any{"parts": parts})
	if answer.Status != 200 {
		u.t.Fatalf("complete: %d %s", answer.Status, answer.Raw)
	}
	return answer.JSON()
}

// link is a fresh link to an attachment.
func (d *desk) link(t testing.TB, id any) string {
	t.Helper()
	answer := d.s.Do("GET", fmt.Sprintf("/api/portal/attachments/%v/link", id), d.token, nil)
	url, _ := answer.JSON()["url"].(string)
	if answer.Status != 200 || url == "" {
		t.Fatalf("link: %d %s", answer.Status, answer.Raw)
	}
	return url
}

// fetch gets an address as a browser does that knows nothing but the address.
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

// noise is content of a size that no two parts of are alike.
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

// sweep runs what the schedule runs.
func sweep(t testing.TB, s *testkit.Studio) {
	t.Helper()
	for _, job := range s.App.Cron().Jobs() {
		if job.Id() == "files" {
			job.Run()
			return
		}
	}
	t.Fatal("nothing is on schedule")
}

// makeOld lets an upload have begun three days ago.
func (p *place) makeOld(t *testing.T, s *testkit.Studio, id string) {
	t.Helper()
	then := time.Now().Add(-72 * time.Hour)
	root := filepath.Join(s.App.DataDir(), "uploads")
	if p.gateway != nil {
		root = filepath.Join(p.gateway.root, "objects")
		id = p.gateway.multipartOf(t, id)
	}
	found := false
	err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err == nil && strings.HasPrefix(entry.Name(), id) {
			found = true
			return os.Chtimes(path, then, then)
		}
		return err
	})
	if err != nil || !found {
		t.Fatalf("nothing of upload %s is there: %v", id, err)
	}
}

// multipartOf is what the bucket calls an upload.
func (g *gateway) multipartOf(t *testing.T, id string) string {
	t.Helper()
	out, err := g.client().ListMultipartUploads(context.Background(), &s3.ListMultipartUploadsInput{Bucket: aws.String(bucketName)})
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range out.Uploads {
		if strings.Contains(aws.ToString(u.Key), id) {
			return aws.ToString(u.UploadId)
		}
	}
	t.Fatalf("the bucket knows no upload %s", id)
	return ""
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

// counter passes requests on to the bucket and counts them.
type counter struct {
	address string
	count   atomic.Int64
}

func newCounter(t testing.TB, behind string) *counter {
	listener := listen(t)
	c := &counter{address: listener.Addr().String()}
	pass := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: behind})
		r.Out.Host = r.In.Host // it is signed
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
		panic(err) // bytes can always be read
	}
	return file
}
