package durable_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"mime/multipart"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Limits that hold during the attack: the memory that deploy/greenroom.service allows, the longest wait for a page, and
// how much disk the attackers may use beyond their upload quota and one day's comments.
const (
	hostileMemory  = 512 << 10 // KB
	hostileWait    = 500 * time.Millisecond
	hostileLog     = 120 << 20 // bytes: the log's limit of 100 MB, and what is written between two measurements
	hostileStorage = 1 << 30
)

// For ten minutes three hostile clients and two guests each repeat a request that once brought the studio down, while
// an ordinary client reads pages and writes now and then. Each comes from an address of its own, through a proxy.
func hostile(t *testing.T) {
	seconds := number(t, "GREENROOM_HOSTILE_SECONDS", 600)
	s := openWith(t, map[string]string{"GREENROOM_TRUSTED_PROXIES": "127.0.0.1/32", "GREENROOM_MAX_UPLOAD": "2GB"})
	a := &attack{studio: s, answers: map[string]map[int]int{}, http: &http.Client{Timeout: 30 * time.Second,
		Transport: &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}}}
	for i := range 3 {
		a.clients = append(a.clients, a.household(fmt.Sprintf("hostile%08d", i)))
	}
	ordinary := a.household("ordinary0000000")
	s.stop()
	s.change(fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
		INSERT INTO comments (id, milestone, client, author, authorName, body, created, updated)
		SELECT printf('flood%%010d', i), '%s', '%s', '%s', 'Eve', 'words that fill a project ' || i, '2026-01-01 10:00:00.000Z', '2026-01-01 10:00:00.000Z' FROM n`,
		a.clients[0].milestone, a.clients[0].id, a.clients[0].id))
	s.start()
	s.must("PATCH", "/api/settings", map[string]any{"rateLimits": map[string]any{"enabled": true}})
	diskBefore, _ := a.disk()

	ctx, cancel := context.WithTimeout(t.Context(), time.Duration(seconds)*time.Second)
	defer cancel()
	var running sync.WaitGroup
	for i := range 2 {
		running.Go(func() { a.guest(ctx, fmt.Sprintf("203.0.113.%d", 10+i)) })
	}
	for i, h := range a.clients {
		running.Go(func() { a.client(ctx, h, fmt.Sprintf("198.51.100.%d", 10+i)) })
	}
	waits, written := a.ordinary(ctx, ordinary, "192.0.2.7")
	running.Wait()

	peak := s.peak()
	diskAfter, log := a.disk()
	for what, all := range waits {
		slices.Sort(all)
		at := func(share float64) time.Duration { return all[int(share*float64(len(all)-1))].Round(time.Millisecond) }
		t.Logf("%s of the ordinary client: %d, p50 %s, p95 %s, p99 %s, longest %s", what, len(all), at(0.5), at(0.95), at(0.99), at(1))
		if what == "pages" && at(0.95) > hostileWait {
			t.Errorf("pages take %s at p95", at(0.95))
		}
	}
	t.Logf("memory at most %d MB; the disk grew by %d MB, of which the log is %d MB", peak/1024, (diskAfter-diskBefore)>>20, log>>20)
	for _, what := range slices.Sorted(maps.Keys(a.answers)) {
		t.Logf("%s: %v", what, a.answers[what])
	}
	if peak > hostileMemory {
		t.Errorf("%d MB of memory were used", peak/1024)
	}
	if log > hostileLog || diskAfter-diskBefore > hostileStorage {
		t.Errorf("the disk grew by %d MB, the log has %d MB", (diskAfter-diskBefore)>>20, log>>20)
	}
	s.kill()
	s.start()
	for _, id := range written {
		s.must("GET", records("comments")+"/"+id, nil)
	}
	database := s.database("data.db")
	database.whole()
	database.Close()
}

type attack struct {
	*studio
	http    *http.Client
	clients []home

	mu      sync.Mutex
	answers map[string]map[int]int // counted by kind of request and status; status 0 is no answer
}

// home is a client with a project.
type home struct{ id, token, project, milestone string }

func (a *attack) household(id string) home {
	a.t.Helper()
	a.must("POST", records("clients"), map[string]any{"id": id, "email": id + "@example.com", "name": id})
	project, _ := a.must("POST", records("projects"), map[string]any{"client": id, "title": "Album", "serviceType": "AUDIO"})["id"].(string)
	milestone, _ := a.must("POST", records("milestones"), map[string]any{"project": project, "title": "Mix"})["id"].(string)
	return home{id, a.signIn("/api/collections/clients/impersonate/"+id, map[string]any{"duration": 24 * 3600}), project, milestone}
}

// disk measures the bytes in the data directory, and those of the log among them.
func (a *attack) disk() (all, log int64) {
	_ = filepath.WalkDir(a.data, func(path string, entry fs.DirEntry, err error) error { // files that vanish meanwhile do not count
		if err != nil || entry.IsDir() {
			return nil
		}
		if info, err := entry.Info(); err == nil {
			all += info.Size()
			if strings.HasPrefix(entry.Name(), "auxiliary.db") {
				log += info.Size()
			}
		}
		return nil
	})
	return all, log
}

// try sends one request from an address, and notes the status.
func (a *attack) try(ctx context.Context, what, from, method, path, token, contentType string, body io.Reader, header ...string) (answer []byte, status int) {
	request, err := http.NewRequestWithContext(ctx, method, a.url+path, body)
	if err != nil {
		a.t.Error(err)
		return nil, 0
	}
	request.Header.Set("X-Forwarded-For", from)
	if token != "" {
		request.Header.Set("Authorization", token)
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := a.http.Do(request)
	if err == nil {
		status = response.StatusCode
		answer, _ = io.ReadAll(io.LimitReader(response.Body, 32<<20))
		response.Body.Close()
	}
	if ctx.Err() == nil {
		a.mu.Lock()
		if a.answers[what] == nil {
			a.answers[what] = map[int]int{}
		}
		a.answers[what][status]++
		a.mu.Unlock()
	}
	return answer, status
}

// each runs the kinds of attack concurrently and repeatedly, with a short pause between rounds: the attackers run on
// the same machine, and must not themselves use up its processors.
func each(ctx context.Context, ways ...func(n int)) {
	var running sync.WaitGroup
	for _, way := range ways {
		running.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				way(n)
				select {
				case <-ctx.Done():
				case <-time.After(20 * time.Millisecond):
				}
			}
		})
	}
	running.Wait()
}

const asJSON = "application/json"

// endless is a body of one repeated letter that never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func upload(megabytes int64, project string) (contentType string, body io.Reader) {
	var head bytes.Buffer
	form := multipart.NewWriter(&head)
	_ = form.WriteField("project", project)
	_, _ = form.CreateFormFile("file", "take.bin") // into memory, it cannot fail
	return form.FormDataContentType(), io.MultiReader(&head, io.LimitReader(endless{}, megabytes<<20), strings.NewReader("\r\n--"+form.Boundary()+"--\r\n"))
}

func (a *attack) guest(ctx context.Context, from string) {
	long := strings.Repeat("x", 8000)
	post := func(what, path, body string) {
		a.try(ctx, what, from, "POST", path, "", asJSON, strings.NewReader(body))
	}
	each(ctx,
		func(n int) {
			a.try(ctx, "guest, unknown pages", from, "GET", fmt.Sprintf("/no/such/%d", n), "", "", nil, "User-Agent", long, "Referer", long)
		},
		func(n int) {
			a.try(ctx, "guest, unknown collections", from, "GET", fmt.Sprintf("/api/collections/none%d/records", n), "", "", nil, "User-Agent", long)
		},
		func(int) {
			contentType, body := upload(70, projectId)
			a.try(ctx, "guest, forms of 70 MB", from, "POST", records("attachments"), "", contentType, body)
		},
		func(n int) {
			post("guest, codes for anybody", "/api/collections/clients/request-otp", fmt.Sprintf(`{"email":"nobody%d@example.com"}`, n))
		},
		func(int) {
			post("guest, codes for a client", "/api/collections/clients/request-otp", `{"email":"ordinary0000000@example.com"}`)
		},
		func(int) {
			post("guest, ids of a megabyte", "/api/collections/clients/auth-with-otp", `{"password":"12345678","otpId":"`+strings.Repeat("y", 1<<20)+`"}`)
		},
		func(int) { post("guest, webhooks", "/api/webhooks/stripe", strings.Repeat("z", 200_000)) },
		func(int) { // requests whose headers never end
			connection, err := net.Dial("tcp", strings.TrimPrefix(a.url, "http://"))
			if err == nil {
				fmt.Fprintf(connection, "GET / HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: %s\r\n", from)
				go func() {
					select {
					case <-ctx.Done():
					case <-time.After(20 * time.Second):
					}
					connection.Close()
				}()
			}
			time.Sleep(200 * time.Millisecond)
		},
	)
}

func (a *attack) client(ctx context.Context, h home, from string) {
	get := func(what, path string) { a.try(ctx, what, from, "GET", path, h.token, "", nil) }
	post := func(what, path, body string) {
		a.try(ctx, what, from, "POST", path, h.token, asJSON, strings.NewReader(body))
	}
	words := strings.Repeat("words ", 1600)
	keys := `{"milestone":"` + h.milestone + `","body":"x"` + func() string {
		var b strings.Builder
		for i := range 200_000 {
			fmt.Fprintf(&b, `,"k%d":1`, i)
		}
		return b.String()
	}() + "}"
	each(ctx,
		func(int) {
			post("client, comments", records("comments"), `{"milestone":"`+h.milestone+`","body":"`+words+`"}`)
		},
		func(int) {
			one := `{"method":"POST","url":"` + records("comments") + `","body":{"milestone":"` + h.milestone + `","body":"x"}}`
			post("client, batches", "/api/batch", `{"requests":[`+one+strings.Repeat(","+one, 49)+`]}`)
		},
		func(int) { post("client, objects of 200,000 keys", records("comments"), keys) },
		func(int) { post("client, deep objects", records("comments"), strings.Repeat(`{"a":`, 100_000)) },
		func(int) {
			get("client, lists", records("comments")+"?perPage=500&sort=-body,created&expand=milestone.project&filter="+
				strings.Repeat("body~'s%25t'%7C%7C", 20)+"body~'q'")
		},
		func(int) {
			get("client, lists by relations", records("projects")+"?filter=milestones_via_project.comments_via_milestone.body~'w'")
		},
		func(int) { get("client, a project of 20,000 comments", "/api/portal/projects/"+h.project) },
		func(int) { get("client, search", "/api/portal/search?q=words+that+fill") },
		func(int) { get("client, exports", "/api/portal/export") },
		func(int) { get("client, archives", "/api/portal/projects/"+h.project+"/archive.zip") },
		func(int) {
			contentType, body := upload(70, h.project)
			a.try(ctx, "client, forms of 70 MB", from, "POST", records("attachments"), h.token, contentType, body)
		},
		func(int) {
			post("client, promises of uploads", "/api/portal/uploads", `{"project":"`+h.project+`","filename":"a.wav","size":1900000000}`)
		},
		func(int) { // live connections that stay open
			live, stop := context.WithTimeout(ctx, 15*time.Second)
			go func() {
				defer stop()
				request, err := http.NewRequestWithContext(live, "GET", a.url+"/api/realtime", nil)
				if err != nil {
					return
				}
				request.Header.Set("X-Forwarded-For", from)
				if response, err := http.DefaultClient.Do(request); err == nil {
					_, _ = io.Copy(io.Discard, response.Body) // reads until the time is over
					response.Body.Close()
				}
			}()
			time.Sleep(200 * time.Millisecond)
		},
	)
}

// ordinary reads a page twice a second and writes every ten seconds. It returns how long each request took, and the
// acknowledged comments.
func (a *attack) ordinary(ctx context.Context, h home, from string) (waits map[string][]time.Duration, written []string) {
	waits = map[string][]time.Duration{}
	failed := 0
	for n := 0; ctx.Err() == nil; n++ {
		path := []string{"/api/portal/overview", "/api/portal/projects/" + h.project, "/api/portal/bookings"}[n%3]
		started := time.Now()
		_, status := a.try(ctx, "the ordinary client, pages", from, "GET", path, h.token, "", nil)
		if ctx.Err() != nil {
			break
		}
		waits["pages"] = append(waits["pages"], time.Since(started))
		if status != http.StatusOK {
			failed++
		}
		if n%20 == 0 {
			id := fmt.Sprintf("kept%011d", n)
			started := time.Now()
			_, status := a.try(ctx, "the ordinary client, comments", from, "POST", records("comments"), h.token, asJSON,
				strings.NewReader(`{"id":"`+id+`","milestone":"`+h.milestone+`","body":"Number `+fmt.Sprint(n)+`"}`))
			if ctx.Err() != nil {
				break
			}
			waits["comments"] = append(waits["comments"], time.Since(started))
			if status == http.StatusOK {
				written = append(written, id)
			} else {
				failed++
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(500 * time.Millisecond):
		}
	}
	if failed > 0 {
		a.t.Errorf("%d requests of the ordinary client were not answered as they should be", failed)
	}
	return waits, written
}
