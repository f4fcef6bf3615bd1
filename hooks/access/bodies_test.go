package access_test

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"greenroom/hooks/testkit"
)

// open sends the headers of a request whose body never comes, and returns the connection.
func open(t *testing.T, s *testkit.Studio, path, token, contentType string, length int) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", path, token, contentType, length)
	return conn
}

// statusOf reads the status line of an answer that has to come before any of the body is sent.
func statusOf(t *testing.T, conn net.Conn) string {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, len("HTTP/1.1 401"))
	if _, err := io.ReadFull(conn, line); err != nil {
		t.Fatalf("no answer before the body: %v", err)
	}
	return string(line)
}

const aForm = "multipart/form-data; boundary=b"

// Requests announce bodies that never come. Senders who may not send them are answered at once.
func TestABodyIsReadOnlyForSomebodyWhoMaySendIt(t *testing.T) {
	s := testkit.New(t, nil)
	for _, path := range []string{"/api/collections/attachments/records", "/api/collections/comments/records", "/api/batch", "/api/portal/signout", "/api/realtime"} {
		for kind, length := range map[string]int{aForm: 70 << 20, "application/json": 1 << 20} {
			for _, token := range []string{"", "no.good.token"} {
				if got := statusOf(t, open(t, s, path, token, kind, length)); got != "HTTP/1.1 401" && got != "HTTP/1.1 400" {
					t.Errorf("%s %s with token %q: %s", path, kind, token, got)
				}
			}
		}
	}
}

// While two forms of a client are being sent, a third of theirs is refused, and one of another client's is accepted.
func TestTwoFormsAtATime(t *testing.T) {
	s := testkit.New(t, nil)
	_, ana := s.Client("Ana")
	ben, bens := s.Client("Ben")
	const path = "/api/collections/attachments/records"
	for range 2 {
		open(t, s, path, ana, aForm, 1<<20)
	}
	deadline := time.Now().Add(time.Minute)
	for { // until the server is reading both
		conn := open(t, s, path, ana, aForm, 1<<20)
		if err := conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		line := make([]byte, len("HTTP/1.1 429"))
		_, err := io.ReadFull(conn, line)
		conn.Close()
		if err == nil && string(line) == "HTTP/1.1 429" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("a third form gets %q (%v)", line, err)
		}
	}
	project := s.Make("projects", map[string]any{"client": ben.Id, "title": "Album", "serviceType": "AUDIO"})
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("project", project.Id)
	part, err := form.CreateFormFile("file", "song.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write(bytes.Repeat([]byte("la "), 1<<20)) // more than formMemory
	_ = form.Close()
	if answer := s.Send("POST", path, bens, form.FormDataContentType(), &body); answer.Status != http.StatusOK {
		t.Errorf("another client gets %d %s", answer.Status, answer.Raw)
	}
}

func TestLargeShapesAreRefused(t *testing.T) {
	s := testkit.New(t, nil)
	client, token := s.Client("Ana")
	goal := s.Make("goals", map[string]any{"project": s.Make("projects", map[string]any{"client": client.Id, "title": "Album", "serviceType": "AUDIO"}).Id, "title": "Goal"})
	var keys strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&keys, `"k%d":0,`, i)
	}
	many := "{" + keys.String() + `"body":"x"}`
	deep := strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000)
	long := `{"body":[` + strings.Repeat("1,", 100_000) + "1]}"
	good := `{"goal":"` + goal.Id + `","body":"words"}`
	inBatch := func(body string) string {
		return `{"requests":[{"method":"POST","url":"/api/collections/comments/records","body":` + body + `}]}`
	}
	inForm := func(body string) string {
		return "--b\r\nContent-Disposition: form-data; name=\"@jsonPayload\"\r\n\r\n" + body + "\r\n--b--\r\n"
	}
	const records, batch = "/api/collections/comments/records", "/api/batch"
	for name, tc := range map[string]struct {
		path, kind, body string
		want             int
	}{
		"many keys": {records, "application/json", many, 413}, "many keys in a batch": {batch, "application/json", inBatch(many), 413},
		"deep": {records, "application/json", deep, 413}, "deep in a batch": {batch, "application/json", inBatch(deep), 413},
		"long": {records, "application/json", long, 413}, "long in a batch": {batch, "application/json", inBatch(long), 413},
		"many keys in a form": {records, aForm, inForm(many), 413}, "many fields": {records, "application/x-www-form-urlencoded", strings.Repeat("a=1&", 5000), 413},
		"as it should be": {records, "application/json", good, 200}, "as it should be, in a batch": {batch, "application/json", inBatch(good), 200},
		"as it should be, in a form": {records, aForm, inForm(good), 200},
	} {
		t.Run(name, func(t *testing.T) {
			answer := s.Send("POST", tc.path, token, tc.kind, strings.NewReader(tc.body))
			if answer.Status != tc.want || tc.want == 413 && !strings.HasPrefix(answer.Message(), "The request has more keys") {
				t.Errorf("%d %s", answer.Status, answer.Raw)
			}
		})
	}
}
