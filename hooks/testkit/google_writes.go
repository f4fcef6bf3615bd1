package testkit

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"time"
)

// The functions of this file answer the requests of booking: free and busy times, and writing events.

// ServiceAccount returns settings of a studio with the fake and a service account.
func (f *Google) ServiceAccount() map[string]string {
	environment := f.Environment()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		f.t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		f.t.Fatal(err)
	}
	content, err := json.Marshal(map[string]string{"type": "service_account", "client_email": "studio@project.iam.example", "private_key_id": "1",
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))})
	if err != nil {
		f.t.Fatal(err)
	}
	environment["GOOGLE_CREDENTIALS"] = string(content)
	return environment
}

// freeBusy answers with the busy times of each calendar that is asked about.
func (f *Google) freeBusy(w http.ResponseWriter, r *http.Request) {
	var form struct {
		TimeMin, TimeMax time.Time
		Items            []struct{ Id string }
	}
	if err := json.NewDecoder(r.Body).Decode(&form); err != nil || !form.TimeMax.After(form.TimeMin) || len(form.Items) == 0 {
		refuse(w, 400, "badRequest")
		return
	}
	calendars := map[string]any{}
	for _, item := range form.Items {
		switch events := f.Calendars[item.Id]; {
		case events == nil:
			calendars[item.Id] = map[string]any{"busy": []any{}, "errors": []any{map[string]any{"domain": "global", "reason": "notFound"}}}
		case f.BusyFault != "":
			calendars[item.Id] = map[string]any{"busy": []any{}, "errors": []any{map[string]any{"domain": "global", "reason": f.BusyFault}}}
		default:
			calendars[item.Id] = map[string]any{"busy": busy(events, form.TimeMin, form.TimeMax)}
		}
	}
	answer(w, map[string]any{"kind": "calendar#freeBusy", "timeMin": form.TimeMin, "timeMax": form.TimeMax, "calendars": calendars})
}

func busy(events map[string]*GoogleEvent, from, to time.Time) []any {
	type span struct{ start, end time.Time }
	var spans []span
	for _, e := range events {
		if !e.removed && e.Fields["transparency"] != "transparent" && e.within(from, to) {
			spans = append(spans, span{when(e.Fields["start"]), when(e.Fields["end"])})
		}
	}
	slices.SortFunc(spans, func(a, b span) int { return a.start.Compare(b.start) })
	out := []any{}
	for i := 0; i < len(spans); {
		one := spans[i]
		for i++; i < len(spans) && !spans[i].start.After(one.end); i++ {
			if spans[i].end.After(one.end) {
				one.end = spans[i].end
			}
		}
		out = append(out, map[string]any{"start": one.start.UTC().Format(time.RFC3339), "end": one.end.UTC().Format(time.RFC3339)})
	}
	return out
}

var googleId = regexp.MustCompile(`^[a-v0-9]{5,1000}$`)

// insert creates an event with the id of the request, which must never have been used.
func (f *Google) insert(w http.ResponseWriter, r *http.Request, calendar string) {
	fields := f.written(w, r)
	if fields == nil {
		return
	}
	id, _ := fields["id"].(string)
	switch {
	case !googleId.MatchString(id):
		refuse(w, 400, "invalid")
		return
	case when(fields["end"]).Before(when(fields["start"])) || when(fields["start"]).IsZero():
		refuse(w, 400, "timeRangeEmpty")
		return
	case f.Calendars[calendar][id] != nil:
		refuse(w, 409, "duplicate")
		return
	}
	made := map[string]any{"id": id, "kind": "calendar#event", "eventType": "default", "status": "confirmed", "organizer": map[string]any{"email": calendar, "self": true}}
	maps.Copy(made, fields)
	if conference, _ := fields["conferenceData"].(map[string]any); conference["createRequest"] != nil && r.URL.Query().Get("conferenceDataVersion") == "1" {
		made["hangoutLink"] = "https://meet.google.com/" + id[:10]
		made["conferenceData"] = map[string]any{"entryPoints": []any{map[string]any{"entryPointType": "video", "uri": made["hangoutLink"]}}}
	}
	f.version++
	f.Calendars[calendar][id] = &GoogleEvent{Fields: made, version: f.version}
	answer(w, made)
}

func (f *Google) patch(w http.ResponseWriter, r *http.Request, calendar, id string) {
	fields := f.written(w, r)
	if fields == nil {
		return
	}
	e := f.Calendars[calendar][id]
	if e == nil || e.removed {
		refuse(w, 404, "notFound")
		return
	}
	e.Fields = maps.Clone(e.Fields)
	maps.Copy(e.Fields, fields)
	f.version++
	e.version = f.version
	answer(w, e.Fields)
}

func (f *Google) erase(w http.ResponseWriter, calendar, id string) {
	e := f.Calendars[calendar][id]
	switch {
	case f.ReadOnly:
		refuse(w, 403, "requiredAccessLevel")
	case e == nil:
		refuse(w, 404, "notFound")
	case e.removed:
		refuse(w, 410, "deleted")
	default:
		f.version++
		e.version, e.removed = f.version, true
		w.WriteHeader(http.StatusNoContent)
	}
}

// written decodes the fields to write; nil if the request is refused.
func (f *Google) written(w http.ResponseWriter, r *http.Request) (fields map[string]any) {
	if err := json.NewDecoder(r.Body).Decode(&fields); err != nil || fields == nil {
		refuse(w, 400, "parseError")
		return nil
	}
	attendees, _ := fields["attendees"].([]any)
	switch {
	case f.ReadOnly:
		refuse(w, 403, "insufficientPermissions")
		return nil
	case f.account && len(attendees) > 0:
		refuse(w, 403, "forbiddenForServiceAccounts")
		return nil
	case f.account && fields["conferenceData"] != nil:
		refuse(w, 400, "invalid")
		return nil
	}
	return fields
}

// Quietly carries a request out and sends no notification, for faults that break off afterwards.
func (f *Google) Quietly(r *http.Request) { f.serve(httptest.NewRecorder(), r, false) }

// Live returns the events of GoogleCalendar that are not cancelled, by id.
func (f *Google) Live() map[string]map[string]any {
	f.Mu.Lock()
	defer f.Mu.Unlock()
	out := map[string]map[string]any{}
	for id, e := range f.Calendars[GoogleCalendar] {
		if !e.removed {
			out[id] = e.Fields
		}
	}
	return out
}
