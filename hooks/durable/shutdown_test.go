package durable_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"greenroom/hooks/testkit"
)

// A stop lets requests that are being answered finish, ends live streams, and leaves the write-ahead log empty.
func TestStop(t *testing.T) {
	t.Parallel()
	s := open(t)
	stream := testkit.Listen(t, s.url, s.owner, "comments/*")

	body := fmt.Sprintf(`{"milestone":%q,"body":"Sent slowly"}`, milestoneId)
	connection, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	fmt.Fprintf(connection, "POST %s HTTP/1.1\r\nHost: studio\r\nConnection: close\r\nContent-Type: application/json\r\nAuthorization: %s\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n",
		records("comments"), s.owner, len(body))
	answers := bufio.NewReader(connection)
	if line, err := answers.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("the request was not begun: %q %v", line, err)
	}
	if _, err := answers.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	stopped := make(chan time.Duration, 1)
	go func() { stopped <- s.stop() }()
	stream.Ended()
	testkit.Eventually(t, "nobody new is let in", func() bool {
		probe, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err == nil {
			probe.Close()
		}
		return err != nil
	})
	if _, err := io.WriteString(connection, body); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(answers, nil)
	if err != nil {
		t.Fatalf("the request was cut off: %v", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Errorf("the request was answered %d", answer.StatusCode)
	}
	if took := <-stopped; took > 10*time.Second {
		t.Errorf("the stop took %s", took)
	}
	if info, err := os.Stat(filepath.Join(s.data, "data.db-wal")); err == nil && info.Size() > 0 {
		t.Errorf("%d bytes are left in the log of writes", info.Size())
	}
	data := s.database("data.db")
	defer data.Close()
	found := false
	data.each("SELECT id, body FROM comments", func(_, body string) { found = found || body == "Sent slowly" })
	if !found {
		t.Error("what was acknowledged is not there")
	}
}

// A row that background work writes last is in the last upload; work that never ends is not waited for.
func TestTheLastUploadTakesEverythingAlong(t *testing.T) {
	t.Parallel()
	for name, work := range map[string]string{"and ends": "", "and goes on": "sleep(60000)"} {
		t.Run(name, func(t *testing.T) {
			data := t.TempDir()
			automation(t, data, `onTerminate((e) => {
				try {
					const comment = new Record(e.app.findCollectionByNameOrId("comments"))
					comment.set("milestone", "`+milestoneId+`")
					comment.set("body", "Written last")
					e.app.save(comment)
					`+work+`
				} catch { /* a command, before there is a milestone */ }
				e.next()
			})`)
			s := openAt(t, data, map[string]string{"REPLICA_URL": "file://" + t.TempDir()})
			if took := s.stop(); took > 10*time.Second {
				t.Errorf("the stop took %s", took)
			}
			if !strings.Contains(s.replica(), "Written last") {
				t.Error("what was written last is not in the replica")
			}
		})
	}
}

// automation writes an automation of the owner's (pb_hooks) beside a data directory.
func automation(t *testing.T, data, script string) {
	t.Helper()
	dir := filepath.Join(filepath.Dir(data), "pb_hooks")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "last.pb.js"), []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
}
