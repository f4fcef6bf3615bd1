package testkit

import (
	"io"
	"maps"
	"net/http"
	"sync"
)

// The functions of this file change the calendar past the connection, and make the fake fail.

// Put creates or changes an event of GoogleCalendar. Missing fields stay, nil fields are removed.
func (f *Google) Put(id string, fields map[string]any) { f.PutIn(GoogleCalendar, id, fields) }

func (f *Google) PutIn(calendar, id string, fields map[string]any) {
	f.Mu.Lock()
	defer f.Mu.Unlock()
	if f.Calendars[calendar] == nil {
		f.Calendars[calendar] = map[string]*GoogleEvent{}
	}
	f.version++
	e := f.Calendars[calendar][id]
	if e == nil {
		e = &GoogleEvent{Fields: map[string]any{"id": id, "kind": "calendar#event", "eventType": "default"}}
		f.Calendars[calendar][id] = e
	}
	e.Fields = maps.Clone(e.Fields)
	maps.Copy(e.Fields, fields)
	maps.DeleteFunc(e.Fields, func(_ string, value any) bool { return value == nil })
	e.Fields["status"] = "confirmed"
	e.version, e.removed = f.version, false
}

// Remove cancels events. Lists of changes then contain only their id and status.
func (f *Google) Remove(ids ...string) { f.RemoveFrom(GoogleCalendar, ids...) }

func (f *Google) RemoveFrom(calendar string, ids ...string) {
	f.Mu.Lock()
	defer f.Mu.Unlock()
	for _, id := range ids {
		if e := f.Calendars[calendar][id]; e != nil && !e.removed {
			f.version++
			e.version, e.removed = f.version, true
		}
	}
}

// Forget expires every sync token and forgets the cancelled events.
func (f *Google) Forget() {
	f.Mu.Lock()
	defer f.Mu.Unlock()
	f.version++
	f.forgotten = f.version
	for _, calendar := range f.Calendars {
		maps.DeleteFunc(calendar, func(_ string, e *GoogleEvent) bool { return e.removed })
	}
}

// Fail answers the next requests of a kind by serve.
func (f *Google) Fail(kind string, times int, serve http.HandlerFunc) {
	f.FailAfter(kind, 0, times, serve)
}

// FailAfter is Fail after so many normal answers.
func (f *Google) FailAfter(kind string, after, times int, serve http.HandlerFunc) {
	f.Mu.Lock()
	defer f.Mu.Unlock()
	f.faults = append(f.faults, fault{kind: kind, after: after, times: times, serve: serve})
}

// Before calls first just before the next request of a kind is answered normally.
func (f *Google) Before(kind string, first func()) {
	f.Mu.Lock()
	defer f.Mu.Unlock()
	f.faults = append(f.faults, fault{kind: kind, times: 1, first: first})
}

// Heal removes all faults.
func (f *Google) Heal() {
	f.Mu.Lock()
	defer f.Mu.Unlock()
	f.faults = nil
}

// Lists returns a handler that answers with certain events and no further pages.
func (f *Google) Lists(ids ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		f.Mu.Lock()
		defer f.Mu.Unlock()
		items := []any{}
		for _, id := range ids {
			items = append(items, f.Calendars[GoogleCalendar][id].json())
		}
		answer(w, map[string]any{"kind": "calendar#events", "timeZone": f.Zone, "items": items, "nextSyncToken": f.syncToken(shapeOf(r.URL.Query()))})
	}
}

// Hold delays the next request of a kind. arrived is closed when it comes; release lets it be answered with no changes.
func (f *Google) Hold(kind string) (arrived <-chan struct{}, release func()) {
	came, goOn := make(chan struct{}), make(chan struct{})
	f.Fail(kind, 1, func(w http.ResponseWriter, r *http.Request) {
		close(came)
		<-goOn
		f.Lists()(w, r)
	})
	return came, sync.OnceFunc(func() { close(goOn) })
}

// Says returns a handler with a fixed answer.
func Says(status int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// BreaksOff is a handler that closes the connection without an answer.
func BreaksOff(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }

// Vanish removes events without a trace: lists of changes do not mention them.
func (f *Google) Vanish(ids ...string) {
	f.Mu.Lock()
	defer f.Mu.Unlock()
	for _, id := range ids {
		delete(f.Calendars[GoogleCalendar], id)
	}
}

// Tombstones makes lists of changes report events as cancelled, whether or not they existed.
func (f *Google) Tombstones(ids ...string) {
	f.Mu.Lock()
	defer f.Mu.Unlock()
	for _, id := range ids {
		f.version++
		f.Calendars[GoogleCalendar][id] = &GoogleEvent{Fields: map[string]any{"id": id}, version: f.version, removed: true}
	}
}

// ForgetTokens expires every sync token.
func (f *Google) ForgetTokens() {
	f.Mu.Lock()
	defer f.Mu.Unlock()
	f.version++
	f.forgotten = f.version
}

// Revoke makes the access token invalid before it expires.
func (f *Google) Revoke() {
	f.Mu.Lock()
	defer f.Mu.Unlock()
	f.Access += "+"
}

// EndSeries removes all instances of a series; lists of changes only mention the series.
func (f *Google) EndSeries(id string) {
	f.Mu.Lock()
	maps.DeleteFunc(f.Calendars[GoogleCalendar], func(_ string, e *GoogleEvent) bool { return e.Fields["recurringEventId"] == id })
	f.Mu.Unlock()
	f.Tombstones(id)
}
