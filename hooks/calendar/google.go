package calendar

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/jwt"

	"greenroom/hooks/config"
)

// The part of Google's Calendar API v3 that is needed
// (https://developers.google.com/workspace/calendar/api/v3/reference), over net/http. Google's own client would add ten
// times as much to the binary, and does not retry a 403 for rate limits or a 503.

const (
	googleURL    = "https://www.googleapis.com"
	apiPath      = "/calendar/v3" // appended to googleURL, and to a GOOGLE_API_URL that has no path
	tokenURL     = "https://oauth2.googleapis.com/token"
	readOnly     = "https://www.googleapis.com/auth/calendar.readonly" // free times too, which the scope of events does not tell
	writeEvents  = "https://www.googleapis.com/auth/calendar.events"
	eventsInPage = 250 // each page is one transaction, during which other writers wait
	eventParts   = "id,status,eventType,summary,start,end,attendees(email,self,resource,responseStatus),attendeesOmitted," +
		"organizer(email,self),location,description,hangoutLink,conferenceData/entryPoints,recurringEventId,recurrence,extendedProperties/private"

	attempts        = 5 // when nobody waits for the answer
	visitorAttempts = 2 // when a visitor waits for the answer
	longestPause    = 30 * time.Second
	maxAnswer       = 32 << 20 // bytes
)

// The tests shorten these.
var (
	firstPause    = time.Second      // after the first attempt; doubled after each further one, with jitter
	answerTimeout = 20 * time.Second // for each attempt
)

// google is the client of Google's Calendar API.
type google struct {
	base     string
	http     *http.Client
	ofPerson bool // OAuth access of a person, not of a service account
	pause    func(ctx context.Context, d time.Duration) error

	newTokens func() oauth2.TokenSource
	mu        sync.Mutex
	tokens    oauth2.TokenSource
}

func newGoogle(c config.Config) *google {
	g := &google{base: googleURL + apiPath, http: &http.Client{Timeout: answerTimeout}, pause: pause, ofPerson: c.GoogleCredentials.RefreshToken != ""}
	issuer := tokenURL
	if u := c.GoogleAPIURL; u != nil {
		g.base = strings.TrimSuffix(u.String(), "/")
		issuer = u.Scheme + "://" + u.Host + "/token"
		if strings.Trim(u.Path, "/") == "" {
			g.base += apiPath
		}
	}
	issuer = cmp.Or(c.GoogleCredentials.TokenURI, issuer)
	scopes := []string{readOnly}
	if c.Hours.Any() {
		scopes = append(scopes, writeEvents)
	}
	ctx := context.WithValue(context.Background(), oauth2.HTTPClient, g.http)
	g.newTokens = func() oauth2.TokenSource { return tokenSource(ctx, c.GoogleCredentials, scopes, issuer) }
	g.tokens = g.newTokens()
	return g
}

// tokenSource requests access tokens and caches each until it expires.
func tokenSource(ctx context.Context, c config.GoogleCredentials, scopes []string, issuer string) oauth2.TokenSource {
	if c.RefreshToken != "" {
		app := &oauth2.Config{ClientID: c.ClientId, ClientSecret: c.ClientSecret, Endpoint: oauth2.Endpoint{TokenURL: issuer, AuthStyle: oauth2.AuthStyleInParams}}
		return app.TokenSource(ctx, &oauth2.Token{RefreshToken: c.RefreshToken})
	}
	account := &jwt.Config{Email: c.ClientEmail, PrivateKey: []byte(c.PrivateKey), PrivateKeyID: c.PrivateKeyId, Scopes: scopes, TokenURL: issuer}
	return account.TokenSource(ctx)
}

// eventPage is one page of a list of events.
type eventPage struct {
	Items         []event `json:"items"`
	TimeZone      string  `json:"timeZone"`
	AccessRole    string  `json:"accessRole"` // the studio's role in the calendar
	NextPageToken string  `json:"nextPageToken"`
	NextSyncToken string  `json:"nextSyncToken"`
}

// list reads one page of events: all in the window, or those changed since syncToken. All other parameters are the same
// in both cases, because Google refuses a sync token with parameters other than those it was issued for.
func (g *google) list(ctx context.Context, calendar string, w window, syncToken, pageToken string) (page eventPage, err error) {
	query := url.Values{"singleEvents": {"true"}, "maxResults": {strconv.Itoa(eventsInPage)},
		"fields": {"timeZone,accessRole,nextPageToken,nextSyncToken,items(" + eventParts + ")"}}
	if syncToken != "" {
		query.Set("syncToken", syncToken)
	} else {
		query.Set("timeMin", w.from.UTC().Format(time.RFC3339))
		query.Set("timeMax", w.to.UTC().Format(time.RFC3339))
	}
	if pageToken != "" {
		query.Set("pageToken", pageToken)
	}
	err = g.call(ctx, http.MethodGet, eventsPath(calendar)+"?"+query.Encode(), nil, &page)
	return page, err
}

