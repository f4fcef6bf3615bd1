package files_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/testkit"
)

// logged selects the lines of the log that contain some words.
func logged(words string) dbx.Expression {
	return dbx.NewExp("message || data LIKE {:words}", dbx.Params{"words": "%" + words + "%"})
}

// Of many uploads that begin at the same time, exactly as many are accepted as fit into the client's total.
func TestUploadsThatBeginAtOnceShareTheTotal(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		s := testkit.New(t, p.with("GREENROOM_MAX_UPLOAD", "10000 B").environment)
		ana := newDesk(s, "ana")
		answers := make([]testkit.Answer, 24)
		var all sync.WaitGroup
		for i := range answers {
			all.Go(func() {
				if i%4 == 0 { // in PocketBase's form
					contentType, body := form(t, ana.project.Id, strings.Repeat("x", 10_000))
					answers[i] = s.Send("POST", "/api/collections/attachments/records", ana.token, contentType, body)
					return
				}
				answers[i] = ana.ask(ana.token, map[string]any{"size": 10_000})
			})
		}
		all.Wait()
		taken := 0
		for _, answer := range answers {
			switch answer.Status {
			case 200:
				taken++
			case 413, 429:
			default:
				t.Errorf("%d %s", answer.Status, answer.Raw)
			}
		}
		if taken > 10 {
			t.Errorf("%d of 10 that fit were taken", taken)
		}
		for ; taken < 10; taken++ { // in place of forms that were refused for their number
			if answer := ana.ask(ana.token, map[string]any{"size": 10_000}); answer.Status != 200 {
				t.Errorf("number %d: %d %s", taken+1, answer.Status, answer.Raw)
			}
		}
		if answer := ana.ask(ana.token, map[string]any{"size": 1}); answer.Status != 413 {
			t.Errorf("one byte more: %d %s", answer.Status, answer.Raw)
		}
	})
}

// What a client's people send counts against the client's total, by either way of sending.
func TestPeopleShareTheTotal(t *testing.T) {
	s := testkit.New(t, map[string]string{"GREENROOM_MAX_UPLOAD": "10000 B"})
	ana := newDesk(s, "ana")
	person := testkit.Token(t, s.Make("clients", map[string]any{"account": ana.client.Id, "access": "all", "email": "kim@example.com", "name": "Kim"}))
	send := func(token string, bytes int) testkit.Answer {
		contentType, body := form(t, ana.project.Id, strings.Repeat("x", bytes))
		return s.Send("POST", "/api/collections/attachments/records", token, contentType, body)
	}
	if answer := send(person, 10_000); answer.Status != 200 {
		t.Fatalf("the first: %d %s", answer.Status, answer.Raw)
	}
	for n := range 9 {
		if answer := ana.ask(ana.token, map[string]any{"size": 10_000}); answer.Status != 200 {
			t.Fatalf("number %d: %d %s", n+2, answer.Status, answer.Raw)
		}
	}
	for who, token := range map[string]string{"client": ana.token, "person": person} {
		if answer := ana.ask(token, map[string]any{"size": 1}); answer.Status != 413 {
			t.Errorf("one byte more of the %s's, as an upload: %d %s", who, answer.Status, answer.Raw)
		}
		if answer := send(token, 1); answer.Status != 413 {
			t.Errorf("one byte more of the %s's, in a form: %d %s", who, answer.Status, answer.Raw)
		}
	}
}

// free returns how many bytes of the disk are free, and its size.
func free(t *testing.T, s *testkit.Studio) (free, size int64) {
	t.Helper()
	var fs syscall.Statfs_t
	if err := syscall.Statfs(s.App.DataDir(), &fs); err != nil {
		t.Fatal(err)
	}
	return int64(fs.Bavail) * int64(fs.Bsize), int64(fs.Blocks) * int64(fs.Bsize)
}

// Half of the free disk is reserved at most, for all senders together, the owner included.
func TestHalfOfTheFreeDiskIsPromised(t *testing.T) {
	s := testkit.New(t, map[string]string{"GREENROOM_MAX_UPLOAD": "4000000000GB"})
	ana := newDesk(s, "ana")
	room, size := free(t, s)
	if answer := ana.ask(s.Owner, map[string]any{"size": room*3/5 + 1}); answer.Status != 507 {
		t.Errorf("more than half: %d %s", answer.Status, answer.Raw)
	}
	first := ana.ask(s.Owner, map[string]any{"size": room * 3 / 10})
	if first.Status != 200 {
		t.Fatalf("less than half: %d %s", first.Status, first.Raw)
	}
	if answer := ana.ask(s.Owner, map[string]any{"size": room * 3 / 10}); answer.Status != 507 || !strings.Contains(answer.Message(), "no room") {
		t.Errorf("as much again: %d %s", answer.Status, answer.Raw)
	}
	if answer := s.Do("DELETE", fmt.Sprint("/api/portal/uploads/", first.JSON()["id"]), s.Owner, nil); answer.Status != 204 {
		t.Fatalf("cancel: %d %s", answer.Status, answer.Raw)
	}
	if answer := ana.ask(s.Owner, map[string]any{"size": room * 3 / 10}); answer.Status != 200 {
		t.Errorf("after the first was cancelled: %d %s", answer.Status, answer.Raw)
	}
	if share := size/10 + 1; share < room/10 { // on a fuller disk, half of what is free is the smaller limit
		if answer := ana.ask(ana.token, map[string]any{"size": share}); answer.Status != 413 {
			t.Errorf("more than a client's share of the disk: %d %s", answer.Status, answer.Raw)
		}
	}
}

// slowForm is a form whose last bytes are sent when the test says so.
type slowForm struct {
	status chan int
	pipe   *io.PipeWriter
	rest   []byte
}

