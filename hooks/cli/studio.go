package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/pocketbase/pocketbase/core"
)

// Studio is how commands change records. Where a server runs on the same data directory it makes the change, as it
// would for the owner at the dashboard, because only it knows the live connections that must hear of it; where none
// runs the change is saved here, with the same hooks. Either way an error is a plain sentence.
type Studio struct {
	app    core.App
	server *http.Client // nil where none runs
	owner  *core.Record // whom the server takes the changes from
}

const (
	answerTimeout = 30 * time.Second // what the server may take for one change; other writers come first
	tokenDuration = time.Minute      // made anew for each change
)

// UpToDate readies the database for a command, so that even an empty data directory works.
func UpToDate(app core.App) error {
	if err := app.RunAllMigrations(); err != nil {
		return fmt.Errorf("the database could not be brought up to date: %w", err)
	}
	return nil
}

// Serves tells whether a server runs on the data directory.
func Serves(app core.App) bool {
	probe, err := net.DialTimeout("unix", socketPath(app), reachTimeout)
	if err != nil {
		return false
	}
	_ = probe.Close()
	return true
}

// OpenStudio readies the database, and finds out whether a server runs.
func OpenStudio(app core.App) (*Studio, error) {
	if err := UpToDate(app); err != nil {
		return nil, err
	}
	s := &Studio{app: app}
	if !Serves(app) {
		return s, nil
	}
	var owners []*core.Record
	if err := app.RecordQuery(core.CollectionNameSuperusers).OrderBy("created", "id").Limit(1).All(&owners); err != nil {
		return nil, fmt.Errorf("the owner's account could not be read: %w", err)
	}
	if len(owners) == 0 { // nobody the server would take a change from
		return s, nil
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{Timeout: reachTimeout}).DialContext(ctx, "unix", socketPath(app))
	}
	s.owner, s.server = owners[0], &http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}
	return s, nil
}

// Create makes a record.
func (s *Studio) Create(collection string, fields map[string]any) (*core.Record, error) {
	if s.server != nil {
		return s.ask(http.MethodPost, collection, "/api/collections/"+collection+"/records", fields)
	}
	c, err := s.app.FindCachedCollectionByNameOrId(collection)
	if err != nil {
		return nil, fmt.Errorf("there is no collection %s: %w", collection, err)
	}
	record := core.NewRecord(c)
	record.Load(fields)
	if err := s.app.Save(record); err != nil {
		return nil, refusal("Failed to create record", err)
	}
	return record, nil
}

// Update changes the given fields of a record.
func (s *Studio) Update(collection, id string, fields map[string]any) (*core.Record, error) {
	if s.server != nil {
		return s.ask(http.MethodPatch, collection, "/api/collections/"+collection+"/records/"+id, fields)
	}
	record, err := s.app.FindRecordById(collection, id)
	if err != nil {
		return nil, fmt.Errorf("%s %s could not be read: %w", collection, id, err)
	}
	record.Load(fields)
	if err := s.app.Save(record); err != nil {
		return nil, refusal("Failed to update record", err)
	}
	return record, nil
}

// ask has the server make the change, and reads what came of it.
func (s *Studio) ask(method, collection, path string, fields any) (*core.Record, error) {
	body, err := json.Marshal(fields)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), answerTimeout)
	defer cancel()
	response, err := s.call(ctx, method, path, http.Header{"Content-Type": {"application/json"}}, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	var saved struct {
		Id string `json:"id"`
	}
	if err := json.NewDecoder(response.Body).Decode(&saved); err != nil {
		return nil, fmt.Errorf("the running server's answer could not be read: %w", err)
	}
	return s.app.FindRecordById(collection, saved.Id)
}

// call sends the server a request of the owner's. An answer that is not a yes is an error.
func (s *Studio) call(ctx context.Context, method, path string, header http.Header, body io.Reader) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, "http://greenroom"+path, body)
	if err != nil {
		return nil, err
	}
	token, err := s.owner.NewStaticAuthToken(tokenDuration)
	if err != nil {
		return nil, err
	}
	request.Header = header
	request.Header.Set("Authorization", token)
	request.Header.Set("User-Agent", "greenroom "+Version)
	response, err := s.server.Do(request)
	if err != nil {
		return nil, fmt.Errorf("the running server took the call and did not answer: %w", err)
	}
	if response.StatusCode >= http.StatusMultipleChoices {
		defer response.Body.Close()
		return nil, refusedBy(response)
	}
	return response, nil
}
