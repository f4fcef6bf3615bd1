package testkit

import (
	"io"
	"maps"
	"net/http"
	"sync"
)

// The acts of a test on the calendar behind the connection's back, and the answers with which it makes Google fail.

// Put makes or changes an event; absent fields stay, those that are nil go.
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

// Remove cancels events. Those who ask for changes hear no more of them than id and status.
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

// Forget makes every sync token so far too old, and the removed events with them.
func (f *Google) Forget() {
	f.Mu.Lock()
	defer f.Mu.Unlock()
	f.version++
	f.forgotten = f.version
	for _, calendar := range f.Calendars {
		maps.DeleteFunc(calendar, func(_ string, e *GoogleEvent) bool { return e.removed })
	}
}

// Fail has the next requests of a kind answered by serve.
func (f *Google) Fail(kind string, times int, serve http.HandlerFunc) {
	f.FailAfter(kind, 0, times, serve)
}

// FailAfter lets so many requests of the kind pass first.
func (f *Google) FailAfter(kind string, after, times int, serve http.HandlerFunc) {
	f.Mu.Lock()
	defer f.Mu.Unlock()
	f.faults = append(f.faults, fault{kind: kind, after: after, times: times, serve: serve})
}

// Before has something happen just before the next request of a kind is answered as ever.
func (f *Google) Before(kind string, first func()) {
	f.Mu.Lock()
	defer f.Mu.Unlock()
	f.faults = append(f.faults, fault{kind: kind, times: 1, first: first})
}

// Heal ends all faults.
func (f *Google) Heal() {
	f.Mu.Lock()
	defer f.Mu.Unlock()
	f.faults = nil
}

// Lists answers a request with certain events of the calendar, and no more pages.
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

// Hold keeps the next request of a kind waiting. arrived says that it came; release has it answered: nothing is new.
func (f *Google) Hold(kind string) (arrived <-chan struct{}, release func()) {
	came, goOn := make(chan struct{}), make(chan struct{})
	f.Fail(kind, 1, func(w http.ResponseWriter, r *http.Request) {
		close(came)
		<-goOn
		f.Lists()(w, r)
	})
	return came, sync.OnceFunc(func() { close(goOn) })
}

// Says answers with a status and a body as they are.
func Says(status int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// BreaksOff answers nothing and closes the line.
func BreaksOff(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }

// Vanish takes events away without a word: neither lists nor changes tell of them any more.
func (f *Google) Vanish(ids ...string) {
	f.Mu.Lock()
	defer f.Mu.Unlock()
	for _, id := range ids {
		delete(f.Calendars[GoogleCalendar], id)
	}
}

// Tombstones has those who ask for changes told that events are cancelled, whether they were there or not.
func (f *Google) Tombstones(ids ...string) {
	f.Mu.Lock()
	defer f.Mu.Unlock()
	for _, id := range ids {
		f.version++
		f.Calendars[GoogleCalendar][id] = &GoogleEvent{Fields: map[string]any{"id": id}, version: f.version, removed: true}
	}
}

// ForgetTokens makes every sync token so far too old.
func (f *Google) ForgetTokens() {
	f.Mu.Lock()
	defer f.Mu.Unlock()
	f.version++
	f.forgotten = f.version
}

// Revoke ends the access token that was given, before its time.
func (f *Google) Revoke() {
	f.Mu.Lock()
	defer f.Mu.Unlock()
	f.Access += "+"
}

// EndSeries takes all instances of a series away, and tells of nothing but the series.
func (f *Google) EndSeries(id string) {
	f.Mu.Lock()
	maps.DeleteFunc(f.Calendars[GoogleCalendar], func(_ string, e *GoogleEvent) bool { return e.Fields["recurringEventId"] == id })
	f.Mu.Unlock()
	f.Tombstones(id)
}
