package calendar_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// fakeGoogle speaks the wire protocol of Calendar v3 and of Google's token server, and keeps real events. It refuses what the real one
// refuses: a GET with a body, no or old access tokens, sync tokens that are too old, mixed with a window or with other
// parameters than the first request's, unknown channels.
type fakeGoogle struct {
	t      testing.TB
	server *httptest.Server

	mu        sync.Mutex
	calendars map[string]map[string]*stored // by calendar and event id
	version   int                           // counts changes
	forgotten int                           // sync tokens from before this version are gone
	pageSize  int
	padded    bool   // an empty page comes before each that is not
	access    string // the access token that is good now
	faults    []fault
	requests  []string // what was asked for, as "list", "list sync", "get", "watch", "stop", "token"
	channels  map[string]fakeChannel
	stopped   []string
	watchLife time.Duration
	zone      string            // of every calendar
	shapes    map[string]string // what was asked for besides, by the sync token it ended with
}

// stored is an event as the calendar has it: what it says, and when it last changed.
type stored struct {
	fields  map[string]any
	version int
	removed bool
}

// fault answers a request in another way; it says whether it did. It is tried on each request until it has been used up.
type fault struct {
	kind  string // which requests; all where empty
	after int    // so many are answered as ever first
	times int
	serve http.HandlerFunc
}

type fakeChannel struct{ id, token, address, resource string }

const calendarId = "james@example.com"

func newFake(t testing.TB) *fakeGoogle {
	f := &fakeGoogle{t: t, calendars: map[string]map[string]*stored{calendarId: {}}, pageSize: 250, access: "token-1", channels: map[string]fakeChannel{}, watchLife: 7 * 24 * time.Hour,
		zone: "Europe/London", shapes: map[string]string{}}
	f.server = httptest.NewServer(f)
	t.Cleanup(f.server.Close)
	return f
}

// put makes or changes an event; absent fields stay, those that are nil go.
func (f *fakeGoogle) put(id string, fields map[string]any) { f.putIn(calendarId, id, fields) }

func (f *fakeGoogle) putIn(calendar, id string, fields map[string]any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.calendars[calendar] == nil {
		f.calendars[calendar] = map[string]*stored{}
	}
	f.version++
	e := f.calendars[calendar][id]
	if e == nil {
		e = &stored{fields: map[string]any{"id": id, "kind": "calendar#event", "eventType": "default"}}
		f.calendars[calendar][id] = e
	}
	e.fields = maps.Clone(e.fields)
	maps.Copy(e.fields, fields)
	maps.DeleteFunc(e.fields, func(_ string, value any) bool { return value == nil })
	e.fields["status"] = "confirmed"
	e.version, e.removed = f.version, false
}

// remove cancels events. Those who ask for changes hear no more of them than id and status.
func (f *fakeGoogle) remove(ids ...string) { f.removeFrom(calendarId, ids...) }

func (f *fakeGoogle) removeFrom(calendar string, ids ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range ids {
		if e := f.calendars[calendar][id]; e != nil && !e.removed {
			f.version++
			e.version, e.removed = f.version, true
		}
	}
}

// forget makes every sync token so far too old, and the removed events with them.
func (f *fakeGoogle) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.version++
	f.forgotten = f.version
	for _, calendar := range f.calendars {
		maps.DeleteFunc(calendar, func(_ string, e *stored) bool { return e.removed })
	}
}

// fail has the next requests of a kind answered by serve.
func (f *fakeGoogle) fail(kind string, times int, serve http.HandlerFunc) {
	f.failAfter(kind, 0, times, serve)
}

// failAfter lets so many requests of the kind pass first.
func (f *fakeGoogle) failAfter(kind string, after, times int, serve http.HandlerFunc) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults = append(f.faults, fault{kind, after, times, serve})
}

// heal ends all faults.
func (f *fakeGoogle) heal() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults = nil
}

// asked gives the kinds of requests so far, and forgets them.
func (f *fakeGoogle) asked() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	defer func() { f.requests = nil }()
	return f.requests
}

func (f *fakeGoogle) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	kind, calendar, id := parse(r)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, kind)
	if r.Method == http.MethodGet && r.ContentLength != 0 {
		refuse(w, 400, "a GET has no body")
		return
	}
	for i := range f.faults {
		if fault := &f.faults[i]; fault.times > 0 && (fault.kind == "" || strings.HasPrefix(kind, fault.kind)) {
			if fault.after > 0 {
				fault.after--
				continue
			}
			fault.times--
			f.mu.Unlock() // it may take its time
			defer f.mu.Lock()
			fault.serve(w, r)
			return
		}
	}
	if kind == "token" {
		f.giveToken(w, r)
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+f.access {
		refuse(w, 401, "authError")
		return
	}
	if kind != "stop" && f.calendars[calendar] == nil {
		refuse(w, 404, "notFound")
		return
	}
	switch kind {
	case "list", "list sync":
		f.list(w, r, f.calendars[calendar])
	case "get":
		e := f.calendars[calendar][id]
		if e == nil {
			refuse(w, 404, "notFound")
			return
		}
		answer(w, e.json())
	case "watch":
		f.watch(w, r, calendar)
	case "stop":
		f.stop(w, r)
	default:
		refuse(w, 404, "notFound")
	}
}

