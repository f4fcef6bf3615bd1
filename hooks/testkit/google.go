package testkit

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Google is a fake of Calendar v3 and of Google's token server. It refuses what the real one refuses: a GET with a
// body, missing or expired access tokens, sync tokens that are too old or are combined with a window or with other
// parameters than the first request's, unknown channels, writing without the scope, event ids with other characters or
// that were used before, and guests and video calls of a service account.
type Google struct {
	t      testing.TB
	server *httptest.Server

	Mu        sync.Mutex
	Calendars map[string]map[string]*GoogleEvent // by calendar and event id
	version   int                                // the number of changes so far
	forgotten int                                // sync tokens of earlier versions are expired
	PageSize  int
	Padded    bool   // an empty page precedes each page with events
	Access    string // the valid access token
	ReadOnly  bool   // the consent does not include writing
	BusyFault string // the error inside freeBusy's answer, which has status 200
	account   bool   // whether a service account asks
	faults    []fault
	// The requests so far: "list", "list sync", "get", "freeBusy", "insert", "patch", "delete", "watch", "stop", "token".
	Requests  []string
	Channels  map[string]GoogleChannel
	Stopped   []string
	WatchLife time.Duration
	Zone      string            // the time zone of every calendar
	Shapes    map[string]string // by sync token: the parameters of the list that ended with it
}

// GoogleEvent is an event with the version of its last change.
type GoogleEvent struct {
	Fields  map[string]any
	version int
	removed bool
}

// fault answers requests in another way. serve reports whether it did; the fault applies until it is used up.
type fault struct {
	kind  string // of requests; all if empty
	after int    // this many are answered normally first
	times int
	serve http.HandlerFunc // instead of the normal answer
	first func()           // or called just before it
}

// GoogleChannel is a notification channel that a studio has opened.
type GoogleChannel struct{ Id, Token, Address, Resource string }

// GoogleCalendar is the id of the calendar that the fake has from the start.
const GoogleCalendar = "james@example.com"

const (
	GoogleRefreshToken = "1//refresh"
	GoogleClientSecret = "the application's secret"
)

// NewGoogle starts the fake for the test.
func NewGoogle(t testing.TB) *Google {
	f := &Google{t: t, Calendars: map[string]map[string]*GoogleEvent{GoogleCalendar: {}}, PageSize: 250, Access: "token-1", Channels: map[string]GoogleChannel{}, WatchLife: 7 * 24 * time.Hour,
		Zone: "Europe/London", Shapes: map[string]string{}}
	f.server = httptest.NewServer(f)
	t.Cleanup(f.server.Close)
	return f
}

// Environment returns settings of a studio with the fake and a person's consent.
func (f *Google) Environment() map[string]string {
	credentials, err := json.Marshal(map[string]string{"type": "authorized_user", "client_id": "app", "client_secret": GoogleClientSecret, "refresh_token": GoogleRefreshToken})
	if err != nil {
		f.t.Fatal(err)
	}
	return map[string]string{"GOOGLE_API_URL": f.server.URL, "GOOGLE_CREDENTIALS": string(credentials), "GOOGLE_CALENDAR_ID": GoogleCalendar,
		"GREENROOM_OWNER_EMAIL": "james@studio.example"}
}

// Asked returns the requests since the last call.
func (f *Google) Asked() []string {
	f.Mu.Lock()
	defer f.Mu.Unlock()
	defer func() { f.Requests = nil }()
	return f.Requests
}

func (f *Google) ServeHTTP(w http.ResponseWriter, r *http.Request) { f.serve(w, r, true) }

