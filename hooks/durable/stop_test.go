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

// A stop lets a request that is under way finish, ends live streams, and leaves nothing in the log of writes.
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
	eventually(t, "nobody new is let in", func() bool {
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