// parse names what a request is for.
func parse(r *http.Request) (kind, calendar, id string) {
	path, _ := strings.CutPrefix(r.URL.Path, "/calendar/v3")
	parts := strings.Split(strings.Trim(path, "/"), "/")
	switch {
	case r.URL.Path == "/token" && r.Method == "POST":
		return "token", "", ""
	case path == "/channels/stop" && r.Method == "POST":
		return "stop", "", ""
	case len(parts) == 3 && r.Method == "GET" && r.URL.Query().Has("syncToken"):
		return "list sync", parts[1], ""
	case len(parts) == 3 && r.Method == "GET":
		return "list", parts[1], ""
	case len(parts) == 4 && parts[3] == "watch" && r.Method == "POST":
		return "watch", parts[1], ""
	case len(parts) == 4 && r.Method == "GET":
		return "get", parts[1], parts[3]
	}
	return "unknown", "", ""
}

func (f *fakeGoogle) giveToken(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	switch r.PostForm.Get("grant_type") {
	case "refresh_token":
		if r.PostForm.Get("refresh_token") != refreshToken || r.PostForm.Get("client_secret") != clientSecret {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"error":"invalid_grant","error_description":"Token has been expired or revoked."}`)
			return
		}
	case "urn:ietf:params:oauth:grant-type:jwt-bearer":
		if strings.Count(r.PostForm.Get("assertion"), ".") != 2 {
			refuse(w, 400, "invalid_grant")
			return
		}
	default:
		refuse(w, 400, "unsupported_grant_type")
		return
	}
	answer(w, map[string]any{"access_token": f.access, "token_type": "Bearer", "expires_in": 3600})
}

// list answers a page. The page token names the version that the list is of, and how far it has come.
func (f *fakeGoogle) list(w http.ResponseWriter, r *http.Request, events map[string]*stored) {
	query := r.URL.Query()
	if query.Get("singleEvents") != "true" || query.Get("showDeleted") != "" {
		refuse(w, 400, "unexpected parameters")
		return
	}
	since, changes := 0, query.Has("syncToken")
	shape := shapeOf(query)
	if changes {
		if query.Has("timeMin") || query.Has("timeMax") || query.Has("orderBy") || query.Has("q") || query.Has("updatedMin") {
			refuse(w, 400, "syncToken cannot be combined")
			return
		}
		if f.shapes[query.Get("syncToken")] != shape {
			refuse(w, 400, "other parameters than the first request's")
			return
		}
		since, _ = strconv.Atoi(strings.TrimPrefix(query.Get("syncToken"), "v"))
		if since < f.forgotten {
			refuse(w, 410, "fullSyncRequired")
			return
		}
	}
	from, _ := time.Parse(time.RFC3339, query.Get("timeMin"))
	to, _ := time.Parse(time.RFC3339, query.Get("timeMax"))
	var found []*stored
	for _, e := range events {
		if changes && e.version > since || !changes && !e.removed && e.within(from, to) {
			found = append(found, e)
		}
	}
	slices.SortFunc(found, func(a, b *stored) int { return cmp.Compare(a.version, b.version) })
	token, late := strings.CutSuffix(query.Get("pageToken"), "+")
	offset, _ := strconv.Atoi(token)
	size, _ := strconv.Atoi(query.Get("maxResults"))
	size = min(size, f.pageSize)
	items := []any{}
	out := map[string]any{"kind": "calendar#events", "timeZone": f.zone, "items": items}
	if f.padded && !late {
		out["nextPageToken"] = strconv.Itoa(offset) + "+"
		answer(w, out)
		return
	}
	for _, e := range found[min(offset, len(found)):min(offset+size, len(found))] {
		items = append(items, e.json())
	}
	out["items"] = items
	if offset+size < len(found) {
		out["nextPageToken"] = strconv.Itoa(offset + size)
	} else {
		out["nextSyncToken"] = f.syncToken(shape)
	}
	answer(w, out)
}

// lists answers a request with certain events of the calendar, and no more pages.
func (f *fakeGoogle) lists(ids ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		defer f.mu.Unlock()
		items := []any{}
		for _, id := range ids {
			items = append(items, f.calendars[calendarId][id].json())
		}
		answer(w, map[string]any{"kind": "calendar#events", "timeZone": f.zone, "items": items, "nextSyncToken": f.syncToken(shapeOf(r.URL.Query()))})
	}
}

// hold keeps the next request of a kind waiting. arrived says that it came; release has it answered: nothing is new.
func (f *fakeGoogle) hold(kind string) (arrived <-chan struct{}, release func()) {
	came, goOn := make(chan struct{}), make(chan struct{})
	f.fail(kind, 1, func(w http.ResponseWriter, r *http.Request) {
		close(came)
		<-goOn
		f.lists()(w, r)
	})
	return came, sync.OnceFunc(func() { close(goOn) })
}

// syncToken is for what comes after all changes so far.
func (f *fakeGoogle) syncToken(shape string) string {
	token := "v" + strconv.Itoa(f.version)
	f.shapes[token] = shape
	return token
}

// shapeOf is what a list asks for besides the window and the tokens.
func shapeOf(query url.Values) string {
	return fmt.Sprint(query["maxResults"], query["fields"], query["eventTypes"], query["maxAttendees"], query["timeZone"], query["showDeleted"])
}

func (e *stored) json() map[string]any {
	if e.removed {
		return map[string]any{"id": e.fields["id"], "status": "cancelled"}
	}
	return e.fields
}

func (e *stored) within(from, to time.Time) bool {
	start, end := when(e.fields["start"]), when(e.fields["end"])
	return end.After(from) && start.Before(to)
}

func when(value any) time.Time {
	fields, _ := value.(map[string]any)
	if text, ok := fields["dateTime"].(string); ok {
		t, _ := time.Parse(time.RFC3339, text)
		return t
	}
	text, _ := fields["date"].(string)
	t, _ := time.Parse(time.DateOnly, text)
	return t
}

func (f *fakeGoogle) watch(w http.ResponseWriter, r *http.Request, calendar string) {
	var form struct {
		Id, Token, Type, Address string
		Params                   map[string]string
	}
	if err := json.NewDecoder(r.Body).Decode(&form); err != nil || form.Type != "web_hook" || form.Id == "" || !strings.HasPrefix(form.Address, "https://") {
		refuse(w, 400, "channel")
		return
	}
	c := fakeChannel{form.Id, form.Token, form.Address, "resource of " + calendar}
	f.channels[form.Id] = c
	ends := time.Now().Add(f.watchLife).UnixMilli()
	var expiration any = strconv.FormatInt(ends, 10)
	if len(f.channels)%2 == 0 { // the API sends a string, its guide shows a number
		expiration = ends
	}
	answer(w, map[string]any{"kind": "api#channel", "id": c.id, "resourceId": c.resource, "token": c.token, "expiration": expiration})
}

func (f *fakeGoogle) stop(w http.ResponseWriter, r *http.Request) {
	var form struct{ Id, ResourceId string }
	if err := json.NewDecoder(r.Body).Decode(&form); err != nil || f.channels[form.Id].resource != form.ResourceId {
		refuse(w, 404, "channelUnknown")
		return
	}
	delete(f.channels, form.Id)
	f.stopped = append(f.stopped, form.Id)
	w.WriteHeader(http.StatusNoContent)
}

func answer(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	_ = json.NewEncoder(w).Encode(body)
}

func refuse(w http.ResponseWriter, status int, reason string) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{"code": status, "message": reason,
		"errors": []any{map[string]any{"domain": "global", "reason": reason, "message": reason}}}})
}

// says answers with a status and a body as they are.
func says(status int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// breaksOff answers nothing and closes the line.
func breaksOff(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }

// vanish takes events away without a word: neither lists nor changes tell of them any more.
func (f *fakeGoogle) vanish(ids ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range ids {
		delete(f.calendars[calendarId], id)
	}
}

// tombstones has those who ask for changes told that events are cancelled, whether they were there or not.
func (f *fakeGoogle) tombstones(ids ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range ids {
		f.version++
		f.calendars[calendarId][id] = &stored{fields: map[string]any{"id": id}, version: f.version, removed: true}
	}
}

// forgetTokens makes every sync token so far too old.
func (f *fakeGoogle) forgetTokens() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.version++
	f.forgotten = f.version
}

// revoke ends the access token that was given, before its time.
func (f *fakeGoogle) revoke() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.access += "+"
}

// endSeries takes all instances of a series away, and tells of nothing but the series.
func (f *fakeGoogle) endSeries(id string) {
	f.mu.Lock()
	maps.DeleteFunc(f.calendars[calendarId], func(_ string, e *stored) bool { return e.fields["recurringEventId"] == id })
	f.mu.Unlock()
	f.tombstones(id)
}
