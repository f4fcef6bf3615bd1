package durable

import (
	"net/http"
	"time"
)

// Patience is the way to a bucket, for tests that have less time.
func Patience(wait time.Duration) http.RoundTripper { return newPatience(wait) }

// PatienceNow is what an answer may take now.
func PatienceNow(p http.RoundTripper) time.Duration { return p.(*patience).now() }
