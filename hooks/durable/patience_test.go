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

// short is how long a request of these tests waits for an answer: long enough for a busy machine to give one.
const short = 500 * time.Millisecond

// behind is a server behind a line, and a client with little patience.
func behind(t *testing.T, handle http.HandlerFunc) (l *line, client *http.Client) {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	return newLine(t, strings.TrimPrefix(server.URL, "http://")), &http.Client{Transport: durable.Patience(short)}
}

// put uploads some bytes and reads the answer.
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

// A swallowed request ends within its bound, whatever its size, and the next one after the line is back succeeds: it
// does not go by a connection of before.
func TestASwallowedRequestCostsItsBound(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]int{"a few rows": 2 << 10, "a part of a snapshot": 5 << 20} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, client := behind(t, takeAll)
			if err := put(client, l, size); err != nil {
				t.Fatalf("before: %v", err)
			}
			l.swallow()
			for range 3 {
				started := time.Now()
				if err := put(client, l, size); err == nil || !strings.Contains(err.Error(), "nothing came back") {
					t.Fatalf("on the swallowed line: %v", err)
				}
				if took := time.Since(started); took > 20*short {
					t.Errorf("the swallowed request took %s", took)
				}
			}
			l.comeBack()
			if err := put(client, l, size); err != nil {
				t.Errorf("when the line is back: %v", err)
			}
			if now := durable.PatienceNow(client.Transport); now > 3*short {
				t.Errorf("afterwards an answer may take %s", now)
			}
		})
	}
}

// A server that answers late is given longer, until it succeeds.
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
	if err := put(client, l, 100); err != nil || durable.PatienceNow(client.Transport) != short {
		t.Errorf("%v, and an answer may still take %s", err, durable.PatienceNow(client.Transport))
	}
}

// An upload goes on for as long as something is taken, however slow the line is.
func TestASlowLineIsNoSwallowedOne(t *testing.T) {
	t.Parallel()
	l, client := behind(t, takeAll)
	l.slow(short / 10) // for each 64 KB
	started := time.Now()
	if err := put(client, l, 5<<20); err != nil {
		t.Errorf("after %s: %v", time.Since(started), err)
	}
	if took := time.Since(started); took < 4*short {
		t.Errorf("it took %s: the line was not slow", took)
	}
}

// An answer that stops in its middle ends too.
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
