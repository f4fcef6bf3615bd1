package durable_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"greenroom/hooks/durable"
)

// short is the timeout of the requests in these tests: long enough for an answer on a busy machine.
const short = 500 * time.Millisecond

// behind starts a server behind a line, and a client whose transport waits for short.
func behind(t *testing.T, handle http.HandlerFunc) (l *line, client *http.Client) {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	return newLine(t, strings.TrimPrefix(server.URL, "http://")), &http.Client{Transport: durable.StallTransport(short)}
}

// put uploads size bytes and reads the answer.
func put(client *http.Client, l *line, size int) error {
	request, err := http.NewRequest(http.MethodPut, "http://"+l.address+"/object", bytes.NewReader(make([]byte, size)))
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return err
}

func takeAll(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	fmt.Fprint(w, "taken")
}

// A request on a stalled connection ends within its timeout, whatever its size, and once the line is back the next
// request succeeds, because it uses a new connection.
func TestASwallowedRequestCostsItsBound(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]int{"a few rows": 2 << 10, "a part of a snapshot": 5 << 20} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, client := behind(t, takeAll)
			if err := put(client, l, size); err != nil {
				t.Fatalf("before: %v", err)
			}
			l.stall()
			for range 3 {
				started := time.Now()
				if err := put(client, l, size); err == nil || !strings.Contains(err.Error(), "nothing came back") {
					t.Fatalf("on the stalled line: %v", err)
				}
				if took := time.Since(started); took > 20*short {
					t.Errorf("the stalled request took %s", took)
				}
			}
			l.comeBack()
			if err := put(client, l, size); err != nil {
				t.Errorf("when the line is back: %v", err)
			}
			if now := durable.AnswerTimeout(client.Transport); now > 3*short {
				t.Errorf("afterwards an answer may take %s", now)
			}
		})
	}
}

// When a server answers late, later requests wait longer, until one succeeds.
func TestALateAnswerIsWaitedForInTheEnd(t *testing.T) {
	t.Parallel()
	var late atomic.Int64
	late.Store(int64(4 * short))
	l, client := behind(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			time.Sleep(time.Duration(late.Load()))
		}
		takeAll(w, r)
	})
	tries := 1
	for ; put(client, l, 100) != nil; tries++ {
		if tries > 20 {
			t.Fatal("it never succeeds")
		}
	}
	if tries == 1 {
		t.Error("the first try waited longer than its bound")
	}
	late.Store(0)
	if err := put(client, l, 100); err != nil || durable.AnswerTimeout(client.Transport) != short {
		t.Errorf("%v, and an answer may still take %s", err, durable.AnswerTimeout(client.Transport))
	}
}

// An upload on a slow line does not time out as long as bytes are accepted.
func TestASlowLineIsNoSwallowedOne(t *testing.T) {
	t.Parallel()
	l, client := behind(t, takeAll)
	l.slow(short / 10) // added for each 64 KB
	started := time.Now()
	if err := put(client, l, 5<<20); err != nil {
		t.Errorf("after %s: %v", time.Since(started), err)
	}
	if took := time.Since(started); took < 4*short {
		t.Errorf("it took %s: the line was not slow", took)
	}
}

// A response that stalls in the middle of its body ends with an error.
func TestAnAnswerThatStopsIsEnded(t *testing.T) {
	t.Parallel()
	held := make(chan struct{})
	l, client := behind(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = w.Write([]byte("half"))
		_ = http.NewResponseController(w).Flush()
		<-held
	})
	t.Cleanup(func() { close(held) })
	started := time.Now()
	if err := put(client, l, 10); err == nil || !strings.Contains(err.Error(), "nothing came back") {
		t.Errorf("it was read: %v", err)
	}
	if took := time.Since(started); took > 20*short {
		t.Errorf("it took %s", took)
	}
}
