package access_test

import (
	"net/http"
	"testing"

	"greenroom/hooks/access"
)

func TestAcceptEncoding(t *testing.T) {
	for given, want := range map[string]bool{
		"": false, "gzip": true, "br, GZIP": true, "deflate;q=1, gzip;q=0.5": true, "gzip; q=0.001": true, "gzip ;q=0": false, "gzip;q=0.000": false,
		"gzip;Q=0": false, "x-gzip": false, "*": false, "br": false, "gzip;q=x": false, "identity;q=1, gzip": true,
	} {
		if got := access.Accepts(&http.Request{Header: http.Header{"Accept-Encoding": {given}}}, "gzip"); got != want {
			t.Errorf("%q: %v", given, got)
		}
	}
	if !access.Accepts(&http.Request{Header: http.Header{"Accept-Encoding": {"br", "gzip"}}}, "gzip") {
		t.Error("a second header is not read")
	}
}