// patient sends a body only after the server's "100 Continue", so that a form has its reservation once its body has
// begun.
var patient = &http.Client{Transport: &http.Transport{ExpectContinueTimeout: time.Minute}}

// sendSlowly sends all of a form but its last bytes, with or without a Content-Length, and returns once the server has
// accepted it.
func sendSlowly(t *testing.T, url, token, contentType string, body []byte, length int64) *slowForm {
	t.Helper()
	out, in := io.Pipe()
	f := &slowForm{make(chan int, 1), in, body[len(body)-10:]}
	request, err := http.NewRequest("POST", url+"/api/collections/attachments/records", out)
	if err != nil {
		t.Fatal(err)
	}
	request.ContentLength = length
	request.Header.Set("Content-Type", contentType)
	request.Header.Set("Authorization", token)
	request.Header.Set("Expect", "100-continue")
	go func() {
		response, err := patient.Do(request)
		if err != nil {
			f.status <- 0
			return
		}
		_, _ = io.Copy(io.Discard, response.Body)
		response.Body.Close()
		f.status <- response.StatusCode
	}()
	if _, err := in.Write(body[:len(body)-10]); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *slowForm) end() int {
	_, _ = f.pipe.Write(f.rest)
	f.pipe.Close()
	return <-f.status
}

// A client may send two forms at a time, each with its room reserved, with or without a Content-Length. The form of a
// guest is not read at all.
func TestFormsTwoAtATime(t *testing.T) {
	s := testkit.New(t, map[string]string{"GREENROOM_MAX_UPLOAD": "100000 B"})
	ana, ben := newDesk(s, "ana"), newDesk(s, "ben")
	contentType, reader := form(t, ana.project.Id, noise(90_000))
	body, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	first := sendSlowly(t, s.URL, ana.token, contentType, body, int64(len(body)))
	second := sendSlowly(t, s.URL, ana.token, contentType, body, -1)
	testkit.Eventually(t, "both are on their way, so that no other form of hers is taken", func() bool {
		return s.Send("POST", "/api/collections/comments/records", ana.token, contentType, bytes.NewReader(body)).Status == 429
	})
	third := s.Send("POST", "/api/collections/attachments/records", ana.token, contentType, bytes.NewReader(body))
	if third.Status != 429 || third.Message() == "" {
		t.Errorf("a third: %d %s", third.Status, third.Raw)
	}
	bens, benBody := form(t, ben.project.Id, "hello")
	if answer := s.Send("POST", "/api/collections/attachments/records", ben.token, bens, benBody); answer.Status != 200 {
		t.Errorf("another client's: %d %s", answer.Status, answer.Raw)
	}
	for i := range 8 { // while two forms are being sent
		if answer := ana.ask(ana.token, map[string]any{"size": 100_000}); answer.Status != 200 {
			t.Errorf("upload %d: %d %s", i, answer.Status, answer.Raw)
		}
	}
	if answer := ana.ask(ana.token, map[string]any{"size": 50_000}); answer.Status != 413 {
		t.Errorf("what the forms have reserved is promised again: %d %s", answer.Status, answer.Raw)
	}
	if a, b := first.end(), second.end(); a != 200 || b != 200 {
		t.Errorf("the forms themselves: %d %d", a, b)
	}
	if answer := ana.ask(ana.token, map[string]any{"size": 20_000}); answer.Status != 200 {
		t.Errorf("what the forms did not need: %d %s", answer.Status, answer.Raw)
	}
	long, tooLong := form(t, ben.project.Id, noise(300_000))
	if answer := s.Send("POST", "/api/collections/attachments/records", ben.token, long, io.MultiReader(tooLong)); answer.Status == 200 {
		t.Errorf("a form longer than a file may be, of no said length: %d %s", answer.Status, answer.Raw)
	}
	guest := &counted{Reader: bytes.NewReader(bytes.Repeat([]byte("x"), 32<<20))}
	if answer := s.Send("POST", "/api/collections/attachments/records", "", contentType, guest); answer.Status != 400 && answer.Status != 0 {
		t.Errorf("a guest's: %d %s", answer.Status, answer.Raw)
	}
	if guest.bytes > 8<<20 {
		t.Errorf("%d bytes of a guest's form were taken", guest.bytes)
	}
}

type counted struct {
	io.Reader
	bytes int
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.bytes += n
	return n, err
}

// While somebody else writes to the database, a client who is sending a form is answered at once about another file.
func TestAFormWaitsForNobodysWrite(t *testing.T) {
	s := testkit.New(t, map[string]string{"GREENROOM_MAX_UPLOAD": "1000 B"})
	ana := newDesk(s, "ana")
	contentType, body := form(t, ana.project.Id, "hello")
	done := make(chan testkit.Answer, 1)
	// The write transaction ends only after an upload of the same client was checked, and refused for its size.
	err := s.App.RunInTransaction(func(tx core.App) error {
		go func() { done <- s.Send("POST", "/api/collections/attachments/records", ana.token, contentType, body) }()
		if answer := ana.ask(ana.token, map[string]any{"size": 1001}); answer.Status != 413 {
			t.Errorf("%d %s", answer.Status, answer.Raw)
		}
		big, bigBody := form(t, ana.project.Id, noise(20_000))
		if answer := s.Send("POST", "/api/collections/attachments/records", ana.token, big, bigBody); answer.Status != 413 {
			t.Errorf("%d %s", answer.Status, answer.Raw)
		}
		return nil
	})
	if answer := <-done; err != nil || answer.Status != 200 {
		t.Errorf("%d %s %v", answer.Status, answer.Raw, err)
	}
}
