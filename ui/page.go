package ui

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"html"
	"regexp"
	"strings"

	"greenroom/hooks/config"
)

// facts are what the page knows of the studio before anybody signs in.
type facts struct {
	Studio   string `json:"studio"`
	Owner    string `json:"owner"`
	TimeZone string `json:"timeZone"`
	Clerk    bool   `json:"clerk"` // whether one can sign in there
}

// The places that the facts take in src/app.html.
var (
	factsPlace = []byte(`<script type="application/json" id="studio">{}</script>`)
	titlePlace = []byte(`<title>Portal</title>`)
)

// withFacts writes the studio's facts into the page. encoding/json escapes what could end the element.
func withFacts(page []byte, c config.Config) ([]byte, error) {
	if !bytes.Contains(page, factsPlace) || !bytes.Contains(page, titlePlace) {
		return nil, errors.New("the page has no place for the studio's facts")
	}
	data, err := json.Marshal(facts{c.Studio, c.Owner, c.Timezone.String(), c.ClerkOAuthClientId != ""})
	if err != nil {
		return nil, err
	}
	page = bytes.Replace(page, factsPlace, bytes.Replace(factsPlace, []byte("{}"), data, 1), 1)
	return bytes.Replace(page, titlePlace, []byte("<title>Portal – "+html.EscapeString(c.Studio)+"</title>"), 1), nil
}

var inlineScript = regexp.MustCompile(`(?s)<script>(.*?)</script>`)

// policy is the page's Content-Security-Policy: its own files and its own inline scripts, by their hashes, and the bucket
// that keeps the studio's files.
func policy(page []byte, c config.Config) string {
	scripts, bucket := "'self'", bucketOf(c)
	for _, match := range inlineScript.FindAllSubmatch(page, -1) {
		digest := sha256.Sum256(match[1])
		scripts += " 'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'"
	}
	if bucket != "" {
		bucket = " " + bucket
	}
	return strings.Join([]string{
		"default-src 'none'", "script-src " + scripts, "style-src 'self'", "font-src 'self'", "manifest-src 'self'", "worker-src 'self'",
		"connect-src 'self'" + bucket, "img-src 'self'" + bucket, "media-src 'self'" + bucket, "frame-src 'self'" + bucket,
		"frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'",
	}, "; ")
}

// bucketOf is the origin of the bucket that keeps the studio's files; "" where the server's own disk does.
func bucketOf(c config.Config) string {
	if c.R2Endpoint == nil {
		return ""
	}
	return c.R2Endpoint.Scheme + "://" + c.R2Endpoint.Host
}
