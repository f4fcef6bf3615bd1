package ui

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"html"
	"net/url"
	"regexp"
	"strings"

	"greenroom/hooks/booking"
	"greenroom/hooks/config"
)

// facts are what the page knows of the studio before anybody signs in.
type facts struct {
	Studio   string `json:"studio"`
	Owner    string `json:"owner"`
	TimeZone string `json:"timeZone"`
	Clerk    bool   `json:"clerk"` // whether clients can sign in with Clerk
	Privacy  string `json:"privacy,omitempty"`
	Terms    string `json:"terms,omitempty"`
	Logo     string `json:"logo,omitempty"`
	Booking  bool   `json:"booking"` // whether clients can book meetings
}

// These match the places in src/app.html that withFacts replaces.
var (
	factsPlace = []byte(`<script type="application/json" id="studio">{}</script>`)
	titlePlace = []byte(`<title>Portal</title>`)
	namePlace  = []byte(`<meta name="apple-mobile-web-app-title" content="Portal" />`)
	touchPlace = []byte(`<link rel="apple-touch-icon" href="/icon-180.png" />`)
	headEnd    = []byte(`</head>`)
)

// withFacts writes the studio's facts into the page. encoding/json escapes <, so no value can end the element.
func withFacts(page []byte, c config.Config) ([]byte, error) {
	data, err := json.Marshal(facts{c.Studio, c.Owner, c.Timezone.String(), c.ClerkOAuthClientId != "", addressOf(c.PrivacyURL), addressOf(c.TermsURL), logoPath(c),
		booking.Offered(c)})
	if err != nil {
		return nil, err
	}
	name := []byte(html.EscapeString(c.Studio))
	for _, fill := range []struct{ place, by []byte }{
		{factsPlace, bytes.Replace(factsPlace, []byte("{}"), data, 1)},
		{titlePlace, bytes.Replace(titlePlace, []byte("Portal"), append([]byte("Portal – "), name...), 1)},
		{namePlace, bytes.Replace(namePlace, []byte("Portal"), name, 1)},
		{touchPlace, bytes.Replace(touchPlace, []byte("/icon-180.png"), []byte(touchIcon(c)), 1)},
		{headEnd, append([]byte(accentStyle(c)), headEnd...)},
	} {
		if !bytes.Contains(page, fill.place) {
			return nil, errors.New("the page has no place for the studio's facts: " + string(fill.place))
		}
		page = bytes.Replace(page, fill.place, fill.by, 1)
	}
	return page, nil
}

func addressOf(page *url.URL) string {
	if page == nil {
		return ""
	}
	return page.String()
}

var (
	inlineScript = regexp.MustCompile(`(?s)<script>(.*?)</script>`)
	inlineStyle  = regexp.MustCompile(`(?s)<style>(.*?)</style>`)
)

// policy returns the page's Content-Security-Policy: its own files, its own inline scripts and styles by hash, and the
// bucket that stores the studio's files.
func policy(page []byte, c config.Config) string {
	scripts, styles, bucket := "'self'"+hashes(page, inlineScript), "'self'"+hashes(page, inlineStyle), bucketOf(c)
	if bucket != "" {
		bucket = " " + bucket
	}
	return strings.Join([]string{
		"default-src 'none'", "script-src " + scripts, "style-src " + styles, "font-src 'self'", "manifest-src 'self'", "worker-src 'self'",
		"connect-src 'self'" + bucket, "img-src 'self'" + bucket, "media-src 'self'" + bucket, "frame-src 'self'" + bucket,
		"frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'",
	}, "; ")
}

// hashes returns the CSP sources of the page's inline elements: the SHA-256 of their content.
func hashes(page []byte, element *regexp.Regexp) (sources string) {
	for _, match := range element.FindAllSubmatch(page, -1) {
		digest := sha256.Sum256(match[1])
		sources += " 'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'"
	}
	return sources
}

// bucketOf returns the origin of the bucket that stores the studio's files; "" without a bucket.
func bucketOf(c config.Config) string {
	if c.R2Endpoint == nil {
		return ""
	}
	return c.R2Endpoint.Scheme + "://" + c.R2Endpoint.Host
}
