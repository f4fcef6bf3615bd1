package stripefake

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strings"
)

func unknown(w http.ResponseWriter, parameter string) {
	refuse(w, http.StatusBadRequest, "invalid_request_error", "parameter_unknown", "Received unknown parameter: "+parameter)
}

func missing(w http.ResponseWriter, id string) {
	refuse(w, http.StatusNotFound, "invalid_request_error", "resource_missing", "No such object: '"+id+"'")
}

func refuse(w http.ResponseWriter, status int, kind, code, message string) {
	write(w, status, Object{"error": Object{"type": kind, "code": code, "message": message}})
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Request-Id", "req_fake")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// Refuse returns a handler for FailWith that answers with an error in Stripe's JSON.
func Refuse(status int, kind, code string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		refuse(w, status, kind, code, "Refused for "+r.Header.Get("Authorization"))
	}
}

// Say returns a handler for FailWith that answers with the given body.
func Say(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, strings.ReplaceAll(body, "{key}", r.Header.Get("Authorization")))
	}
}

// Hang is a handler for FailWith that does not answer until the caller gives up.
func Hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// expandable lists the fields whose object Stripe returns in full on request (parameter expand).
var expandable = map[string]bool{"invoice": true, "payment_intent": true}

// expanded returns a copy of an object in which the id in a field is replaced by the object with that id.
func (s *Server) expanded(object Object, field string) Object {
	if id, _ := object[field].(string); field != "" && id != "" {
		object = maps.Clone(object)
		object[field] = s.find(id)
	}
	return object
}
