package access

import (
	"net/http"
	"strconv"
	"strings"
)

// Accepts tells whether the visitor takes a content coding such as gzip, by the Accept-Encoding of the request (RFC
// 9110 12.5.3): named, and not with a quality of 0. The star stands for no coding of ours.
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
