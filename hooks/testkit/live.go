package testkit

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience is how long a test waits for something that must come. It is only used up by a failure.
const patience = time.Minute

// Live is a connection to /api/realtime that is read all the time, until the test ends.
type Live struct {
	t        testing.TB
	url      string
	id       string
	hangUp   context.CancelFunc
	arrived  chan LiveMessage // closed when the stream ends
	stalling sync.Mutex       // held while reading is stalled
}

// LiveMessage is one message of a live connection.
type LiveMessage struct {
	Topic      string // with the options with which it was subscribed
	Raw        []byte
	Action     string
	Collection string
	Record     map[string]any
}

// Id returns the id of the message's record.
func (m LiveMessage) Id() string { return m.Text("id") }

// Text returns a field of the message's record.
func (m LiveMessage) Text(field string) string {
	text, _ := m.Record[field].(string)
	return text
}

func (m LiveMessage) String() string { return m.Action + " " + m.Collection + " " + m.Id() }

// Live opens a connection and subscribes it. A refusal fails the test.
func (s *Studio) Live(token string, topics ...string) *Live {
	s.t.Helper()
	return Listen(s.t, s.URL, token, topics...)
}

// Listen is Studio.Live for any PocketBase server.
func Listen(t testing.TB, url, token string, topics ...string) *Live {
	t.Helper()
	l := Dial(t, url)
	if answer := l.Subscribe(token, topics...); answer.Status != http.StatusNoContent {
		t.Fatalf("subscribe to %q: %d %s", topics, answer.Status, answer.Raw)
	}
	return l
}

// Topic returns a topic with query options in the form of the JavaScript SDK.
func Topic(name string, query map[string]string) string {
	var options strings.Builder
	encoder := json.NewEncoder(&options)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(map[string]any{"query": query}) // strings always encode
	return name + "?options=" + strings.ReplaceAll(url.QueryEscape(strings.TrimSpace(options.String())), "+", "%20")
}

// Dial opens a connection without subscriptions.
func Dial(t testing.TB, url string) *Live {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	request, err := http.NewRequestWithContext(ctx, "GET", url+"/api/realtime", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	l := &Live{t: t, url: url, hangUp: cancel, arrived: make(chan LiveMessage, 1<<14)}
	go l.read(ctx, response.Body)
	var hello struct{ ClientId string }
	if err := json.Unmarshal(l.Next().Raw, &hello); err != nil || hello.ClientId == "" {
		t.Fatalf("no connection: %d, %v", response.StatusCode, err)
	}
	l.id = hello.ClientId
	return l
}

// Subscribe replaces the subscriptions of the connection.
func (l *Live) Subscribe(token string, topics ...string) Answer {
	l.t.Helper()
	return Request(l.t, l.url, "POST", "/api/realtime", token, map[string]any{"clientId": l.id, "subscriptions": topics})
}

// Request is Studio.Do for any PocketBase server.
func Request(t testing.TB, url, method, path, token string, body any) Answer {
	t.Helper()
	return (&Studio{t: t, URL: url}).Do(method, path, token, body)
}

// Next waits for one message and returns it.
func (l *Live) Next() LiveMessage {
	l.t.Helper()
	select {
	case m, open := <-l.arrived:
		if !open {
			l.t.Fatal("the live connection ended")
		}
		return m
	case <-time.After(patience):
		l.t.Fatal("no live message came")
	}
	panic("unreachable")
}

// Take waits for so many messages and returns them.
func (l *Live) Take(count int) (messages []LiveMessage) {
	l.t.Helper()
	for range count {
		select {
		case m, open := <-l.arrived:
			if !open {
				l.t.Fatalf("the live connection ended after %d of %d messages: %v", len(messages), count, messages)
			}
			messages = append(messages, m)
		case <-time.After(patience):
			l.t.Fatalf("%d of %d live messages came: %v", len(messages), count, messages)
		}
	}
	return messages
}

// Before returns the messages that come before the first for which last is true. A test that something is not sent
// makes a later change that is, and checks what came before it.
func (l *Live) Before(last func(m LiveMessage) bool) (messages []LiveMessage) {
	l.t.Helper()
	for {
		m := l.Next()
		if last(m) {
			return messages
		}
		messages = append(messages, m)
	}
}

// Stall stops reading, like a phone in a tunnel, until the returned function is called.
func (l *Live) Stall() (resume func()) {
	l.stalling.Lock()
	return l.stalling.Unlock
}

// Close closes the connection.
func (l *Live) Close() { l.hangUp() }

// Ended waits until the server ends the stream, and returns the messages that came before.
func (l *Live) Ended() (messages []LiveMessage) {
	l.t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case m, open := <-l.arrived:
			if !open {
				return messages
			}
			messages = append(messages, m)
		case <-deadline:
			l.t.Fatalf("the live connection is still open; it heard %v", messages)
		}
	}
}

func (l *Live) read(ctx context.Context, stream io.ReadCloser) {
	defer close(l.arrived)
	defer stream.Close()
	lines := bufio.NewReader(stream)
	var m LiveMessage
	for {
		l.stalling.Lock() // reading waits while the connection is stalled
		//lint:ignore SA2001 there is nothing to do but wait
		l.stalling.Unlock()
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		name, value, _ := bytes.Cut(bytes.TrimSuffix(line, []byte("\n")), []byte(":"))
		switch string(name) {
		case "event":
			m.Topic = string(value)
		case "data":
			m.Raw = value
		case "":
			m.parse()
			select {
			case l.arrived <- m:
			case <-ctx.Done():
				return
			}
			m = LiveMessage{}
		}
	}
}

// parse reads the parts that PocketBase's and Greenroom's messages share.
func (m *LiveMessage) parse() {
	var data struct {
		Action, Collection string
		Record             map[string]any
	}
	if json.Unmarshal(m.Raw, &data) == nil {
		m.Action, m.Collection, m.Record = data.Action, data.Collection, data.Record
	}
	if m.Collection == "" && m.Record != nil {
		m.Collection = fmt.Sprint(m.Record["collectionName"])
	}
}
