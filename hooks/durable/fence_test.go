package durable_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"greenroom/hooks/durable"
)

// toll is a proxy in front of a bucket: it counts requests, and can answer instead of the bucket.
type toll struct {
	url     string
	instead func(what string, n int, w http.ResponseWriter, pass func()) bool

	mu   sync.Mutex
	seen map[string]int
}

func newToll(t *testing.T, g *gateway) *toll {
	t.Helper()
	at := &toll{seen: map[string]int{}}
	to := &url.URL{Scheme: "http", Host: g.Address}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		// The signature covers the Host header.
		r.Out.Host = r.In.Host
	}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		what := asked(r)
		at.mu.Lock()
		at.seen[what]++
		n := at.seen[what]
		at.mu.Unlock()
		pass := func() { proxy.ServeHTTP(w, r) }
		if at.instead == nil || !at.instead(what, n, w, pass) {
			pass()
		}
	}))
	t.Cleanup(server.Close)
	at.url = server.URL
	return at
}

// asked names the purpose of a request, and tells the trial of the bucket (tryParts) from uploads.
func asked(r *http.Request) string {
	query, of := r.URL.Query(), ""
	if strings.HasSuffix(r.URL.Path, "/conditions.txt") {
		of = "trial: "
	}
	switch {
	case r.Method == http.MethodPut && query.Has("partNumber"):
		return of + "part " + query.Get("partNumber")
	case r.Method == http.MethodPut:
		return of + "whole"
	case r.Method == http.MethodPost && query.Has("uploadId"):
		return of + "complete"
	}
	return ""
}

func (at *toll) counts() map[string]int {
	at.mu.Lock()
	defer at.mu.Unlock()
	counts := maps.Clone(at.seen)
	maps.DeleteFunc(counts, func(what string, _ int) bool { return what == "" || strings.HasPrefix(what, "trial") })
	return counts
}

func says(w http.ResponseWriter, status int, body string) bool {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
	return true
}

// With a lease the first upload of a large studio goes in parts, each sent once, unless the bucket does not check
// conditions of multipart uploads. In every case an object that another machine wrote stays as it is.
func TestTheFirstUploadInParts(t *testing.T) {
	t.Parallel()
	ours, theirs := durable.Transaction(t, 1, 12<<20), durable.Transaction(t, 2, 12<<20)
	inParts, whole := map[string]int{"part 1": 1, "part 2": 1, "part 3": 1, "complete": 1}, map[string]int{"whole": 1}
	with := func(counts map[string]int, what string, n int) map[string]int {
		counts = maps.Clone(counts)
		counts[what] = n
		return counts
	}
	for name, c := range map[string]struct {
		instead func(what string, n int, w http.ResponseWriter, pass func(), other func([]byte) error) (done bool)
		tries   int // attempts until the upload succeeds
		want    map[string]int
		theirs  bool
		left    int // parts left in a bucket that answered wrongly
	}{
		"as it should be": {nil, 1, inParts, false, 0},
		"a part that fails": {func(what string, n int, w http.ResponseWriter, _ func(), _ func([]byte) error) bool {
			return what == "part 3" && n <= 2 && says(w, 500, "")
		}, 2, with(inParts, "part 3", 3), false, 0},
		"an answer that is lost": {func(what string, n int, _ http.ResponseWriter, pass func(), _ func([]byte) error) bool {
			if what == "complete" && n == 1 {
				pass()
				panic(http.ErrAbortHandler)
			}
			return false
		}, 1, with(inParts, "complete", 2), false, 0},
		"another machine was quicker": {func(what string, _ int, w http.ResponseWriter, _ func(), other func([]byte) error) bool {
			return what == "complete" && other(theirs) != nil && says(w, 500, "")
		}, 1, inParts, true, 0},
		"the upload is gone, another machine was quicker": {func(what string, _ int, w http.ResponseWriter, _ func(), other func([]byte) error) bool {
			return what == "complete" && (other(theirs) != nil || says(w, 404, `<Error><Code>NoSuchUpload</Code></Error>`))
		}, 1, inParts, true, 3},
		"the bucket looks at no condition": {func(what string, _ int, w http.ResponseWriter, _ func(), _ func([]byte) error) bool {
			return what == "trial: complete" && says(w, 200, `<CompleteMultipartUploadResult><ETag>"x"</ETag></CompleteMultipartUploadResult>`)
		}, 1, whole, false, 1},
		"the bucket knows no condition": {func(what string, _ int, w http.ResponseWriter, _ func(), _ func([]byte) error) bool {
			return what == "trial: complete" && says(w, 501, `<Error><Code>NotImplemented</Code></Error>`)
		}, 1, whole, false, 0},
		"the bucket cannot tell at first": {func(what string, n int, w http.ResponseWriter, _ func(), _ func([]byte) error) bool {
			return what == "trial: complete" && n <= 2 && says(w, 503, `<Error><Code>SlowDown</Code></Error>`)
		}, 2, inParts, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGateway(t)
			at := newToll(t, g)
			other := durable.Fenced(t, g.environment())
			if c.instead != nil {
				at.instead = func(what string, n int, w http.ResponseWriter, pass func()) bool {
					return c.instead(what, n, w, pass, other)
				}
			}
			write := durable.Fenced(t, g.environment("REPLICA_ENDPOINT", at.url))
			err := errors.New("not tried")
			for try := 1; try <= c.tries; try++ {
				if err = write(ours); try < c.tries && (err == nil || errors.Is(err, durable.ErrReplaced)) {
					t.Errorf("try %d: %v", try, err)
				}
			}
			want := ours
			if c.theirs {
				want = theirs
			}
			if c.theirs != errors.Is(err, durable.ErrReplaced) || !c.theirs && err != nil {
				t.Errorf("it ends with %v", err)
			}
			got, err := os.ReadFile(filepath.Join(g.Root, "objects", bucketName, "studio", "0000", "0000000000000001-0000000000000001.ltx"))
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("in the bucket is something else, %d bytes, %v", len(got), err)
			}
			if got := at.counts(); fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("asked were %v, want %v", got, c.want)
			}
			if left := glob(t, g.parts()); len(left) != c.left {
				t.Errorf("parts are left: %v", left)
			}
			if left := glob(t, filepath.Join(g.Root, "objects", bucketName, "studio", "*.txt")); len(left) > 0 {
				t.Errorf("the trial is left: %v", left)
			}
		})
	}
}

// Whatever stands in the place of the lease, only its beginning is read.
func TestOfALeaseOnlySoMuchIsRead(t *testing.T) {
	t.Parallel()
	bucket := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("list-type") {
			fmt.Fprint(w, `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"></ListBucketResult>`)
			return
		}
		fmt.Fprintf(w, `{"owner": %q}`, strings.Repeat("x", 1<<20))
	}))
	t.Cleanup(bucket.Close)
	err := durable.ReadLease(t, map[string]string{"REPLICA_URL": "s3://" + bucketName + "/studio", "REPLICA_ENDPOINT": bucket.URL,
		"REPLICA_ACCESS_KEY_ID": accessKey, "REPLICA_SECRET_ACCESS_KEY": secretKey})
	if err == nil || !strings.Contains(err.Error(), "studio/lock.json in the bucket "+bucketName+" is no lease") {
		t.Errorf("reading the lease says %v", err)
	}
}
