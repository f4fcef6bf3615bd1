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

// refusal is an answer of Google's that is not what was asked for.
type refusal struct {
	status     int
	reason     string // Google's word for it; empty where the answer had none
	ofToken    bool   // said by the server that gives tokens
	retryAfter time.Duration
}

func (r *refusal) Error() string {
	if r.reason == "" {
		return fmt.Sprintf("calendar: Google answered %d", r.status)
	}
	return fmt.Sprintf("calendar: Google answered %d (%s)", r.status, r.reason)
}

// newRefusal reads an error answer; its body can be empty, or not JSON at all.
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

// tokenRefusal is an error of asking for an access token, without the body, which may tell of credentials.
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

// rateLimits are the reasons of a 403 that only means "slower".
var rateLimits = []string{"rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "calendarUsageLimitsExceeded", "RESOURCE_EXHAUSTED"}

// passes tells whether trying again may help: no answer at all, too many requests, or a fault of Google's.
func passes(r *refusal) bool {
	return r == nil || r.status == http.StatusTooManyRequests || r.status >= 500 || r.status == http.StatusForbidden && slices.Contains(rateLimits, r.reason)
}

// expired tells whether Google has forgotten the sync token.
func expired(err error) bool {
	r := (*refusal)(nil)
	return errors.As(err, &r) && r.status == http.StatusGone
}
