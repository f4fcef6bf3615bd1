package notify_test

import (
	"net/http"
	"testing"
)

// Opening the link, as programs do with all links in a mail, unsubscribes nobody.
func TestAScannerUnsubscribesNobody(t *testing.T) {
	r := newRoom(t)
	path := "/api/portal/unsubscribe?key=" + r.Reload(r.ana).GetString("unsubscribeKey")
	noFollow := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, method := range []string{"GET", "HEAD", "OPTIONS"} {
		request, err := http.NewRequest(method, r.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("User-Agent", "Mimecast link scanner")
		answer, err := noFollow.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if choice := r.Reload(r.ana).GetString("notices"); choice != "each" || answer.StatusCode >= 500 {
			t.Errorf("%s: %d, and the client gets %s", method, answer.StatusCode, choice)
		}
	}
}