// get reads one event, and returns nil without an error if it does not exist any more.
func (g *google) get(ctx context.Context, calendar, id string) (*event, error) {
	var e event
	err := g.call(ctx, http.MethodGet, eventsPath(calendar)+"/"+url.PathEscape(id)+"?fields="+url.QueryEscape(eventParts), nil, &e)
	if refused := (*refusal)(nil); errors.As(err, &refused) && (refused.status == http.StatusNotFound || refused.status == http.StatusGone) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &e, nil
}

// watch opens a push channel: Google calls address when the calendar changes, until ends, which is at most life from
// now.
func (g *google) watch(ctx context.Context, calendar string, c channel, address string, life time.Duration) (resourceId string, ends time.Time, err error) {
	var answer struct {
		ResourceId string          `json:"resourceId"`
		Expiration json.RawMessage `json:"expiration"` // milliseconds since 1970: a string in the API, a number in its guide
	}
	err = g.call(ctx, http.MethodPost, eventsPath(calendar)+"/watch", map[string]any{"id": c.Id, "token": c.Token, "type": "web_hook", "address": address,
		"params": map[string]string{"ttl": strconv.Itoa(int(life.Seconds()))}}, &answer)
	if err != nil {
		return "", time.Time{}, err
	}
	ms, err := strconv.ParseInt(strings.Trim(string(answer.Expiration), `"`), 10, 64)
	if err != nil {
		return "", time.Time{}, fmt.Errorf("calendar: a channel without an end: %q", answer.Expiration)
	}
	return answer.ResourceId, time.UnixMilli(ms), nil
}

// stop closes a push channel.
func (g *google) stop(ctx context.Context, c channel) error {
	return g.call(ctx, http.MethodPost, "/channels/stop", map[string]string{"id": c.Id, "resourceId": c.ResourceId}, nil)
}

func eventsPath(calendar string) string { return "/calendars/" + url.PathEscape(calendar) + "/events" }

// call sends a request with a JSON body (none where in is nil), retries temporary failures, and decodes the JSON answer
// into out.
func (g *google) call(ctx context.Context, method, path string, in, out any) error {
	return g.callUpTo(ctx, attempts, method, path, in, out)
}

// callUpTo is call with a limit of attempts.
func (g *google) callUpTo(ctx context.Context, attempts int, method, path string, in, out any) error {
	var body []byte // stays empty without in: Google refuses a GET that has a body
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	renewed := false
	for attempt := 1; ; attempt++ {
		err := g.try(ctx, method, path, body, out)
		refused := (*refusal)(nil)
		errors.As(err, &refused)
		switch {
		case err == nil || ctx.Err() != nil:
			return err
		case refused != nil && refused.status == http.StatusUnauthorized && !refused.ofToken && !renewed:
			renewed = true // a token may be revoked before it expires
			g.renewToken()
		case !isTemporary(refused) || attempt == attempts:
			return err
		default:
			if err := g.pause(ctx, pauseAfter(attempt, refused)); err != nil {
				return err
			}
		}
	}
}

// pauseAfter is how long to wait after the nth failure: Google's Retry-After, or else an exponential backoff. The
// jitter keeps several callers from retrying at the same moment.
func pauseAfter(attempt int, refused *refusal) time.Duration {
	if refused != nil && refused.retryAfter > 0 {
		d := min(refused.retryAfter, longestPause)
		return d + rand.N(d/2) // never earlier than Google asks for
	}
	d := min(firstPause<<(attempt-1), longestPause)
	return d/2 + rand.N(d)
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

func (g *google) try(ctx context.Context, method, path string, body []byte, out any) error {
	token, err := g.token().Token()
	if err != nil {
		return tokenRefusal(err)
	}
	request, err := http.NewRequestWithContext(ctx, method, g.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if method != http.MethodGet {
		request.Header.Set("Content-Type", "application/json")
	}
	token.SetAuthHeader(request)
	response, err := g.http.Do(request)
	if err != nil {
		return fmt.Errorf("calendar: Google did not answer: %w", withoutURL(err))
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("calendar: Google's answer broke off: %w", err)
	}
	if response.StatusCode/100 != 2 {
		return newRefusal(response, answer)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("calendar: Google's answer could not be read: %w", err)
	}
	return nil
}

func (g *google) token() oauth2.TokenSource {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.tokens
}

func (g *google) renewToken() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tokens = g.newTokens()
}

// withoutURL strips the request's address, which may hold tokens, from an error of net/http.
func withoutURL(err error) error {
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}
