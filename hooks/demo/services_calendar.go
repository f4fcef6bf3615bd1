package demo

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/config"
	"greenroom/hooks/database"
)

// The fake Google Calendar stores no events: it derives them from the studio's bookings. A new, moved or cancelled
// event becomes a booking when the studio processes the answer. It also reports some hours as busy.

func (s *services) bindCalendar(mux *http.ServeMux) {
	const events = "/calendar/v3/calendars/{calendar}/events"
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, fields{"access_token": "demo", "token_type": "Bearer", "expires_in": 3_600})
	})
	mux.HandleFunc("POST /calendar/v3/freeBusy", s.freeBusy)
	mux.HandleFunc("GET "+events, s.listEvents)
	mux.HandleFunc("POST "+events, s.putIn)
	mux.HandleFunc("GET "+events+"/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.withEvent(w, r, func(event fields) { answer(w, http.StatusOK, event) })
	})
	mux.HandleFunc("PATCH "+events+"/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.withEvent(w, r, func(event fields) {
			if err := json.NewDecoder(r.Body).Decode(&event); err != nil {
				refuse(w, http.StatusBadRequest)
				return
			}
			answer(w, http.StatusOK, event)
		})
	})
	mux.HandleFunc("DELETE "+events+"/{id}", func(w http.ResponseWriter, r *http.Request) {
		s.withEvent(w, r, func(fields) { w.WriteHeader(http.StatusNoContent) })
	})
}

// events returns the events of the bookings that meet a condition. If they cannot be read, the request fails, because
// an empty list would cancel every meeting.
func (s *services) events(w http.ResponseWriter, where dbx.Expression) (events []fields, ok bool) {
	var found []*core.Record
	err := s.app.RecordQuery("bookings").AndWhere(where).OrderBy("startTime", "id").All(&found)
	if err == nil {
		err = errors.Join(slices.Collect(maps.Values(s.app.ExpandRecords(found, []string{"client"}, nil)))...)
	}
	if err != nil {
		s.app.Logger().Warn("The made-up calendar could not be read.", "error", err)
		refuse(w, http.StatusInternalServerError)
		return nil, false
	}
	events = []fields{}
	for _, booking := range found {
		events = append(events, eventOf(booking))
	}
	return events, true
}

// listEvents answers with all events of the window. There are never changes since, because only the studio changes
// them.
func (s *services) listEvents(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	items := []fields{}
	if !query.Has("syncToken") {
		from, _ := time.Parse(time.RFC3339, query.Get("timeMin"))
		to, _ := time.Parse(time.RFC3339, query.Get("timeMax"))
		live := dbx.NewExp("cancelledAt = '' AND endTime > {:from} AND startTime < {:to}", dbx.Params{"from": database.Stored(from), "to": database.Stored(to)})
		found, ok := s.events(w, live)
		if !ok {
			return
		}
		items = found
	}
	answer(w, http.StatusOK, fields{"timeZone": london.String(), "accessRole": "owner", "items": items, "nextSyncToken": "demo"})
}

// withEvent calls do with the event that the request names.
func (s *services) withEvent(w http.ResponseWriter, r *http.Request, do func(event fields)) {
	found, ok := s.events(w, dbx.HashExp{"calendarEventId": r.PathValue("id")})
	switch {
	case !ok:
	case len(found) == 0:
		refuse(w, http.StatusNotFound)
	default:
		do(found[0])
	}
}

// putIn answers with the new event and a link to a video call. An id can be used once.
func (s *services) putIn(w http.ResponseWriter, r *http.Request) {
	var event fields
	if err := json.NewDecoder(r.Body).Decode(&event); err != nil {
		refuse(w, http.StatusBadRequest)
		return
	}
	id, _ := event["id"].(string)
	switch there, ok := s.events(w, dbx.HashExp{"calendarEventId": id}); {
	case !ok:
	case len(there) > 0:
		refuse(w, http.StatusConflict)
	default:
		event["status"], event["organizer"], event["hangoutLink"] = "confirmed", fields{"email": ownerEmail, "self": true}, "https://meet.example/"+id[:min(len(id), 10)]
		answer(w, http.StatusOK, event)
	}
}

// eventOf returns the event of a booking.
func eventOf(booking *core.Record) fields {
	at := func(name string) fields {
		return fields{"dateTime": booking.GetDateTime(name).Time().Format(time.RFC3339)}
	}
	guest := booking.GetString("guest")
	// The owner has made the booking in the dashboard.
	if client := booking.ExpandedOne("client"); guest == "" && client != nil {
		guest = client.Email()
	}
	event := fields{"id": booking.GetString("calendarEventId"), "status": "confirmed", "summary": booking.GetString("title"), "start": at("startTime"), "end": at("endTime"),
		"hangoutLink": booking.GetString("meetUrl"), "organizer": fields{"email": ownerEmail, "self": true},
		"attendees": []fields{{"email": guest, "responseStatus": "accepted"}}}
	if !booking.GetDateTime("cancelledAt").IsZero() {
		event["status"] = "cancelled"
	}
	if booking.GetBool("madeInPortal") {
		event["extendedProperties"] = fields{"private": fields{"greenroomClient": booking.GetString("client"), "greenroomPerson": booking.GetString("bookedBy"),
			"greenroomNote": booking.GetString("note")}}
	}
	return event
}

// freeBusy reports lunch and a rehearsal on Wednesday mornings as busy. The studio's own bookings are not repeated
// here, because the studio knows them.
func (s *services) freeBusy(w http.ResponseWriter, r *http.Request) {
	var asked struct{ TimeMin, TimeMax time.Time }
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		refuse(w, http.StatusBadRequest)
		return
	}
	busy := []fields{}
	for day := asked.TimeMin.In(london); day.Before(asked.TimeMax.AddDate(0, 0, 1)); day = day.AddDate(0, 0, 1) {
		clock := func(hour, minute int) string {
			return time.Date(day.Year(), day.Month(), day.Day(), hour, minute, 0, 0, london).Format(time.RFC3339)
		}
		busy = append(busy, fields{"start": clock(13, 0), "end": clock(14, 0)})
		if day.Weekday() == time.Wednesday {
			busy = append(busy, fields{"start": clock(10, 0), "end": clock(12, 30)})
		}
	}
	answer(w, http.StatusOK, fields{"calendars": fields{ownerEmail: fields{"busy": busy}}})
}

func answer(w http.ResponseWriter, status int, body fields) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func refuse(w http.ResponseWriter, status int) {
	answer(w, status, fields{"error": fields{"code": status}})
}

// hoursOf parses hours in the form of the environment.
func hoursOf(text string) config.Hours {
	c, err := config.Parse(map[string]string{"GREENROOM_HOURS": text})
	if err != nil {
		panic(err) // a mistake in a constant
	}
	return c.Hours
}

func mustURL(address string) *url.URL {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil {
		panic(err) // the address of a listener
	}
	return u
}
