package live

import (
	"encoding/json"
	"net/url"
	"strings"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
)

// Looking reports whether a client or person has a project's page open now, by its live connection; with an empty
// clientId, whether the owner has.
func Looking(app core.App, clientId, personId, projectId string) bool {
	h, ok := app.Store().Get(hubKey).(*hub)
	if !ok {
		return false
	}
	for _, l := range h.to(clientId) {
		if clientId != owners && l.auth != personId {
			continue
		}
		if auth, _ := l.connection.Get(apis.RealtimeClientAuthKey).(*core.Record); auth == nil || auth.Id != l.auth {
			continue // signed out since it subscribed
		}
		for _, name := range l.names {
			if projectOf(name) == projectId {
				return true
			}
		}
	}
	return false
}

// projectOf returns the project that a subscription names in its options, or "".
func projectOf(subscription string) string {
	_, query, _ := strings.Cut(subscription, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		return ""
	}
	var options struct{ Query struct{ Project string } }
	if json.Unmarshal([]byte(values.Get("options")), &options) != nil {
		return ""
	}
	return options.Query.Project
}
