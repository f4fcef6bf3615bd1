// Package testkit starts complete studios for tests: a real database, all hooks, and an HTTP server on a free port.
package testkit

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks"
	"greenroom/hooks/config"
	_ "greenroom/pb_migrations"
)

// Studio is a running studio. It is stopped when the test ends.
type Studio struct {
	t     testing.TB
	App   core.App
	URL   string // without a trailing slash
	Owner string // a token of the owner
	Stop  func() // stops the studio before the test ends
	other other  // the process of Elsewhere
}

// New starts a studio with an empty database. environment has the settings by variable.
func New(t testing.TB, environment map[string]string) *Studio {
	t.Helper()
	return Open(t, Dir(t), environment)
}

// Open starts a studio on an existing data directory.
func Open(t testing.TB, dir string, environment map[string]string) *Studio {
	t.Helper()
	return Connect(t, dir, environment, nil)
}

// Connect is Open with another function that connects to the databases.
func Connect(t testing.TB, dir string, environment map[string]string, connect core.DBConnectFunc) *Studio {
	t.Helper()
	c, err := config.Parse(environment)
	if err != nil {
		t.Fatal(err)
	}
	app := newApp(dir, connect)
	hooks.Register(app, c)
	if err := app.Bootstrap(); err != nil {
		t.Fatal(err)
	}
	if environment[Checksums] == "" {
		app.OnServe().Unbind("greenroomSums")
	}
	s := &Studio{t: t, App: app}
	s.serve()
	owner, err := app.FindAuthRecordByEmail(core.CollectionNameSuperusers, OwnerEmail)
	if err != nil {
		t.Fatal(err)
	}
	s.Owner = s.token(owner)
	return s
}

// Checksums is a variable of environment that lets the studio compute checksums of files in the background. Otherwise
// they are off, because they would change what tests compare or count.
const Checksums = "TEST_CHECKSUMS"

func newApp(dir string, connect core.DBConnectFunc) core.App {
	return core.NewBaseApp(core.BaseAppConfig{DataDir: dir, DataMaxOpenConns: 8, DataMaxIdleConns: 8, DBConnect: connect})
}

func (s *Studio) serve() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	s.URL = "http://" + listener.Addr().String()
	ready := make(chan struct{})
	s.App.OnServe().Unbind("__pbCronStart__") // tests run the jobs themselves, so the scheduler must not
	s.App.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Listener, e.InstallerFunc = listener, nil
		e.Server.Addr = listener.Addr().String()
		defer close(ready)
		return e.Next()
	})
	ended := make(chan error, 1)
	go func() { ended <- apis.Serve(s.App, apis.ServeConfig{HttpAddr: listener.Addr().String()}) }()
	select {
	case <-ready:
	case err := <-ended:
		s.t.Fatal(err)
	}
	s.Stop = sync.OnceFunc(func() {
		event := new(core.TerminateEvent)
		event.App = s.App
		err := s.App.OnTerminate().Trigger(event, func(e *core.TerminateEvent) error { return nil })
		if err := errors.Join(err, <-ended, s.App.ClearBootstrap()); err != nil {
			s.t.Error(err)
		}
	})
	s.t.Cleanup(s.Stop)
}

// Make saves a record as a program would, with every hook. An error fails the test.
func (s *Studio) Make(collection string, fields map[string]any) *core.Record {
	s.t.Helper()
	c, err := s.App.FindCachedCollectionByNameOrId(collection)
	if err != nil {
		s.t.Fatal(err)
	}
	record := core.NewRecord(c)
	record.Load(fields)
	if err := s.App.Save(record); err != nil {
		s.t.Fatalf("make %s: %v", collection, err)
	}
	return record
}

// Reload reads a record again.
func (s *Studio) Reload(record *core.Record) *core.Record {
	s.t.Helper()
	fresh, err := s.App.FindRecordById(record.Collection(), record.Id)
	if err != nil {
		s.t.Fatalf("reload %s %s: %v", record.Collection().Name, record.Id, err)
	}
	return fresh
}

// Client makes a client and returns a token of theirs.
func (s *Studio) Client(name string) (client *core.Record, token string) {
	s.t.Helper()
	client = s.Make("clients", map[string]any{"name": name, "email": name + "@example.com"})
	return client, s.token(client)
}

func (s *Studio) token(record *core.Record) string {
	s.t.Helper()
	token, err := record.NewAuthToken()
	if err != nil {
		s.t.Fatal(err)
	}
	return token
}

// Answer is the server's answer to a request.
type Answer struct {
	Status int
	Header http.Header
	Raw    []byte
}

// JSON returns the body as a JSON object; nil if it is none.
func (a Answer) JSON() (out map[string]any) {
	_ = json.Unmarshal(a.Raw, &out)
	return out
}

// Message returns the sentence of an error.
func (a Answer) Message() string {
	message, _ := a.JSON()["message"].(string)
	return message
}

// Do sends a request. body is encoded as JSON unless it is nil.
func (s *Studio) Do(method, path, token string, body any) Answer {
	s.t.Helper()
	var reader io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			s.t.Fatal(err)
		}
		reader = bytes.NewReader(data)
	}
	return s.Send(method, path, token, "application/json", reader)
}

// Send sends a request with a body of any type.
func (s *Studio) Send(method, path, token, contentType string, body io.Reader) Answer {
	s.t.Helper()
	request, err := http.NewRequest(method, s.URL+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	if body != nil {
		request.Header.Set("Content-Type", contentType)
	}
	if token != "" {
		request.Header.Set("Authorization", token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return Answer{response.StatusCode, response.Header, raw}
}

// Outbox returns the mails that were written as files, the oldest first.
func (s *Studio) Outbox() (mails []string) {
	s.t.Helper()
	files, err := filepath.Glob(filepath.Join(s.App.DataDir(), "outbox", "*.eml"))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			s.t.Fatal(err)
		}
		mails = append(mails, string(content))
	}
	return mails
}
