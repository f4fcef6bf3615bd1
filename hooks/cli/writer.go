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

// Writer makes the changes of commands. If a server runs on the data directory, the change is sent to it as a request
// of the owner's, because only the server can tell its live connections. Without one the change is saved directly with
// the same hooks. Errors are plain sentences.
type Writer struct {
	app    core.App
	server *http.Client // nil without a server
	owner  *core.Record // the account whose token is sent to the server
}

const (
	answerTimeout = 30 * time.Second // one change may have to wait for other writers
	tokenDuration = time.Minute      // a new token is made for each change
)

// UpToDate applies the migrations, so that a command works even on an empty data directory.
func UpToDate(app core.App) error {
	if err := app.RunAllMigrations(); err != nil {
		return fmt.Errorf("the database could not be brought up to date: %w", err)
	}
	return nil
}

// Serves reports whether a server runs on the data directory.
func Serves(app core.App) bool {
	probe, err := net.DialTimeout("unix", socketPath(app), reachTimeout)
	if err != nil {
		return false
	}
	_ = probe.Close()
	return true
}

// OpenWriter applies the migrations and finds out whether a server runs.
func OpenWriter(app core.App) (*Writer, error) {
	if err := UpToDate(app); err != nil {
		return nil, err
	}
	w := &Writer{app: app}
	if !Serves(app) {
		return w, nil
	}
	var owners []*core.Record
	if err := app.RecordQuery(core.CollectionNameSuperusers).OrderBy("created", "id").Limit(1).All(&owners); err != nil {
		return nil, fmt.Errorf("the owner's account could not be read: %w", err)
	}
	if len(owners) == 0 { // the server accepts changes only from an owner
		return w, nil
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{Timeout: reachTimeout}).DialContext(ctx, "unix", socketPath(app))
	}
	w.owner, w.server = owners[0], &http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}
	return w, nil
}

// Create saves a new record.
func (w *Writer) Create(collection string, fields map[string]any) (*core.Record, error) {
	if w.server != nil {
		return w.ask(http.MethodPost, collection, "/api/collections/"+collection+"/records", fields)
	}
	c, err := w.app.FindCachedCollectionByNameOrId(collection)
	if err != nil {
		return nil, fmt.Errorf("there is no collection %s: %w", collection, err)
	}
	record := core.NewRecord(c)
	record.Load(fields)
	if err := w.app.Save(record); err != nil {
		return nil, refusal("Failed to create record", err)
	}
	return record, nil
}

// Update changes the given fields of a record.
func (w *Writer) Update(collection, id string, fields map[string]any) (*core.Record, error) {
	if w.server != nil {
		return w.ask(http.MethodPatch, collection, "/api/collections/"+collection+"/records/"+id, fields)
	}
	record, err := w.app.FindRecordById(collection, id)
	if err != nil {
		return nil, fmt.Errorf("%s %s could not be read: %w", collection, id, err)
	}
	record.Load(fields)
	if err := w.app.Save(record); err != nil {
		return nil, refusal("Failed to update record", err)
	}
	return record, nil
}

// ask sends a change to the server and returns the saved record.
func (w *Writer) ask(method, collection, path string, fields any) (*core.Record, error) {
	ctx, cancel := context.WithTimeout(context.Background(), answerTimeout)
	defer cancel()
	var saved struct {
		Id string `json:"id"`
	}
	if err := w.send(ctx, method, path, fields, &saved); err != nil {
		return nil, err
	}
	return w.app.FindRecordById(collection, saved.Id)
}

// send sends the server a request of the owner's with body as JSON, and decodes the answer into into. Either may be
// nil.
func (w *Writer) send(ctx context.Context, method, path string, body, into any) error {
	header, encoded := http.Header{}, []byte(nil)
	if body != nil {
		var err error
		if encoded, err = json.Marshal(body); err != nil {
			return err
		}
		header.Set("Content-Type", "application/json")
	}
	response, err := w.call(ctx, method, path, header, bytes.NewReader(encoded))
	if err != nil {
		return err
	}
	return readAnswer(response, into)
}

// readAnswer decodes the JSON of an answer into a value, unless that is nil.
func readAnswer(response *http.Response, into any) error {
	defer response.Body.Close()
	if into == nil {
		return nil
	}
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		return fmt.Errorf("the running server's answer could not be read: %w", err)
	}
	return nil
}

// call sends the server a request of the owner's. An answer with a status of 300 or more is an error.
func (w *Writer) call(ctx context.Context, method, path string, header http.Header, body io.Reader) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, "http://greenroom"+path, body)
	if err != nil {
		return nil, err
	}
	token, err := w.owner.NewStaticAuthToken(tokenDuration)
	if err != nil {
		return nil, err
	}
	request.Header = header
	request.Header.Set("Authorization", token)
	request.Header.Set("User-Agent", "greenroom "+Version)
	response, err := w.server.Do(request)
	if err != nil {
		return nil, fmt.Errorf("the running server took the call and did not answer: %w", err)
	}
	if response.StatusCode >= http.StatusMultipleChoices {
		defer response.Body.Close()
		return nil, refusedBy(response)
	}
	return response, nil
}
