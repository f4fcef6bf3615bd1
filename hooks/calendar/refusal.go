package calendar

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"golang.org/x/oauth2"
)

// refusal is the error of an answer of Google's with a status other than 2xx.
type refusal struct {
	status     int
	reason     string // Google's error code, as in "rateLimitExceeded"; empty without one
	ofToken    bool   // the answer is the token endpoint's
	retryAfter time.Duration
}

func (r *refusal) Error() string {
	if r.reason == "" {
		return fmt.Sprintf("calendar: Google answered %d", r.status)
	}
	return fmt.Sprintf("calendar: Google answered %d (%s)", r.status, r.reason)
}

// newRefusal reads an error answer. Its body may be empty or no JSON.
func newRefusal(response *http.Response, body []byte) *refusal {
	var answer struct {
		Error struct {
			Status string `json:"status"`
			Errors []struct {
				Reason string `json:"reason"`
			} `json:"errors"`
		} `json:"error"`
	}
	_ = json.Unmarshal(body, &answer)
	r := &refusal{status: response.StatusCode, reason: answer.Error.Status}
	if len(answer.Error.Errors) > 0 {
		r.reason = answer.Error.Errors[0].Reason
	}
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil {
		r.retryAfter = time.Duration(seconds) * time.Second
	}
	return r
}

// tokenRefusal converts an error of requesting an access token. It drops the answer's body, which may hold credentials.
func tokenRefusal(err error) error {
	failed := (*oauth2.RetrieveError)(nil)
	if !errors.As(err, &failed) || failed.Response == nil {
		return fmt.Errorf("calendar: Google gave no access token: %w", withoutURL(err))
	}
	var answer struct {
		Error string `json:"error"`
	}
	_ = json.Unmarshal(failed.Body, &answer)
	return &refusal{status: failed.Response.StatusCode, reason: answer.Error, ofToken: true}
}

// rateLimits are the reasons by which a 403 means that requests come too fast.
var rateLimits = []string{"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "calendarUsageLimitsExceeded", "RESOURCE_EXHAUSTED"}

// isTemporary reports whether another attempt may succeed: no answer (nil), a rate limit, or a fault of Google's.
func isTemporary(r *refusal) bool {
	return r == nil || r.status == http.StatusTooManyRequests || r.status >= 500 || r.status == http.StatusForbidden && slices.Contains(rateLimits, r.reason)
}

// expired reports whether Google refuses the sync token, so that everything has to be read again.
func expired(err error) bool {
	r := (*refusal)(nil)
	return errors.As(err, &r) && r.status == http.StatusGone
}
