package durable_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"greenroom/hooks/testkit"
)

const (
	clientId    = "client000000001"
	projectId   = "stage0000000001" // project of the comments and deliverables; no test deletes it
	milestoneId = "thread000000001"
)

// studio is a running server as its users see it, over REST.
type studio struct {
	*server
	http          *http.Client
	owner, client string // sign-in tokens, which stay valid over a restart
}

// open starts a studio with an owner, and a client who has a project.
func open(t *testing.T) *studio {
	t.Helper()
	return openWith(t, nil)
}

// openWith is open with environment variables.
func openWith(t *testing.T, environment map[string]string) *studio {
	t.Helper()
	return openAt(t, t.TempDir(), environment)
}

// openAt is openWith on a given empty data directory.
func openAt(t *testing.T, data string, environment map[string]string) *studio {
	t.Helper()
	s := &studio{server: &server{t: t, binary: testkit.Binary(t), data: data, environment: environment}, http: &http.Client{Timeout: time.Minute}}
	testkit.Fill(t, data)
	t.Cleanup(s.kill)
	s.start()
	s.owner = s.signIn("/api/collections/_superusers/auth-with-password", map[string]any{"identity": testkit.OwnerEmail, "password": testkit.OwnerPassword})
	s.must("PATCH", "/api/settings", map[string]any{"batch": map[string]any{"timeout": 60}})
	s.must("POST", records("clients"), map[string]any{"id": clientId, "email": "ada@example.com", "name": "Ada"})
	s.must("POST", records("projects"), map[string]any{"id": projectId, "client": clientId, "title": "Stage", "serviceType": "AUDIO"})
	s.must("POST", records("milestones"), map[string]any{"id": milestoneId, "project": projectId, "title": "Thread"})
	s.client = s.signIn("/api/collections/clients/impersonate/"+clientId, map[string]any{"duration": 24 * 3600})
	return s
}

// elsewhere is the same studio on another machine, with an empty data directory.
func (s *studio) elsewhere() *studio {
	s.t.Helper()
	other := *s
	other.server = &server{t: s.t, binary: s.binary, data: s.t.TempDir(), environment: s.environment}
	s.t.Cleanup(other.kill)
	return &other
}

func records(collection string) string { return "/api/collections/" + collection + "/records" }

func (s *studio) signIn(path string, body map[string]any) string {
	s.t.Helper()
	token, _ := s.must("POST", path, body)["token"].(string)
	return token
}

// must sends a request of the owner's that has to succeed.
func (s *studio) must(method, path string, body any) map[string]any {
	s.t.Helper()
	answer, err := s.ask(method, path, s.owner, body)
	if err != nil {
		s.t.Fatalf("%v; the server says:\n%s", err, s.said)
	}
	return answer
}

// refusal is the error of an answer with a refusing status. After any other error it is unknown whether the request was
// done.
type refusal struct{ error }

// ask sends a request. It was acknowledged if the whole answer arrived and has a status of success.
func (s *studio) ask(method, path, token string, body any) (answer map[string]any, err error) {
	content, err := json.Marshal(body)
	if err != nil {
		return nil, refusal{err}
	}
	request, err := http.NewRequest(method, s.url+path, bytes.NewReader(content))
	if err != nil {
		return nil, refusal{err}
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", token)
	response, err := s.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode >= 300 {
		return nil, refusal{fmt.Errorf("%s %s: %d %s", method, path, response.StatusCode, raw)}
	}
	_ = json.Unmarshal(raw, &answer) // an answer may also be a list, or empty
	return answer, nil
}

// batch collects requests of the owner's that are sent as one transaction.
type batch []map[string]any

func (b *batch) add(method, collection string, body map[string]any) {
	*b = append(*b, map[string]any{"method": method, "url": records(collection), "body": body})
}

func (s *studio) send(b batch) error {
	_, err := s.ask("POST", "/api/batch", s.owner, map[string]any{"requests": b})
	return err
}
