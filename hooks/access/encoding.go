package access

import (
	"net/http"
	"strconv"
	"strings"
)

// Accepts reports whether the request's Accept-Encoding names a content coding such as gzip with a quality above 0 (RFC
// 9110, 12.5.3). "*" is ignored.
func Accepts(r *http.Request, coding string) bool {
	for _, given := range r.Header["Accept-Encoding"] {
		for entry := range strings.SplitSeq(given, ",") {
			name, parameters, _ := strings.Cut(entry, ";")
			if !strings.EqualFold(strings.TrimSpace(name), coding) {
				continue
			}
			quality, weighted := strings.CutPrefix(strings.ToLower(strings.ReplaceAll(parameters, " ", "")), "q=")
			q, err := strconv.ParseFloat(quality, 64)
			return !weighted || err == nil && q > 0
		}
	}
	return false
}
