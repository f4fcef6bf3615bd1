package testkit

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// list answers a page of events. The page token contains the version of the list and the position.
func (f *Google) list(w http.ResponseWriter, r *http.Request, events map[string]*GoogleEvent) {
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
		if f.Shapes[query.Get("syncToken")] != shape {
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
	var found []*GoogleEvent
	for _, e := range events {
		if changes && e.version > since || !changes && !e.removed && e.within(from, to) {
			found = append(found, e)
		}
	}
	slices.SortFunc(found, func(a, b *GoogleEvent) int { return cmp.Compare(a.version, b.version) })
	token, late := strings.CutSuffix(query.Get("pageToken"), "+")
	offset, _ := strconv.Atoi(token)
	size, _ := strconv.Atoi(query.Get("maxResults"))
	size = min(size, f.PageSize)
	items := []any{}
	role := "owner"
	if f.ReadOnly {
		role = "reader"
	}
	out := map[string]any{"kind": "calendar#events", "timeZone": f.Zone, "accessRole": role, "items": items}
	if f.Padded && !late {
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

// syncToken returns a token for the changes after now.
func (f *Google) syncToken(shape string) string {
	token := "v" + strconv.Itoa(f.version)
	f.Shapes[token] = shape
	return token
}

// shapeOf returns the parameters of a list other than the window and the tokens.
func shapeOf(query url.Values) string {
	return fmt.Sprint(query["maxResults"], query["fields"], query["eventTypes"], query["maxAttendees"], query["timeZone"], query["showDeleted"])
}

func (e *GoogleEvent) json() map[string]any {
	if e.removed {
		return map[string]any{"id": e.Fields["id"], "status": "cancelled"}
	}
	return e.Fields
}

func (e *GoogleEvent) within(from, to time.Time) bool {
	start, end := when(e.Fields["start"]), when(e.Fields["end"])
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
