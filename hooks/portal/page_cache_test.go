package portal_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"

	"greenroom/hooks/testkit"
)

// visit requests a page with the given headers.
func (r *room) visit(path string, headers ...string) (status int, header http.Header, body []byte) {
	r.T.Helper()
	request, err := http.NewRequest("GET", r.URL+"/api/portal/"+path, nil)
	if err != nil {
		r.T.Fatal(err)
	}
	request.Header.Set("Authorization", r.AnaToken)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultTransport.RoundTrip(request) // with Accept-Encoding set, the transport does not decompress the body
	if err != nil {
		r.T.Fatal(err)
	}
	defer response.Body.Close()
	if body, err = io.ReadAll(response.Body); err != nil {
		r.T.Fatal(err)
	}
	return response.StatusCode, response.Header, body
}

const plain = "identity"

func TestUnchangedPageIsNotSentAgain(t *testing.T) {
	r := newRoom(t)
	project := r.full()
	for _, path := range []string{"projects/" + project.Id, "overview"} {
		t.Run(path[:4], func(t *testing.T) {
			status, header, body := r.visit(path, "Accept-Encoding", plain)
			tag := header.Get("ETag")
			if status != 200 || tag == "" || header.Get("Cache-Control") != "private, no-cache" || header.Get("Content-Length") != fmt.Sprint(len(body)) {
				t.Fatalf("%d %v", status, header)
			}
			same := func(when, sent string) {
				t.Helper()
				status, header, body := r.visit(path, "Accept-Encoding", plain, "If-None-Match", sent)
				if status != 304 || len(body) != 0 || header.Get("ETag") != tag || header.Get("Cache-Control") != "private, no-cache" {
					t.Errorf("%s: %d %v %s", when, status, header, body)
				}
			}
			same("at once", tag)
			same("with another tag", `"other", `+tag)
			r.Exec("UPDATE clients SET clerkNamedAt = clerkNamedAt + 1", nil) // no page shows this field
			same("after a commit that left it as it was", tag)

			r.Exec("UPDATE projects SET title = title || '!' WHERE id = {:id}", dbx.Params{"id": project.Id})
			status, header, changed := r.visit(path, "Accept-Encoding", plain, "If-None-Match", tag)
			if status != 200 || header.Get("ETag") == tag || bytes.Equal(changed, body) {
				t.Errorf("after a change: %d %v", status, header)
			}
			if status, _, _ := r.visit(path, "If-None-Match", header.Get("ETag"), "Authorization", "none"); status != 401 {
				t.Errorf("a guest with a tag gets %d", status)
			}
		})
	}
}

func TestPagesAreCompressedForWhoTakesIt(t *testing.T) {
	r := newRoom(t)
	path := "projects/" + r.full().Id
	_, _, want := r.visit(path, "Accept-Encoding", plain)
	for _, c := range []struct {
		accept string
		zipped bool
	}{{"gzip", true}, {"gzip, deflate, br, zstd", true}, {"br;q=1.0, gzip;q=0.8", true}, {"deflate", false}, {"gzip;q=0", false}, {"gzip; q=0.0, br", false}, {plain, false}} {
		t.Run(c.accept, func(t *testing.T) {
			for range 2 {
				status, header, body := r.visit(path, "Accept-Encoding", c.accept)
				if zipped := header.Get("Content-Encoding") == "gzip"; status != 200 || zipped != c.zipped || !strings.Contains(strings.Join(header.Values("Vary"), ","), "Accept-Encoding") {
					t.Fatalf("%d %v", status, header)
				}
				if c.zipped {
					body = unzip(t, body)
				}
				if !bytes.Equal(body, want) {
					t.Errorf("%s\nis not\n%s", body, want)
				}
			}
		})
	}
}

func unzip(t *testing.T, body []byte) []byte {
	t.Helper()
	zipped, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(zipped)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// The overview changes when a booking ends, without a write.
func TestOverviewChangesWithTheClock(t *testing.T) {
	r := newRoom(t)
	ends := time.Now().Add(time.Second)
	r.booking("Ending", 0, fields{"startTime": testkit.Away(-time.Hour), "endTime": ends})
	r.booking("Next", 3*time.Hour)
	for {
		late := time.Now().After(ends)
		title := r.Page("overview")["nextBooking"].(fields)["title"]
		if title == "Next" {
			break
		}
		if late {
			t.Fatalf("after its end the next booking is %v", title)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// Two clients request the same address, in both orders, and get their own pages.
func TestPageOfAClientIsNotAnothers(t *testing.T) {
	r := newRoom(t)
	project := r.full()
	path := "/api/portal/projects/" + project.Id
	for range 2 {
		if answer := r.Do("GET", path, r.AnaToken, nil); answer.Status != 200 {
			t.Errorf("Ana gets %d", answer.Status)
		}
		if answer := r.Do("GET", path, r.BenToken, nil); answer.Status != 404 {
			t.Errorf("Ben gets %d %s", answer.Status, answer.Raw)
		}
		ana, ben := r.Do("GET", "/api/portal/overview", r.AnaToken, nil), r.Do("GET", "/api/portal/overview", r.BenToken, nil)
		if bytes.Equal(ana.Raw, ben.Raw) {
			t.Errorf("Ana and Ben get %s", ana.Raw)
		}
	}
}

// A page is read between the commit that hides a field and the handler that expands the statements anew. It must not be
// cached.
func TestAFieldThatIsHiddenIsNotKept(t *testing.T) {
	r := newRoom(t)
	path := "/api/portal/projects/" + r.full().Id
	described := func() bool {
		project, _ := r.Do("GET", path, r.AnaToken, nil).JSON()["project"].(fields)
		return project["description"] != nil
	}
	r.App.OnCollectionAfterUpdateSuccess("projects").Bind(&hook.Handler[*core.CollectionEvent]{Priority: -1000, Func: func(e *core.CollectionEvent) error {
		described()
		return e.Next()
	}})
	if !described() {
		t.Fatal("a project has no description")
	}
	collection, err := r.App.FindCollectionByNameOrId("projects")
	if err != nil {
		t.Fatal(err)
	}
	collection.Fields.GetByName("description").SetHidden(true)
	if err := r.App.Save(collection); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if described() {
			t.Error("a hidden field is shown")
		}
	}
}