func (f *Google) serve(w http.ResponseWriter, r *http.Request, faulty bool) {
	kind, calendar, id := parse(r)
	f.Mu.Lock()
	defer f.Mu.Unlock()
	f.Requests = append(f.Requests, kind)
	if r.Method == http.MethodGet && r.ContentLength != 0 {
		refuse(w, 400, "a GET has no body")
		return
	}
	for i := range f.faults {
		if fault := &f.faults[i]; faulty && fault.times > 0 && (fault.kind == "" || strings.HasPrefix(kind, fault.kind)) {
			if fault.after > 0 {
				fault.after--
				continue
			}
			fault.times--
			first, serve := fault.first, fault.serve
			f.Mu.Unlock() // the handler may block
			if serve != nil {
				defer f.Mu.Lock()
				serve(w, r)
				return
			}
			first()
			f.Mu.Lock()
			break
		}
	}
	if kind == "token" {
		f.giveToken(w, r)
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+f.Access {
		refuse(w, 401, "authError")
		return
	}
	if kind == "freeBusy" {
		f.freeBusy(w, r)
		return
	}
	if kind != "stop" && f.Calendars[calendar] == nil {
		refuse(w, 404, "notFound")
		return
	}
	switch kind {
	case "list", "list sync":
		f.list(w, r, f.Calendars[calendar])
	case "get":
		e := f.Calendars[calendar][id]
		if e == nil {
			refuse(w, 404, "notFound")
			return
		}
		answer(w, e.json())
	case "insert":
		f.insert(w, r, calendar)
	case "patch":
		f.patch(w, r, calendar, id)
	case "delete":
		f.erase(w, calendar, id)
	case "watch":
		f.watch(w, r, calendar)
	case "stop":
		f.stop(w, r)
	default:
		refuse(w, 404, "notFound")
	}
}

// parse returns the kind of a request, its calendar and its event.
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
	case path == "/freeBusy" && r.Method == "POST":
		return "freeBusy", "", ""
	case len(parts) == 3 && r.Method == "POST":
		return "insert", parts[1], ""
	case len(parts) == 4 && r.Method == "PATCH":
		return "patch", parts[1], parts[3]
	case len(parts) == 4 && r.Method == "DELETE":
		return "delete", parts[1], parts[3]
	}
	return "unknown", "", ""
}

func (f *Google) giveToken(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	switch r.PostForm.Get("grant_type") {
	case "refresh_token":
		if r.PostForm.Get("refresh_token") != GoogleRefreshToken || r.PostForm.Get("client_secret") != GoogleClientSecret {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"error":"invalid_grant","error_description":"Token has been expired or revoked."}`)
			return
		}
	case "urn:ietf:params:oauth:grant-type:jwt-bearer":
		if strings.Count(r.PostForm.Get("assertion"), ".") != 2 {
			refuse(w, 400, "invalid_grant")
			return
		}
		f.account = true
	default:
		refuse(w, 400, "unsupported_grant_type")
		return
	}
	answer(w, map[string]any{"access_token": f.Access, "token_type": "Bearer", "expires_in": 3600})
}

func (f *Google) watch(w http.ResponseWriter, r *http.Request, calendar string) {
	var form struct {
		Id, Token, Type, Address string
		Params                   map[string]string
	}
	if err := json.NewDecoder(r.Body).Decode(&form); err != nil || form.Type != "web_hook" || form.Id == "" || !strings.HasPrefix(form.Address, "https://") {
		refuse(w, 400, "channel")
		return
	}
	c := GoogleChannel{form.Id, form.Token, form.Address, "resource of " + calendar}
	f.Channels[form.Id] = c
	expiration := strconv.FormatInt(time.Now().Add(f.WatchLife).UnixMilli(), 10)
	answer(w, map[string]any{"kind": "api#channel", "id": c.Id, "resourceId": c.Resource, "token": c.Token, "expiration": expiration})
}

func (f *Google) stop(w http.ResponseWriter, r *http.Request) {
	var form struct{ Id, ResourceId string }
	if err := json.NewDecoder(r.Body).Decode(&form); err != nil || f.Channels[form.Id].Resource != form.ResourceId {
		refuse(w, 404, "channelUnknown")
		return
	}
	delete(f.Channels, form.Id)
	f.Stopped = append(f.Stopped, form.Id)
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
